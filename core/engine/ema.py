"""An exponential moving average of the weights, used for evaluation."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from core.engine.flat import FlatParameters


class WeightAverage:
    """Averages the flat weights after each update: average = d * average + (1 - d) * weights.

    Early on d is (1 + step) / (10 + step), so that the first weights do not linger; later it is `decay`.
    """

    def __init__(self, parameters: FlatParameters, decay: float) -> None:
        self.decay = decay
        self.average = parameters.weights.clone()
        self._weights = parameters.weights

    def update(self, step: int) -> None:
        """Take in the weights after update number `step` (from 1)."""
        self.average.lerp_(self._weights, 1 - min(self.decay, (1 + step) / (10 + step)))

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the model have the averaged weights for the block."""
        kept = self._weights.clone()
        self._weights.copy_(self.average)
        try:
            yield
        finally:
            self._weights.copy_(kept)


@contextlib.contextmanager
def evaluation_weights(average: WeightAverage | None) -> Iterator[None]:
    """Let the model have the weights that are evaluated: the averaged ones where there are any."""
    with torch.no_grad(), average.in_place() if average else contextlib.nullcontext():
        yield

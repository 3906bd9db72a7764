"""How good the model is on examples it is not trained on."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.data.held import HeldExamples
from core.data.prepared import PreparedData
from core.engine.batches import Pair, split_batches
from core.engine.ema import evaluation_weights
from core.engine.metrics import Measured, split_metrics
from core.engine.seeds import undisturbed
from core.engine.train_state import TrainState

_ELEMENTS = 1 << 22  # of inputs in one batch: evaluation needs no gradients, so it can take larger batches


class Evaluator:
    """Measures splits.  Neither the weights nor any generator are different afterwards.

    A held-out split that is in memory is brought to the device once and stays there.
    """

    def __init__(
        self,
        data: PreparedData,
        loss: Callable[[Tensor, Tensor], Tensor],
        batch_size: int,
        *,
        channels_last: bool,
    ) -> None:
        self._data = data
        self._loss = loss
        self._batch_size = batch_size_for(data, batch_size)
        self._channels_last = channels_last
        self._kept: dict[str, list[Pair]] = {}

    def measure(self, split: str, state: TrainState) -> Measured:
        """Return the loss and metrics of `valid` or `test` by name, and its confusion; nothing for an empty split."""
        indices = self._indices(split)
        if len(indices) == 0:
            return Measured({})
        was_training = state.model.training
        with undisturbed(state.device), evaluation_weights(state.average):
            state.model.eval()
            try:
                loss, outputs, targets = self._run(split, indices, state)
            finally:
                state.model.train(was_training)
        scale = self._data.target_scale
        measured = split_metrics(split, outputs, targets, self._data.shape.task, scale)
        return measured._replace(values={f"{split}/loss": loss} | measured.values)

    def has(self, split: str) -> bool:
        """Say whether there are examples in `valid` or `test`."""
        return len(self._indices(split)) > 0

    def resident(self) -> list[Tensor]:
        """Return the tensors that stay on the device between evaluations."""
        return [tensor for pairs in self._kept.values() for pair in pairs for tensor in pair]

    def _indices(self, split: str) -> NDArray[np.int64]:
        return {"valid": self._data.valid, "test": self._data.test}[split]

    def _run(self, split: str, indices: NDArray[np.int64], state: TrainState) -> tuple[float, Tensor, Tensor]:
        """Return the mean loss, all outputs (n, k) and all targets."""
        autocast = state.precision.autocast
        all_outputs, all_targets, losses = [], [], []
        for inputs, targets in self._pairs(split, indices, state.device):
            if autocast is None:
                outputs = state.model(inputs)
                loss = self._loss(outputs, targets)
            else:
                with autocast:
                    outputs = state.model(inputs)
                    loss = self._loss(outputs, targets)
            all_outputs.append(outputs.float() if outputs.dtype in (torch.bfloat16, torch.float16) else outputs)
            all_targets.append(targets)
            losses.append(loss.double() * len(targets) if state.device.type != "mps" else loss * len(targets))
        mean = torch.stack(losses).sum().item() / len(indices)
        return mean, torch.cat(all_outputs), torch.cat(all_targets)

    def _pairs(self, split: str, indices: NDArray[np.int64], device: torch.device) -> list[Pair]:
        if split in self._kept:
            return self._kept[split]
        pairs = split_batches(self._data, indices, self._batch_size, device, channels_last=self._channels_last)
        if not isinstance(self._data.examples, HeldExamples):
            return pairs  # type: ignore[return-value]
        return self._kept.setdefault(split, list(pairs))


def batch_size_for(data: PreparedData, batch_size: int) -> int:
    """Return how many examples evaluation takes at a time, where training takes `batch_size`."""
    per_example = max(1, math.prod(data.shape.input_shape))
    return max(batch_size, min(2048, _ELEMENTS // per_example))

"""Loss along the straight line between two checkpoints of one architecture.

Goodfellow, Vinyals, Saxe, "Qualitatively characterizing neural network optimization problems" (ICLR 2015).  Buffers of
floating point, such as the statistics of batch normalisation, are interpolated along with the weights; whole numbers,
such as counts of batches, are those of the nearer end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from core.comparison.forward import Ints, Took, pass_examples
from core.comparison.opening import Opened, Weights, fill
from core.comparison.result import Examples, Line, Number, as_float, as_number

METHOD = (
    "Weights and the statistics of batch normalisation are interpolated together; loss as in evaluation, "
    "without dropout and augmentation, on the data and by the loss of the first."
)


def line(
    first: Opened,
    other: Opened,
    number: int,
    points: int,
    train: tuple[Ints, Examples],
    valid: tuple[Ints, Examples] | None,
    took: Took,
) -> Line:
    """Return the loss at `points` places from `first` to `other`, which is checkpoint `number` of the comparison.

    Both have the same tensors.  Examples and loss are those of the first.  Its model is as before afterwards.
    """
    positions = np.linspace(0.0, 1.0, points).tolist()
    on_train: list[Number] = []
    on_valid: list[Number | None] = []
    try:
        for position in positions:
            fill(first.model, blend(first.weights, other.weights, position))
            on_train.append(as_number(pass_examples(first, train[0], took).loss))
            on_valid.append(as_number(pass_examples(first, valid[0], took).loss) if valid else None)
    finally:
        fill(first.model, first.weights)
    return Line(
        other=number,
        positions=positions,
        train=on_train,
        valid=on_valid,
        barrier_train=barrier(positions, on_train),
        barrier_valid=barrier(positions, on_valid) if valid else None,
        train_examples=train[1],
        valid_examples=valid[1] if valid else None,
        method=METHOD,
    )


def blend(first: Weights, other: Weights, position: float) -> Weights:
    """Return the weights at `position` (0 to 1) of the way; the ends are exactly the two checkpoints."""
    return {name: _between(tensor, other[name], position) for name, tensor in first.items()}


def barrier(positions: Sequence[float], losses: Sequence[Number | None]) -> Number:
    """Return the most that the loss rises above the straight line between its ends; never below 0."""
    values = np.array([as_float(loss) for loss in losses])
    at = np.array(positions)
    with np.errstate(invalid="ignore"):
        above = values - ((1 - at) * values[0] + at * values[-1])  # NaN anywhere makes the barrier NaN
    above[[0, -1]] = np.where(np.isfinite(values[[0, -1]]), 0.0, np.nan)
    most = float(above.max())
    # A straight line is not met to the last digit.
    return as_number(0.0 if most <= 1e-9 * float(np.abs(values).max()) else most)


def _between(first: Tensor, other: Tensor, position: float) -> Tensor:
    if position in (0.0, 1.0) or not first.is_floating_point():
        return first if position < 0.5 else other
    return ((1 - position) * first.double() + position * other.double()).to(first.dtype)

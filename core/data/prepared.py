"""What a data source gives, and what the trainer receives: NumPy only, no torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Task = Literal["classification", "regression"]
Kind = Literal["image", "table"]


@dataclass(frozen=True)
class DataShape:
    """What a model must fit.  `input_shape` is (channels, height, width) or (columns,)."""

    kind: Kind
    input_shape: tuple[int, ...]
    outputs: int
    task: Task


class Examples(Protocol):
    """All examples of a source by index; fetching may read from disk."""

    def __len__(self) -> int: ...

    def inputs(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return inputs of shape (n, *input_shape), already standardised."""
        ...

    def targets(self, indices: NDArray[np.int64]) -> NDArray[np.int64] | NDArray[np.float32]:
        """Return int64 class numbers of shape (n,), or float32 values of shape (n, outputs)."""
        ...


@dataclass(frozen=True)
class PreparedData:
    """A data set ready to train on: split, encoded, standardised."""

    shape: DataShape
    examples: Examples
    train: NDArray[np.int64]
    valid: NDArray[np.int64]  # empty when nothing is held out
    test: NDArray[np.int64]
    classes: tuple[str, ...]  # empty for regression
    input_names: tuple[str, ...]  # of table columns after encoding; empty for images
    target_scale: tuple[
        float, float
    ]  # mean and deviation that regression targets were standardised with; (0, 1) if not
    in_memory: bool
    fingerprint: str  # SHA-256 over the data's content, or over file names, sizes and times where content is too large
    notices: tuple[str, ...] = ()
    augment: Mapping[str, float | bool] = field(default_factory=dict)  # fields of AugmentSpec; empty when none is on
    # Mean and deviation of each channel or column that inputs were standardised with, float32 of shape (channels,) or
    # (columns,); a deviation of infinity stands for a column that is constant in training and always 0.  None if not.
    input_scale: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
    input_divisor: float = 1.0  # of pixels, before the above
    input_fill: tuple[float | None, ...] = ()  # what a gap in each column of a table becomes; None for categories


def standardisation_of(data: PreparedData) -> dict[str, Any]:
    """Return what whoever uses the weights elsewhere must do to inputs and outputs, JSON-able.

    `inputs` is null when they go to the model as they are.  Else, in this order: a gap becomes its column's `fill`
    (null for a category, whose gaps light its `(missing)` input where there is one); values are divided by `divisor`;
    `mean` is taken off and the rest divided by `deviation` of each column or channel (both null: not standardised; a
    deviation of null: constant in training, always 0 to the model).  An output of the model times `target.deviation`
    plus `target.mean` is in the target's own unit.
    """
    inputs: dict[str, Any] | None = None
    if data.input_scale is not None or data.input_divisor != 1 or data.input_fill:
        inputs = {"names": list(data.input_names), "fill": list(data.input_fill), "divisor": data.input_divisor}
        inputs |= {"mean": None, "deviation": None}
    if inputs is not None and data.input_scale is not None:
        means, deviations = (values.astype(float).tolist() for values in data.input_scale)
        inputs |= {"mean": means, "deviation": [one if math.isfinite(one) else None for one in deviations]}
    mean, deviation = data.target_scale
    return {
        "inputs": inputs,
        "target": {"mean": float(mean), "deviation": float(deviation)},
    }

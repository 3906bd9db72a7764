"""What a comparison of checkpoints says.  No torch here: the window and the command line read these structs.

Lists named `values`, `changes` and so on have one entry for each checkpoint, in the order of `Comparison.checkpoints`.
The first checkpoint is the reference: every difference is "this one minus the first".  A `Number` is a float, or one of
the words "NaN", "Infinity", "-Infinity", because JSON has none for them; `as_float` and `as_array` turn it back.  None
stands for what does not exist; `Comparison.absent` says why.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

FORMAT = 1  # part of the key under which a result is kept: a result of another format is made anew

Number = float | Literal["NaN", "Infinity", "-Infinity"]
Cell = float | str | bool | None
Part = Literal["metrics", "layers", "similarity", "confusion", "residuals", "flipped", "line", "weights", "activations"]


class ComparedCheckpoint(msgspec.Struct, kw_only=True):
    """One of the checkpoints, and what of it is called the model."""

    run: str
    name: str  # of the run
    step: int
    examples: int  # seen in training
    virtual_epoch: float
    state_sha256: str
    weights: Literal["plain", "averaged"]  # averaged: the EMA weights, which evaluation uses
    model: str  # family, such as mlp
    parameters: int
    same_architecture: bool  # as the first: the same tensors of the same shapes
    same_data: bool  # as the first: fingerprint, classes and target agree, so examples can be compared one by one
    seed: int
    data_sha256: str  # the data's fingerprint now; empty when it cannot be read


class Examples(msgspec.Struct, kw_only=True):
    """Which examples something comes from: `count` of the `of` that the split has, chosen as the words say."""

    split: Literal["train", "valid", "test"]
    count: int
    of: int
    chosen: str


class MetricRow(msgspec.Struct, kw_only=True):
    """One metric.  `measured`: computed now from the weights, over the whole split; else as the run recorded it."""

    name: str  # valid/accuracy
    values: list[Number | None]
    differences: list[Number | None]
    higher_is_better: bool
    measured: bool


class SpecRow(msgspec.Struct, kw_only=True):
    """A field of the specs that differs: its dotted path and the value in each checkpoint's run; None: not there."""

    path: str
    values: list[Any]


class LayerRow(msgspec.Struct, kw_only=True):
    """How far a part of the model moved.  Rows stand in execution order, each before what it is made of.

    `kind` model, module, layer: over all parameters inside, buffers not counted.  `changes` are ||B - A|| / ||A||
    (0 where nothing moved, "Infinity" where A is zero and B is not), `distances` ||B - A||, `cosines` the cosine of
    the angle between A and B (None where either is zero), `norms` the Euclidean norms.  None where the tensor is not in
    that checkpoint or has another shape.
    """

    name: str  # dotted; empty for the whole model
    kind: Literal["model", "module", "layer", "parameter", "buffer"]
    type: str  # class of a module, number type of a tensor
    shape: tuple[int, ...]  # of the tensor; of a layer's output for one example
    depth: int  # of the tree: 0 for the model
    elements: int
    trainable: bool
    norms: list[Number | None]
    changes: list[Number | None]
    distances: list[Number | None]
    cosines: list[Number | None]


class Similarity(msgspec.Struct, kw_only=True):
    """Linear CKA between the layers of the first checkpoint (rows) and of checkpoint `other` (columns).

    `by_layer` has one entry for each of `rows`: its CKA with the layer of the same name; None without one, or where a
    layer gives the same output for every example.
    """

    other: int  # index into `Comparison.checkpoints`
    rows: list[str]
    columns: list[str]
    matrix: list[list[Number | None]]
    by_layer: list[Number | None]
    examples: Examples
    method: str


class ConfusionCounts(msgspec.Struct, kw_only=True):
    """Confusion matrices: rows are true classes, columns predicted ones.  `counts[i]` belongs to checkpoint i."""

    classes: list[str]
    examples: Examples
    counts: list[list[list[int]] | None]
    differences: list[list[list[int]] | None]  # from the first; all zeros for the first itself


class Histogram(msgspec.Struct, kw_only=True):
    """Counts on bins common to all checkpoints that have the layer.

    `edges` (bins + 1) ascend; `counts[i]` (bins) belongs to checkpoint i, None when it has no such layer.  `not_finite`
    counts the numbers left out because they are NaN or infinite.
    """

    name: str
    edges: list[float]
    counts: list[list[int] | None]
    not_finite: list[int]


class Residuals(msgspec.Struct, kw_only=True):
    """Errors of predicted numbers, prediction minus truth, in the target's own unit; several targets together."""

    examples: Examples
    mean: list[Number | None]
    deviation: list[Number | None]
    median_absolute: list[Number | None]
    correlation: list[Number | None]  # of the errors with those of the first: 1 says the same mistakes
    closer: list[int | None]  # examples predicted better than by the first
    farther: list[int | None]
    histogram: Histogram


class Picture(msgspec.Struct, kw_only=True):
    """An image as PNG in base64."""

    width: int
    height: int
    png: str


class FlippedExample(msgspec.Struct, kw_only=True):
    """An example that is predicted differently; for numbers one of those whose error changed most.

    Classes are numbers into `Flipped.classes` and confidences are probabilities of the predicted class; `of_truth` are
    those of the true class.  For numbers, truth and predictions are in the target's own unit and confidences are None.
    `change` sorts the list: probability of the truth, after minus before; for numbers |error| after minus before.
    """

    index: int  # number of the example in the data set, from 0
    target: int = 0  # which of several targets, for numbers
    truth: Number
    before: Number
    after: Number
    confidence_before: Number | None
    confidence_after: Number | None
    of_truth_before: Number | None
    of_truth_after: Number | None
    change: Number
    picture: Picture | None = None
    row: list[Cell] = []  # of a table, in the data's own units and categories; one cell for each of `Flipped.columns`


class Flipped(msgspec.Struct, kw_only=True):
    """The examples that checkpoint `other` predicts differently from the first.

    All are counted; `listed` holds those with the largest |change| first, all of them unless there are more than fit.
    """

    other: int
    examples: Examples
    count: int
    gained: int  # wrong before, right after; for numbers: closer
    lost: int  # right before, wrong after; for numbers: farther
    changed: int  # wrong before and after, differently
    listed: list[FlippedExample]
    classes: list[str] = []
    columns: list[str] = []


class Line(msgspec.Struct, kw_only=True):
    """Loss along the straight line from the first checkpoint's weights (position 0) to those of `other` (position 1).

    `barrier_*` is the most that the loss rises above the straight line between its two ends.
    """

    other: int
    positions: list[float]
    train: list[Number]
    valid: list[Number | None]
    barrier_train: Number
    barrier_valid: Number | None
    train_examples: Examples
    valid_examples: Examples | None
    method: str


class Absent(msgspec.Struct, kw_only=True):
    """A part that cannot be made of these checkpoints, and why: one sentence.  `other` None: of none of them."""

    part: Part
    why: str
    other: int | None = None


class Comparison(msgspec.Struct, kw_only=True):
    """A whole comparison.  `notes` are sentences that whoever reads the numbers should know."""

    format: int = FORMAT
    made: float = 0.0  # seconds since 1970
    seconds: float = 0.0  # that it took
    task: Literal["classification", "regression"]
    checkpoints: list[ComparedCheckpoint]
    metrics: list[MetricRow] = []
    spec: list[SpecRow] = []
    layers: list[LayerRow] = []
    similarity: list[Similarity] = []
    confusion: ConfusionCounts | None = None
    residuals: Residuals | None = None
    flipped: list[Flipped] = []
    line: list[Line] = []
    weights: list[Histogram] = []  # by parameter
    activations: list[Histogram] = []  # by layer: of its outputs
    activation_examples: Examples | None = None
    absent: list[Absent] = []
    notes: list[str] = []


def as_number(value: float) -> Number:
    """Return what JSON can say of a float."""
    if math.isfinite(value):
        return float(value)
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def as_float(number: Number | None) -> float:
    """Return the float that a Number stands for; NaN for None."""
    return math.nan if number is None else float(number)


def as_array(numbers: Sequence[Number | None]) -> NDArray[np.float64]:
    """Return Numbers (n,) as float64 (n,); NaN for None."""
    return np.array([as_float(number) for number in numbers], dtype=np.float64)


def decode(data: bytes) -> Comparison:
    """Return the comparison that an artifact holds.  Raises msgspec.DecodeError when it is none of this format."""
    return msgspec.json.decode(data, type=Comparison)

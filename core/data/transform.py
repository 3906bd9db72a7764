"""From raw rows to what a model sees: numbers shifted and scaled, fitted on the training split alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.data.loading import Loading
from core.data.source import ArrayRows, Rows, Source
from core.errors import DataError

SAMPLE_WHEN_SLOW = 4096  # training examples that statistics come from when decoding is slow
Scale = tuple[NDArray[np.float32], NDArray[np.float32]]


class Transform(Protocol):
    """Turns raw rows into model inputs; fitted before."""

    @property
    def input_shape(self) -> tuple[int, ...]: ...

    @property
    def scale(self) -> Scale | None: ...

    @property
    def divisor(self) -> float: ...

    @property
    def gaps(self) -> tuple[float | None, ...]: ...

    def __call__(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Return float32 inputs of shape (n, *input_shape)."""
        ...


@dataclass(frozen=True)
class ArrayTransform:
    """Divides by `divisor`, subtracts `mean` and divides by `deviation` of each channel (images) or column.

    A deviation of infinity makes a column that is constant in training 0 everywhere.  Without `mean` only the divisor
    is applied.
    """

    input_shape: tuple[int, ...]
    divisor: float = 1.0
    mean: NDArray[np.float64] | None = None  # after division; shape (channels,) or (columns,)
    deviation: NDArray[np.float64] | None = None

    @property
    def gaps(self) -> tuple[float | None, ...]:
        """Nothing: arrays with gaps are refused."""
        return ()

    @property
    def scale(self) -> Scale | None:
        """Mean and deviation as float32, or None."""
        if self.mean is None or self.deviation is None:
            return None
        return self.mean.astype(np.float32), self.deviation.astype(np.float32)

    def __call__(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Return float32 inputs of shape (n, *input_shape)."""
        # A column of float64 may need all its digits until its mean is off; pixels never do.
        wide = raw.dtype.itemsize > 4 or (len(self.input_shape) == 1 and raw.dtype.kind != "f")
        values: NDArray[np.floating[Any]] = raw.astype(np.float64 if wide else np.float32)
        if self.divisor != 1:
            values *= 1 / self.divisor
        if self.mean is not None and self.deviation is not None:
            form = (-1, *([1] * (len(self.input_shape) - 1)))
            values -= self.mean.reshape(form).astype(values.dtype)
            values *= (1 / self.deviation).reshape(form).astype(values.dtype)
        return values.astype(np.float32, copy=False)


@dataclass
class Moments:
    """Count, mean, squared deviations and range of each channel or column, merged block by block (Chan, 1979)."""

    width: int

    def __post_init__(self) -> None:
        self.count = 0
        self.mean = np.zeros(self.width)
        self.squares = np.zeros(self.width)
        self.low = np.full(self.width, np.inf)
        self.high = np.full(self.width, -np.inf)

    def add(self, values: NDArray[Any]) -> None:
        """Take in values of shape (n, width) or (n, width, height, width of the image)."""
        if not len(values):
            return
        axes = (0, *range(2, values.ndim))
        count = values.size // self.width
        total = self.count + count
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is told by `why_flat`
            mean = values.mean(axis=axes, dtype=np.float64)
            squares = np.square(values - mean.reshape(-1, *([1] * (values.ndim - 2))), dtype=np.float64).sum(axis=axes)
            apart = mean - self.mean
            self.squares += squares + apart**2 * (self.count * count / total)
            self.mean += apart * (count / total)
        self.count = total
        self.low = np.minimum(self.low, values.min(axis=axes))
        self.high = np.maximum(self.high, values.max(axis=axes))

    def deviation(self) -> NDArray[np.float64]:
        """Return the standard deviation, and infinity where every value is the same."""
        deviation = np.sqrt(self.squares / max(1, self.count))
        constant = (self.low == self.high) | (deviation == 0) | ~np.isfinite(deviation)
        # A mean that overflowed would make what is multiplied by 0 NaN.
        self.mean[~np.isfinite(self.mean)] = 0
        return np.where(constant, np.inf, deviation)

    def why_flat(self, names: Sequence[str]) -> list[str]:
        """Return a notice for each reason why columns, called `names`, are always 0 for the model."""
        flat = np.isinf(self.deviation())
        largest = np.maximum(np.abs(self.low), np.abs(self.high))
        same = self.low == self.high
        # Above 2 to the 53 numbers that differ may be the same float64.
        alike, constant = flat & same & (largest >= 2**53), flat & same & (largest < 2**53)
        reasons = (
            (constant, "Constant in the training split, so always 0 for the model: {}."),
            (alike, "Too large to be told apart as float64, so always 0 for the model: {}. Subtract an offset first."),
            (flat & ~same & (largest > 1), "Too large to average, so always 0 for the model: {}. Rescale first."),
            (flat & ~same & (largest <= 1), "Too small to scale, so always 0 for the model: {}. Rescale first."),
        )
        found = ((text, [names[int(number)] for number in np.flatnonzero(chosen)]) for chosen, text in reasons)
        return [text.format(_shown(which)) for text, which in found if which]


def fit_array_transform(
    source: Source, train: NDArray[np.int64], standardise: bool, loading: Loading
) -> ArrayTransform:
    """Fit the transform of plain numbers on the training rows.

    Raises DataError naming the first row and column that is not a finite number, wherever it stands.
    """
    shape = tuple(source.rows.shape[1:])
    moments = Moments(shape[0])
    if source.decoding_is_slow and len(train) > SAMPLE_WHEN_SLOW:
        if standardise:
            _from_sample(source.rows, train, moments, loading)
    elif standardise or not isinstance(source.rows, ArrayRows) or source.rows.array.dtype.kind == "f":
        _from_all(source, train, moments, loading)
    if not standardise:
        return ArrayTransform(shape, source.divisor)
    deviation = moments.deviation() / source.divisor
    if source.kind == "table":
        names = source.input_names or [f"column {number + 1}" for number in range(shape[0])]
        for text in moments.why_flat(names):
            loading.notice(text)
    return ArrayTransform(shape, source.divisor, moments.mean / source.divisor, deviation)


def _from_all(source: Source, train: NDArray[np.int64], moments: Moments, loading: Loading) -> None:
    rows = source.rows
    is_train = np.zeros(rows.shape[0], bool)
    is_train[train] = True
    for first, block in rows.blocks():
        loading.progress(f"Looking through the data: {first / rows.shape[0]:.0%}")
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            _refuse_non_finite(source, first, block)
        mask = is_train[first : first + len(block)]
        moments.add(block if mask.all() else block[mask])


def _from_sample(rows: Rows, train: NDArray[np.int64], moments: Moments, loading: Loading) -> None:
    chosen = np.sort(np.random.default_rng(0).choice(train, SAMPLE_WHEN_SLOW, replace=False))
    for start in range(0, len(chosen), 256):
        loading.progress(f"Measuring a sample of the images: {start / len(chosen):.0%}")
        moments.add(rows.take(chosen[start : start + 256]))
    loading.notice(
        f"Mean and deviation come from {SAMPLE_WHEN_SLOW:,} of {len(train):,} training images, chosen at random."
    )


def _refuse_non_finite(source: Source, first: int, block: NDArray[Any]) -> None:
    place = np.argwhere(~np.isfinite(block))[0]
    word = "NaN" if np.isnan(block[tuple(place)]) else "infinite"
    row = first + int(place[0]) + 1
    column = int(place[1])
    what = f"column {source.input_names[column]!r}" if source.input_names else f"column {column + 1}"
    if source.kind == "image":
        what = f"channel {column}, line {int(place[2])}, pixel {int(place[3])}"
    raise DataError(
        f"the inputs hold a number that is {word}, first in row {row:,}, {what}.",
        where=source.where,
        remedy="Replace or remove such values before training.",
    )


def _shown(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")

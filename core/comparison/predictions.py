"""What checkpoints predict for the same examples: confusion, residuals, and the predictions that flipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.comparison.histograms import histogram
from core.comparison.result import (
    ConfusionCounts,
    Examples,
    Flipped,
    FlippedExample,
    Number,
    Residuals,
    as_number,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Classes:
    """True and predicted classes (n,) and probabilities (n, k) of the examples numbered `indices` (n,)."""

    indices: Ints
    truth: Ints
    predicted: Ints
    probabilities: Floats

    @classmethod
    def of(cls, indices: Ints, outputs: Floats, truth: Ints) -> Classes:
        """From finite logits (n, k)."""
        shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return cls(indices, truth, outputs.argmax(axis=1), shifted / shifted.sum(axis=1, keepdims=True))

    @property
    def confidence(self) -> Floats:
        """The probability of the predicted class (n,)."""
        return self._at(self.predicted)

    @property
    def of_truth(self) -> Floats:
        """The probability of the true class (n,)."""
        return self._at(self.truth)

    def confusion(self) -> Ints:
        """Return counts (k, k): a row for each true class, a column for each predicted one."""
        classes = self.probabilities.shape[1]
        return np.bincount(self.truth * classes + self.predicted, minlength=classes**2).reshape(classes, classes)

    def _at(self, classes: Ints) -> Floats:
        return np.take_along_axis(self.probabilities, classes[:, None], axis=1)[:, 0]


@dataclass(frozen=True)
class Values:
    """Predicted and true numbers (n, targets), in the target's own unit, of the examples numbered `indices` (n,)."""

    indices: Ints
    truth: Floats
    predicted: Floats

    @property
    def errors(self) -> Floats:
        """Prediction minus truth, (n * targets,)."""
        return (self.predicted - self.truth).reshape(-1)


def confusions(found: Sequence[Classes | None], classes: Sequence[str], examples: Examples) -> ConfusionCounts:
    """Return the confusion matrices of checkpoints and their differences; None for one of other data."""
    counts = [None if one is None else one.confusion() for one in found]
    first = counts[0]
    assert first is not None
    return ConfusionCounts(
        classes=list(classes),
        examples=examples,
        counts=[None if one is None else one.tolist() for one in counts],
        differences=[None if one is None else (one - first).tolist() for one in counts],
    )


def flipped_classes(
    first: Classes, other: Classes, number: int, classes: Sequence[str], examples: Examples, most: int
) -> Flipped:
    """Return which examples the two predict as different classes."""
    before, after = first.predicted, other.predicted
    flipped = before != after
    was_right, is_right = before == first.truth, after == first.truth
    change = other.of_truth - first.of_truth
    listed = [
        FlippedExample(
            index=int(first.indices[at]),
            truth=int(first.truth[at]),
            before=int(before[at]),
            after=int(after[at]),
            confidence_before=as_number(float(first.confidence[at])),
            confidence_after=as_number(float(other.confidence[at])),
            of_truth_before=as_number(float(first.of_truth[at])),
            of_truth_after=as_number(float(other.of_truth[at])),
            change=as_number(float(change[at])),
        )
        for at in _largest(change, np.flatnonzero(flipped), most)
    ]
    return Flipped(
        other=number,
        examples=examples,
        count=int(flipped.sum()),
        gained=int((flipped & is_right).sum()),
        lost=int((flipped & was_right).sum()),
        changed=int((flipped & ~is_right & ~was_right).sum()),
        listed=listed,
        classes=list(classes),
    )


def moved_values(first: Values, other: Values, number: int, examples: Examples, most: int) -> Flipped:
    """Return the predicted numbers whose error changed most; numbers do not flip, so all that differ count."""
    targets = first.truth.shape[1]
    change = np.abs(other.errors) - np.abs(first.errors)
    differ = first.predicted.reshape(-1) != other.predicted.reshape(-1)
    truth, before, after = (one.reshape(-1) for one in (first.truth, first.predicted, other.predicted))
    listed = [
        FlippedExample(
            index=int(first.indices[at // targets]),
            target=int(at % targets),
            truth=_in_digits(truth[at]),
            before=_in_digits(before[at]),
            after=_in_digits(after[at]),
            confidence_before=None,
            confidence_after=None,
            of_truth_before=None,
            of_truth_after=None,
            change=_in_digits(change[at]),
        )
        for at in _largest(change, np.flatnonzero(differ), most)
    ]
    gained, lost = int((change < 0).sum()), int((change > 0).sum())
    return Flipped(
        other=number,
        examples=examples,
        count=int(differ.sum()),
        gained=gained,
        lost=lost,
        changed=int(differ.sum()) - gained - lost,
        listed=listed,
    )


def residuals(found: Sequence[Values | None], examples: Examples, bins: int) -> Residuals:
    """Return how the errors of checkpoints are spread, and how alike they are; None for one of other data."""
    errors = [None if one is None else one.errors for one in found]
    first = errors[0]
    assert first is not None
    change = [None if one is None else np.abs(one) - np.abs(first) for one in errors]
    tensors = [None if one is None else torch.from_numpy(one) for one in errors]
    return Residuals(
        examples=examples,
        mean=[None if one is None else as_number(float(one.mean())) for one in errors],
        deviation=[None if one is None else as_number(float(one.std())) for one in errors],
        median_absolute=[None if one is None else as_number(float(np.median(np.abs(one)))) for one in errors],
        correlation=[None if one is None else _correlation(first, one) for one in errors],
        closer=[None if one is None else int((one < 0).sum()) for one in change],
        farther=[None if one is None else int((one > 0).sum()) for one in change],
        histogram=histogram("residual", tensors, bins),
    )


def _correlation(left: Floats, right: Floats) -> Number | None:
    """Return Pearson's correlation; None where either never changes."""
    a, b = left - left.mean(), right - right.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return None if norm == 0 else as_number(float(a @ b) / norm)


def _in_digits(value: float) -> Number:
    """Return a number in the target's unit with the digits that float32 has: 259, not 258.9999975."""
    return as_number(float(f"{value:.7g}"))


def _largest(change: Floats, at: Ints, most: int) -> Ints:
    """Return those of `at` with the largest |change|, largest first, at most `most`."""
    return at[np.argsort(-np.abs(change[at]), kind="stable")][:most]

"""Metrics of a whole split, from all its outputs and targets at once.

The outputs come to the CPU in one transfer and the arithmetic is NumPy's in float64, the same on every device: for the
small arrays of most evaluations it costs a fraction of torch's calls, and its sort is ten times as fast.
Outputs that are not all finite make every metric NaN; nothing is left out silently.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.data.prepared import Task

CLASS_METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
NUMBER_METRICS = ("mae", "rmse", "r2")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Measured(NamedTuple):
    """What one pass over a split gave: metrics by name, and how its classes are confused.

    `confusion` has shape (k, k): row = true class, column = most likely class.  It is None for numbers, for outputs
    that are not all finite, and for an empty split.
    """

    values: dict[str, float]
    confusion: Ints | None = None


def split_metrics(
    split: str, outputs: Tensor, targets: Tensor, task: Task, target_scale: tuple[float, float] = (0.0, 1.0)
) -> Measured:
    """Return every metric of a split but the loss, by name: `valid/accuracy` and so on.

    For classes: `outputs` (n, k) are logits and `targets` int64 (n,).  With k = 2 precision, recall, F1 and ROC AUC
    are those of class 1; else means over the classes that occur.  For numbers: both are (n, k), standardised with
    `target_scale` = (mean, deviation); MAE and RMSE come back in the target's own unit.  A metric that is not
    defined, such as the ROC AUC of a split with one class, is NaN.  An empty split has no metrics: {}.
    """
    if len(targets) == 0:
        return Measured({})
    found = _array(outputs)
    names = CLASS_METRICS if task == "classification" else NUMBER_METRICS
    confusion: Ints | None = None
    if not np.isfinite(found).all():
        values = [math.nan] * len(names)
    elif task == "classification":
        classes = targets.cpu().numpy()
        confusion = _confusion(found, classes)
        values = _class_values(found, classes, confusion)
    else:
        values = _number_values(found, _array(targets), target_scale[1])
    named = {f"{split}/{name}": float(value) for name, value in zip(names, values, strict=True)}
    return Measured(named, confusion)


def roc_auc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve of scores (n,) for the examples marked positive (n,), ties counting half.

    The area is the Mann-Whitney statistic.  NaN when all or none are positive.
    """
    sought = scores[positive]
    positives, negatives = len(sought), len(scores) - len(sought)
    if not positives or not negatives:
        return math.nan
    ordered = scores.copy()
    ordered.sort()
    sought.sort()  # in order, so that the searches stay in the cache
    ranks = ordered.searchsorted(sought, "left") + ordered.searchsorted(sought, "right")
    rank_sum = (float(ranks.sum()) + positives) / 2
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def _array(tensor: Tensor) -> Floats:
    # Half precision has no NumPy type of its own, and mps no float64: widen on the CPU.
    return tensor.detach().cpu().double().numpy()


def _confusion(outputs: Floats, targets: Ints) -> Ints:
    classes = outputs.shape[1]
    cells = targets * classes + outputs.argmax(axis=1)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def _class_values(outputs: Floats, targets: Ints, counts: Ints) -> list[float]:
    """Return the values of CLASS_METRICS; `counts` (k, k) is the confusion matrix."""
    hits, actual, predicted = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    # Where nothing was predicted (or there was nothing to find) precision (or recall) counts as 0, as is usual.
    precision = hits / np.maximum(predicted, 1)
    recall = hits / np.maximum(actual, 1)
    f1 = 2 * hits / np.maximum(actual + predicted, 1)
    accuracy = hits.sum() / len(targets)
    if outputs.shape[1] == 2:
        return [accuracy, precision[1], recall[1], f1[1], roc_auc(outputs[:, 1] - outputs[:, 0], targets == 1)]
    occurs = (actual + predicted) > 0
    means = [float(values[occurs].mean()) for values in (precision, recall, f1)]
    return [accuracy, *means, _one_against_rest(outputs, targets)]


def _one_against_rest(outputs: Floats, targets: Ints) -> float:
    """Return the mean over classes of the ROC AUC of each class's probability; classes that do not occur left out."""
    # Log-probabilities rank as probabilities do, and still tell apart those that would round to one.
    scores = np.ascontiguousarray(outputs.T)
    scores = scores - scores.max(axis=0)
    scores -= np.log(np.exp(scores).sum(axis=0))
    areas = [roc_auc(row, targets == number) for number, row in enumerate(scores)]
    known = [area for area in areas if not math.isnan(area)]
    return sum(known) / len(known) if known else math.nan


def _number_values(outputs: Floats, targets: Floats, deviation: float) -> list[float]:
    """Return the values of NUMBER_METRICS; over several targets each is the mean of theirs."""
    errors = outputs - targets
    squares = np.square(errors)
    spread = np.square(targets - targets.mean(axis=0)).sum(axis=0)
    # A target that never changes has no variance to explain: NaN, not minus infinity.
    r2 = np.nan if (spread == 0).any() else (1 - squares.sum(axis=0) / spread).mean()
    return [np.abs(errors).mean() * deviation, np.sqrt(squares.mean(axis=0)).mean() * deviation, r2]

"""Metrics of a whole split, from all its outputs and targets at once.  Pure torch, on the device the tensors are on.

An evaluation costs one transfer from the device: every number is computed there and fetched together.
Outputs that hold a NaN make every metric NaN; nothing is left out silently.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.data.prepared import Task

CLASS_METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
NUMBER_METRICS = ("mae", "rmse", "r2")
_AT_ONCE = 8_000_000  # scores ranked at a time: a thousand classes must not need gigabytes


def split_metrics(
    split: str, outputs: Tensor, targets: Tensor, task: Task, target_scale: tuple[float, float] = (0.0, 1.0)
) -> dict[str, float]:
    """Return every metric of a split but the loss, by name: `valid/accuracy` and so on.

    For classes: `outputs` (n, k) are logits and `targets` int64 (n,).  With k = 2 precision, recall, F1 and ROC AUC
    are those of class 1; else means over the classes that occur.  For numbers: both are (n, k), standardised with
    `target_scale` = (mean, deviation); MAE and RMSE come back in the target's own unit.  A metric that is not
    defined, such as the ROC AUC of a split with one class, is NaN.  An empty split has no metrics: {}.
    """
    if len(targets) == 0:
        return {}
    outputs, targets = outputs.detach(), targets.detach()
    names: tuple[str, ...] = NUMBER_METRICS
    if task == "classification":
        names, values = CLASS_METRICS, _class_values(outputs, targets)
    else:
        values = _number_values(outputs, targets, target_scale[1])
    values = torch.where(torch.isnan(outputs).any(), math.nan, values)
    return {f"{split}/{name}": value for name, value in zip(names, values.tolist(), strict=True)}


def confusion_matrix(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return int64 counts of shape (k, k): row = true class, column = most likely class of outputs (n, k)."""
    classes = outputs.shape[1]
    cells = targets * classes + outputs.argmax(dim=1)
    if cells.is_cuda:
        # bincount would synchronise to learn its length, and is not deterministic there; adding ones is both.
        counts = torch.zeros(classes * classes, dtype=torch.int64, device=cells.device)
        return counts.scatter_add_(0, cells, torch.ones_like(cells)).view(classes, classes)
    return torch.bincount(cells, minlength=classes * classes).view(classes, classes)


def roc_auc(scores: Tensor, positive: Tensor) -> Tensor:
    """Return the area under the ROC curve of each row: scores (r, n), positive bool (r, n) -> (r,).

    The area is the Mann-Whitney statistic over mean ranks, so ties count half.  Rows with only positives or only
    negatives are NaN.
    """
    ordered = scores.sort(dim=1).values
    below = torch.searchsorted(ordered, scores, right=False)
    not_above = torch.searchsorted(ordered, scores, right=True)
    ranks = (below + not_above + 1).to(scores.dtype) / 2
    positives = positive.sum(dim=1).to(scores.dtype)
    negatives = positive.shape[1] - positives
    rank_sum = (ranks * positive).sum(dim=1)
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def _class_values(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the values of CLASS_METRICS, shape (5,)."""
    outputs = outputs.to(_wide(outputs))
    counts = confusion_matrix(outputs, targets).to(outputs.dtype)
    hits, actual, predicted = counts.diagonal(), counts.sum(dim=1), counts.sum(dim=0)
    # Where nothing was predicted (or there was nothing to find) precision (or recall) counts as 0, as is usual.
    precision = hits / predicted.clamp(min=1)
    recall = hits / actual.clamp(min=1)
    f1 = 2 * hits / (actual + predicted).clamp(min=1)
    per_class = torch.stack((precision, recall, f1))
    if outputs.shape[1] == 2:
        averages = per_class[:, 1]
        area = roc_auc((outputs[:, 1] - outputs[:, 0])[None], (targets == 1)[None])[0]
    else:
        occurs = ((actual + predicted) > 0).to(outputs.dtype)
        averages = (per_class * occurs).sum(dim=1) / occurs.sum()
        area = _one_against_rest(outputs, targets)
    return torch.cat(((hits.sum() / len(targets))[None], averages, area[None]))


def _one_against_rest(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the mean over classes of the ROC AUC of each class's probability; classes that do not occur left out."""
    scores = outputs.log_softmax(dim=1).T.contiguous()
    classes = torch.arange(len(scores), device=targets.device)
    rows = max(1, _AT_ONCE // len(targets))
    areas = [
        roc_auc(part, targets[None] == numbers[:, None])
        for part, numbers in zip(torch.split(scores, rows), torch.split(classes, rows), strict=True)
    ]
    return torch.cat(areas).nanmean()


def _number_values(outputs: Tensor, targets: Tensor, deviation: float) -> Tensor:
    """Return the values of NUMBER_METRICS, shape (3,); R2 is the mean over the k targets."""
    wide = _wide(outputs)
    targets = targets.to(wide)
    errors = outputs.to(wide) - targets
    mae = errors.abs().mean() * deviation
    rmse = errors.square().mean(dim=0).sqrt().mean() * deviation
    spread = (targets - targets.mean(dim=0)).square().sum(dim=0)
    # A target that never changes has no variance to explain: NaN, not minus infinity.
    r2 = (1 - errors.square().sum(dim=0) / torch.where(spread > 0, spread, math.nan)).mean()
    return torch.stack((mae, rmse, r2))


def _wide(outputs: Tensor) -> torch.dtype:
    """Return float64 where the device has it: sums over a million examples need the digits."""
    return torch.float32 if outputs.device.type == "mps" else torch.float64

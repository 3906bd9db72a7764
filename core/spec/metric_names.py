"""The metrics Epochal knows by name: title, unit and direction.  No torch: the window and the spec need this too.

A metric of a run is called `split/name`, such as `valid/accuracy`.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import SpecError

Unit = Literal["", "target"]  # "target": in the units of the target as the user's data gives it
SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class MetricName:
    """What there is to say of one metric.  `unit` "target" means the target's own unit, before standardisation."""

    name: str
    title: str
    help: str
    higher_is_better: bool
    unit: Unit = ""


_ALL = (
    MetricName("loss", "Loss", "What training makes small.", False),
    MetricName("accuracy", "Accuracy", "Share of examples whose most likely class is the right one.", True),
    MetricName(
        "precision",
        "Precision",
        "Of the examples called positive, the share that is. With two classes the second one is positive; "
        "with more it is the mean over the classes that occur.",
        True,
    ),
    MetricName(
        "recall",
        "Recall",
        "Of the positive examples, the share that was found. With two classes the second one is positive; "
        "with more it is the mean over the classes that occur.",
        True,
    ),
    MetricName(
        "f1",
        "F1",
        "Harmonic mean of precision and recall. With two classes the second one is positive; "
        "with more it is the mean over the classes that occur.",
        True,
    ),
    MetricName(
        "roc_auc",
        "ROC AUC",
        "Chance that a random positive example scores above a random negative one, ties counting half. "
        "With more than two classes: each class against the rest, mean over the classes that occur.",
        True,
    ),
    MetricName("mae", "MAE", "Mean absolute error in the target's own unit.", False, "target"),
    MetricName("rmse", "RMSE", "Root of the mean squared error in the target's own unit.", False, "target"),
    MetricName("r2", "R²", "Share of the target's variance that is explained; 0 is no better than its mean.", True),
)

METRICS: dict[str, MetricName] = {metric.name: metric for metric in _ALL}
OF_TASK: dict[str, tuple[str, ...]] = {
    "classification": ("loss", "accuracy", "precision", "recall", "f1", "roc_auc"),
    "regression": ("loss", "mae", "rmse", "r2"),
}


def metric_named(metric: str) -> MetricName:
    """Return what is known of `accuracy` or `valid/accuracy`.

    Raises SpecError with the nearest name when there is no such metric or split.
    """
    split, _, name = metric.rpartition("/")
    if split and split not in SPLITS:
        raise SpecError(f"There is no split {split!r}.", where="training.monitor", remedy=_nearest(split, SPLITS))
    if name not in METRICS:
        raise SpecError(
            f"There is no metric {name!r}.", where="training.monitor", remedy=_nearest(name, tuple(METRICS))
        )
    return METRICS[name]


def higher_is_better(metric: str) -> bool:
    """Say whether `metric`, such as `valid/accuracy`, is to be made large.  Raises SpecError for an unknown name."""
    return metric_named(metric).higher_is_better


def _nearest(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Choose one of {', '.join(known)}."

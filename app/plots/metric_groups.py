"""Which metrics share a plot: train/loss and valid/loss are one plot, loss."""

from __future__ import annotations

from collections.abc import Iterable

from core.runs.state import RunState

SPLITS = ("train", "valid", "test")
FIRST = "loss"
_SHARES = frozenset({"accuracy", "precision", "recall", "f1", "roc_auc", "r2"})


def group_of(metric: str) -> str:
    """Return the plot a metric belongs to: its name without the split."""
    split, slash, name = metric.partition("/")
    return name if slash and split in SPLITS else metric


def split_of(metric: str) -> str:
    """Return train, valid, test, or nothing."""
    split, slash, _ = metric.partition("/")
    return split if slash and split in SPLITS else ""


def is_share(group: str) -> bool:
    """Return whether a metric is at most 1, the better the nearer: a logarithmic axis would hide what matters."""
    return group in _SHARES


def groups_in(states: Iterable[RunState]) -> list[str]:
    """Return all plots that the runs have metrics for, the loss first, then the monitored metric, then by name."""
    names: set[str] = set()
    monitored: set[str] = set()
    for state in states:
        names.update(group_of(metric) for metric in state.metrics)
        if state.prepared is not None:
            monitored.add(group_of(state.prepared.monitor))
    return sorted(names, key=lambda name: (name != FIRST, name not in monitored, name.casefold()))


def metrics_of(state: RunState, group: str) -> list[str]:
    """Return a run's metrics in a plot: train before valid before test."""
    found = [metric for metric in state.metrics if group_of(metric) == group]
    return sorted(found, key=lambda metric: SPLITS.index(split_of(metric)) if split_of(metric) else -1)


def default_groups(states: Iterable[RunState]) -> list[str]:
    """Return what to show before the user chose: the loss, and one metric that tells how good the model is."""
    known = groups_in(states)
    for telling in ("accuracy", "r2", "f1", "mae"):
        if telling in known:
            return [name for name in known if name in (FIRST, telling)]
    return known[:1]

"""What runs themselves say, side by side: metrics as recorded, and where their specs differ.  No torch here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.comparison.result import MetricRow, Number, SpecRow, as_float, as_number
from core.errors import SpecError
from core.spec.diff import leaves
from core.spec.metric_names import METRICS, higher_is_better

LABELS = ("name", "notes", "tags")  # what a run is called does not change what it computes


def spec_rows(specs: Sequence[Mapping[str, Any]], *, without: Sequence[str] = LABELS) -> list[SpecRow]:
    """Return the fields in which specs, as tables, are not all alike; in the order of the first one.

    `without` names fields left out; names, notes and tags by default.
    """
    flat = [leaves(spec) for spec in specs]
    paths = dict.fromkeys(path for one in flat for path in one if path not in without)
    rows = [SpecRow(path=path, values=[one.get(path) for one in flat]) for path in paths]
    return [row for row in rows if any(_differ(row.values[0], value) for value in row.values[1:])]


def metric_rows(values: Sequence[Mapping[str, float]], *, measured: bool) -> list[MetricRow]:
    """Return one row for each metric that any of the checkpoints has."""
    names = dict.fromkeys(name for one in values for name in one)
    order = {name: place for place, name in enumerate(METRICS)}
    known = sorted(names, key=lambda name: (order.get(name.rpartition("/")[2], len(order)), name))
    return [_metric_row(name, [one.get(name) for one in values], measured) for name in known]


def is_better_higher(metric: str) -> bool:
    """Say whether a metric is to be made large; one that is not known is taken for a loss."""
    try:
        return higher_is_better(metric)
    except SpecError:
        return False


def _metric_row(name: str, values: Sequence[float | None], measured: bool) -> MetricRow:
    numbers = [None if value is None else as_number(value) for value in values]
    return MetricRow(
        name=name,
        values=numbers,
        differences=[_minus(number, numbers[0]) for number in numbers],
        higher_is_better=is_better_higher(name),
        measured=measured,
    )


def _minus(value: Number | None, first: Number | None) -> Number | None:
    return None if value is None or first is None else as_number(as_float(value) - as_float(first))


def _differ(left: Any, right: Any) -> bool:
    # True equals 1 in Python, but not in a spec.
    return bool(left != right) or isinstance(left, bool) != isinstance(right, bool)

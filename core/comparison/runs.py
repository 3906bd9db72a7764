"""Comparing runs by what they recorded: where their specs differ, their metrics, and the spread over seeds.

No torch here, and nothing that takes long: the window calls `compare_sides` with the states it has anyway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from core.comparison.recorded import LABELS, is_better_higher, spec_rows
from core.comparison.result import Number, SpecRow, as_array, as_number
from core.errors import BadInput
from core.runs.run_folder import RunFolder
from core.runs.state import RunState, state_of_run
from core.runs.summary import displayed_status
from core.spec.metric_names import METRICS


@dataclass(frozen=True)
class Side:
    """One run of a comparison: its spec as a table, and how it stands."""

    id: str
    name: str
    status: str
    spec: Mapping[str, Any]
    state: RunState


class ComparedRun(msgspec.Struct, kw_only=True):
    """Who a run is.  `group` numbers the runs that differ in nothing but the seed."""

    id: str
    name: str
    status: str
    step: int
    seed: int
    group: int


class Point(msgspec.Struct, kw_only=True):
    """A metric's value and the step it was measured at."""

    step: int
    value: Number


class RunMetric(msgspec.Struct, kw_only=True):
    """One metric of all runs, an entry for each; None where a run has none.  Only the live curve counts.

    `best` is the best finite value (NaN when there is none), the first of equals, None for what is neither good nor
    bad, such as a learning rate; `at` is the last value at or before the step asked for.
    """

    name: str
    higher_is_better: bool
    best: list[Point | None]
    last: list[Point | None]
    at: list[Point | None]


class Spread(msgspec.Struct, kw_only=True):
    """Mean and sample standard deviation (n - 1) of `count` values, and their range; no deviation of a single one."""

    count: int
    mean: Number
    deviation: Number | None
    low: Number
    high: Number


class GroupMetric(msgspec.Struct, kw_only=True):
    """A metric over the runs of a group; None where no run of it has the metric."""

    name: str
    best: Spread | None
    last: Spread | None
    at: Spread | None


class SeedGroup(msgspec.Struct, kw_only=True):
    """Runs that differ in nothing but the seed: `runs` are places in `RunsComparison.runs`.

    Means are over `counted`: of runs with the same seed, which are the same run again, only the one that got farthest.
    """

    runs: list[int]
    seeds: list[int]
    counted: list[int]
    metrics: list[GroupMetric]


class RunsComparison(msgspec.Struct, kw_only=True):
    """Runs side by side.  `spec` has only what differs, with a value for each run; `at_step` is None when not asked."""

    runs: list[ComparedRun]
    spec: list[SpecRow]
    metrics: list[RunMetric]
    groups: list[SeedGroup]
    at_step: int | None


def compare_runs(runs: Sequence[RunFolder], at_step: int | None = None) -> RunsComparison:
    """Compare runs as their folders stand.  Raises WorkspaceError when one cannot be read, BadInput for none."""
    return compare_sides([side_of(run) for run in runs], at_step)


def side_of(run: RunFolder) -> Side:
    """Read one run.  Raises WorkspaceError."""
    state = state_of_run(run)
    return Side(run.id, run.record().name, displayed_status(run, state.status), run.raw_spec(), state)


def compare_sides(sides: Sequence[Side], at_step: int | None = None) -> RunsComparison:
    """Compare runs that were read already.  Raises BadInput when there is none."""
    if not sides:
        raise BadInput("There is no run to compare.")
    groups = _groups(sides)
    group_of = {place: number for number, group in enumerate(groups) for place in group}
    metrics = [_metric(name, sides, at_step) for name in _names(sides)]
    return RunsComparison(
        runs=[
            ComparedRun(
                id=one.id,
                name=one.name,
                status=one.status,
                step=one.state.step,
                seed=_seed(one),
                group=group_of[place],
            )
            for place, one in enumerate(sides)
        ],
        spec=spec_rows([one.spec for one in sides]),
        metrics=metrics,
        groups=[_group(group, sides, metrics) for group in groups],
        at_step=at_step,
    )


def _groups(sides: Sequence[Side]) -> list[list[int]]:
    """Return the places of runs that differ in nothing but seed and labels, together."""
    groups: list[list[int]] = []
    for place, side in enumerate(sides):
        for group in groups:
            if not spec_rows([sides[group[0]].spec, side.spec], without=(*LABELS, "seed")):
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def _names(sides: Sequence[Side]) -> list[str]:
    """Return the metrics of all runs: validation first, then by kind, what is not known last."""
    names = {name for side in sides for name in side.state.metrics}
    splits, kinds = ("valid", "test", "train"), list(METRICS)

    def place(name: str) -> tuple[int, int, str]:
        split, _, kind = name.rpartition("/")
        known = kind in kinds
        return (
            splits.index(split) if known and split in splits else len(splits),
            kinds.index(kind) if known else len(kinds),
            name,
        )

    return sorted(names, key=place)


def _metric(name: str, sides: Sequence[Side], at_step: int | None) -> RunMetric:
    higher = is_better_higher(name)
    return RunMetric(
        name=name,
        higher_is_better=higher,
        best=[_best(side.state, name, higher) if name.rpartition("/")[2] in METRICS else None for side in sides],
        last=[_until(side.state, name, None) for side in sides],
        at=[None if at_step is None else _until(side.state, name, at_step) for side in sides],
    )


def _best(state: RunState, name: str, higher: bool) -> Point | None:
    steps, _, _, values = state.series(name).live_points()
    if not len(values):
        return None
    finite = np.isfinite(values)
    if not finite.any():
        return Point(step=int(steps[-1]), value=as_number(float("nan")))
    place = int(np.argmax(np.where(finite, values if higher else -values, -np.inf)))
    return Point(step=int(steps[place]), value=as_number(float(values[place])))


def _until(state: RunState, name: str, step: int | None) -> Point | None:
    """Return the last point, or the last one at or before `step`."""
    steps, _, _, values = state.series(name).live_points()
    place = (len(steps) if step is None else int(np.searchsorted(steps, step, "right"))) - 1
    return None if place < 0 else Point(step=int(steps[place]), value=as_number(float(values[place])))


def _group(places: Sequence[int], sides: Sequence[Side], metrics: Sequence[RunMetric]) -> SeedGroup:
    farthest: dict[int, int] = {}
    for place in places:
        rival = farthest.setdefault(_seed(sides[place]), place)
        if sides[place].state.step > sides[rival].state.step:
            farthest[_seed(sides[place])] = place
    counted = sorted(farthest.values())
    return SeedGroup(
        runs=list(places),
        seeds=[_seed(sides[place]) for place in places],
        counted=counted,
        metrics=[
            GroupMetric(
                name=metric.name,
                best=_spread([metric.best[place] for place in counted]),
                last=_spread([metric.last[place] for place in counted]),
                at=_spread([metric.at[place] for place in counted]),
            )
            for metric in metrics
        ],
    )


def _spread(points: Sequence[Point | None]) -> Spread | None:
    values = as_array([point.value for point in points if point is not None])
    if not len(values):
        return None
    with np.errstate(invalid="ignore"):
        deviation = as_number(float(values.std(ddof=1))) if len(values) > 1 else None
        return Spread(
            count=len(values),
            mean=as_number(float(values.mean())),
            deviation=deviation,
            low=as_number(float(values.min())),
            high=as_number(float(values.max())),
        )


def _seed(side: Side) -> int:
    return int(side.spec.get("seed", 0))

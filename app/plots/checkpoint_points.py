"""The checkpoints of one run as points of a plot: columns, so that ten thousand cost no more than ten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.plots.run_on_plot import RunOnPlot, model_step
from app.plots.view import View
from app.plots.x_axis import Floats, Indices, around, reference
from core.runs.series import Series
from core.runs.state import CheckpointRow


@dataclass(frozen=True)
class CheckpointPoints:
    """Checkpoints by step; the columns have shape (k,), x is in view coordinates.  `model` is an index, -1 for none."""

    run: RunOnPlot
    rows: Sequence[CheckpointRow]
    steps: NDArray[np.int64]
    x: Floats
    live: NDArray[np.bool_]
    pinned: NDArray[np.bool_]
    model: int

    @cached_property
    def rank(self) -> Indices:
        """How important each is, no two alike: the model, pinned ones, the live branch; of equals the newer."""
        count = len(self.steps)
        order = self.live.astype(np.int64) + (self.live & self.pinned)
        if self.model >= 0:
            order[self.model] = 3
        return np.arange(count) + count * order

    def index_of(self, step: int) -> int | None:
        """Return the index of the checkpoint at a step, or None."""
        at = int(np.searchsorted(self.steps, step))
        return at if at < len(self.steps) and self.steps[at] == step else None


def checkpoint_points(
    run: RunOnPlot, view: View, pins: Collection[int] = (), known: CheckpointPoints | None = None
) -> CheckpointPoints:
    """Return where the checkpoints of a run lie on the x axis of a view; `pins` are the pinned steps.

    What was `known` is used again where the run's checkpoints are still the same.
    """
    rows = run.state.checkpoints
    if known is not None and known.run.state is run.state and _are_same(rows, known.rows):
        steps, live = known.steps, known.live
    else:
        steps = np.array([row.step for row in rows], dtype=np.int64)
        live = np.array([row.live for row in rows], dtype=np.bool_)
    x = view.axis.places(run.state, reference(run.state), steps.astype(np.float64))
    if view.log_x:
        x = np.where(x > 0, np.log10(np.maximum(x, 1e-300)), -300.0)
    pinned = np.isin(steps, list(pins)) if pins else np.zeros(len(steps), dtype=np.bool_)
    chosen = model_step(run.state)
    at = int(np.searchsorted(steps, chosen)) if chosen is not None else len(steps)
    model = at if at < len(steps) and steps[at] == chosen else -1
    return CheckpointPoints(run, rows, steps, x, live, pinned, model)


def _are_same(rows: Sequence[CheckpointRow], known: Sequence[CheckpointRow]) -> bool:
    """Compare by the objects: a state makes all rows anew when anything about one of them changes."""
    return len(rows) == len(known) and (not rows or (rows[0] is known[0] and rows[-1] is known[-1]))


def heights(points: CheckpointPoints, series: Series, values: Floats, *, log_y: bool) -> Floats:
    """Return where a line passes the checkpoints, shape (k,), in view coordinates of y.

    `values` is the column that the line shows.  A checkpoint that the run went back before lies on the newest dead
    tail that reaches it.  NaN where there is no line.
    """
    steps = points.steps.astype(np.float64)
    found = _between(series, values, series.live_ranges, steps, log_y)
    if not points.live.all():
        found[~points.live] = np.nan
        for start, stop in series.dead_tails:
            inside = ~points.live & (steps >= series.step[start]) & (steps <= series.step[stop - 1])
            found[inside] = _between(series, series.value, [(start, stop)], steps[inside], log_y)
    return found


def _between(series: Series, values: Floats, ranges: Sequence[tuple[int, int]], steps: Floats, log_y: bool) -> Floats:
    before, after = around(series, ranges, steps)
    if not ranges:
        return np.full(len(steps), np.nan)
    before, after = np.where(before < 0, after, before), np.where(after < 0, before, after)
    low, high = values[before], values[after]
    if log_y:
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = np.log10(np.where(low > 0, low, np.nan)), np.log10(np.where(high > 0, high, np.nan))
    gap = series.step[after] - series.step[before]
    share = np.clip(np.divide(steps - series.step[before], gap, out=np.zeros(len(steps)), where=gap > 0), 0.0, 1.0)
    height: Floats = np.where(share > 0, low + share * (high - low), low)
    return height


class Groups(NamedTuple):
    """Marks that fall together: `members` of all groups from left to right, where each group begins, and its first."""

    members: Indices
    starts: Indices
    firsts: Indices

    def of(self, number: int) -> Indices:
        """Return the indices of the checkpoints of a group."""
        return np.split(self.members, self.starts[1:])[number]

    @property
    def sizes(self) -> Indices:
        """How many checkpoints each group has."""
        return np.diff(np.append(self.starts, len(self.members)))


def grouped(places: Floats, members: Indices, rank: Indices, apart: float) -> Groups:
    """Return groups of checkpoints, `members` of them at `places`, both of shape (m,); no two groups begin closer.

    The first of a group is the one of the highest `rank`, as CheckpointPoints has it, shape (k,).
    """
    order = np.argsort(places, kind="stable")
    ordered, members = places[order], members[order]
    starts: list[int] = []
    at = 0
    while at < len(ordered):
        starts.append(at)
        at = max(int(np.searchsorted(ordered, ordered[at] + apart)), at + 1)
    if not starts:
        return Groups(members, np.empty(0, np.int64), np.empty(0, np.int64))
    return Groups(members, np.array(starts), np.maximum.reduceat(rank[members], starts) % len(rank))

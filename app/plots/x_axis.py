"""What the x axis counts, and where a step lies on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.plots import wording
from core.runs.series import Series
from core.runs.state import RunState

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Column = Literal["step", "examples", "time_s"]
Size = Literal["", "train_examples", "virtual_epoch_size"]


@dataclass(frozen=True)
class XAxis:
    """A choice of x: a recorded column, divided by a size of the run where it counts in epochs."""

    key: str
    title: str
    column: Column
    size: Size = ""

    @property
    def short(self) -> str:
        """The title where there is little room."""
        return {"virtual_epoch": "virt. epoch", "time": "time"}.get(self.key, self.title)

    def of(self, series: Series) -> Floats:
        """Return the recorded column, shape (n,), not yet divided."""
        column: Floats = getattr(series, self.column)
        return column

    def divisor(self, state: RunState) -> float:
        """Return what the column is divided by: examples in an epoch, or 1."""
        return float(max(1, getattr(state, self.size))) if self.size else 1.0

    def place(self, state: RunState, series: Series | None, step: float) -> float:
        """Return where a step lies, between the two recorded points around it."""
        return float(self.places(state, series, np.array([float(step)]))[0])

    def places(self, state: RunState, series: Series | None, steps: Floats) -> Floats:
        """Return where steps, shape (k,), lie, each between the two recorded points around it."""
        if self.column == "step":
            return steps
        if series is None:
            return np.zeros(len(steps))
        return interpolate(series, self.of(series), steps) / self.divisor(state)

    def word(self, value: float) -> str:
        """Write one position with its unit."""
        if self.key == "time":
            return wording.duration(value)
        if self.size:
            return f"{self.title} {value:,.2f}"
        return f"{self.title} {value:,.0f}"


STEP = XAxis("step", "step", "step")
EPOCH = XAxis("epoch", "epoch", "examples", "train_examples")
EXAMPLES = XAxis("examples", "examples", "examples")
VIRTUAL_EPOCH = XAxis("virtual_epoch", "virtual epoch", "examples", "virtual_epoch_size")
TIME = XAxis("time", "training time", "time_s")
X_AXES = (STEP, EPOCH, EXAMPLES, VIRTUAL_EPOCH, TIME)


def reference(state: RunState) -> Series | None:
    """Return the series that knows most positions of a run: the one with most points."""
    return max(state.metrics.values(), key=len, default=None)


def nearest_live(series: Series, column: Floats, x: float) -> int | None:
    """Return the index of the live point nearest to `x` in a column of the series; None when there is none."""
    best: int | None = None
    for start, stop in series.live_ranges:
        at = start + int(np.searchsorted(column[start:stop], x))
        for index in (at - 1, at):
            if start <= index < stop and (best is None or abs(column[index] - x) < abs(column[best] - x)):
                best = index
    return best


class Around(NamedTuple):
    """For each of k steps the indices of the point at or before it and of the one after it; -1 where there is none."""

    before: Indices
    after: Indices


def around(series: Series, ranges: Sequence[tuple[int, int]], steps: Floats) -> Around:
    """Return which points of index ranges, themselves in order of step, lie around steps of shape (k,)."""
    before, after = np.full(len(steps), -1), np.full(len(steps), -1)
    for start, stop in ranges:
        at = start + np.searchsorted(series.step[start:stop], steps, "right")
        before = np.where(at > start, at - 1, before)
        after = np.where((at < stop) & (after < 0), at, after)
    return Around(before, after)


def interpolate(series: Series, values: Floats, steps: Floats) -> Floats:
    """Return a column's values at steps, shape (k,), between live points; before the first it falls to 0 at step 0."""
    before, after = around(series, series.live_ranges, steps)
    if not len(series):
        return np.zeros(len(steps))
    known_step = np.where(before >= 0, series.step[before], 0.0)
    known = np.where(before >= 0, values[before], 0.0)
    gap = np.where(after >= 0, series.step[after] - known_step, np.inf)
    rise = np.where(after >= 0, values[after] - known, 0.0)
    return known + (steps - known_step) / gap * rise

"""What the x axis counts, and where a step lies on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.plots import wording
from core.runs.series import Series
from core.runs.state import RunState

Floats = NDArray[np.float64]
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
        if self.column == "step":
            return step
        return interpolate(series, self.of(series), step) / self.divisor(state) if series is not None else 0.0

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


def interpolate(series: Series, values: Floats, step: float) -> float:
    """Return a column's value at a step, between live points; before the first one it falls to 0 at step 0."""
    known_step, known = 0.0, 0.0
    for start, stop in series.live_ranges:
        at = start + int(np.searchsorted(series.step[start:stop], step))
        if at > start:
            known_step, known = float(series.step[at - 1]), float(values[at - 1])
        if at < stop:
            gap = float(series.step[at]) - known_step
            share = (step - known_step) / gap if gap > 0 else 1.0
            return known + share * (float(values[at]) - known)
    return known

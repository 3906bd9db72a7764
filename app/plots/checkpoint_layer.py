"""The checkpoints of all shown runs on all plots: where they are, which are selected, what keys and clicks mean.

They are drawn on the curves of the first few runs; those of the first run stand once more along the lower edge of the
leading plot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal

from app.plots.checkpoint_marks import Hit, Marked
from app.plots.checkpoint_points import CheckpointPoints, checkpoint_points, heights
from app.plots.checkpoint_words import checkpoint_tip, spoken
from app.plots.metric_plot import MetricPlot
from app.plots.phase_track import PhaseTrack, track_of
from app.plots.plot_stack import PlotStack
from app.plots.run_line import RunLine
from app.plots.run_on_plot import RunOnPlot
from app.plots.view import View

Checkpoint = tuple[str, int]  # run id, step
MOST_MARKED = 8  # runs whose checkpoints are drawn, and those of selected ones


class CheckpointLayer(QObject):
    """Keeps the marks of checkpoints in step with runs and selection; what is wanted of one is told by signals."""

    chosen = Signal(str, int)  # run id, step: select it alone
    toggled = Signal(str, int)  # add it to the selection, or take it away
    let_go = Signal()

    def __init__(self, stack: PlotStack, say: Callable[[str], None]) -> None:
        """`say` is given words about the current checkpoint, for screen readers."""
        super().__init__(stack)
        self._stack, self._say = stack, say
        self._runs: Sequence[RunOnPlot] = ()
        self._points: dict[str, CheckpointPoints] = {}
        self._pins: dict[str, Collection[int]] = {}
        self._phases: dict[str, PhaseTrack] = {}
        self.selected: tuple[Checkpoint, ...] = ()

    def set_runs(self, runs: Sequence[RunOnPlot]) -> None:
        """Take the runs, the first being the primary one."""
        self._runs = runs
        known = {run.id: run.state for run in runs}
        self._phases = {run: track for run, track in self._phases.items() if known.get(run) is track.state}

    def show_selected(self, selected: Sequence[Checkpoint]) -> None:
        """Mark these checkpoints as selected, the first being the current one."""
        self.selected = tuple(selected)
        for plot in self._stack.plots:
            plot.checkpoints.show_selected(self.selected)
        hit = self._hit_of(self.selected[0]) if self.selected else None
        self._say(spoken(hit, 0, len(self.selected)) if hit is not None else "")

    def show_pins(self, run_id: str, steps: Collection[int]) -> bool:
        """Take which checkpoints of a run are pinned; return whether that is news."""
        if set(self._pins.get(run_id, ())) == set(steps):
            return False
        self._pins[run_id] = frozenset(steps)
        return True

    def draw(self, view: View) -> None:
        """Put the checkpoints where they are now."""
        wanted = {run for run, _ in self.selected}
        runs = [run for place, run in enumerate(self._runs) if place < MOST_MARKED or run.id in wanted]
        known = self._points
        self._points = {
            run.id: checkpoint_points(run, view, self._pins.get(run.id, ()), known.get(run.id)) for run in runs
        }
        for plot in self._stack.plots:
            marked = [
                Marked(points, _heights(plot, points, view), "checkpoint" if len(self._runs) == 1 else "")
                for points in self._points.values()
            ]
            if plot.leading and runs:
                marked.append(Marked(self._points[runs[0].id], None, "checkpoint"))
            plot.checkpoints.show_marks(marked)
            plot.checkpoints.show_selected(self.selected)

    def tip(self, hit: Hit) -> str:
        """Return what the tooltip of a mark says."""
        run = hit.points.run
        track = self._phases.get(run.id)
        if track is None:
            track = self._phases[run.id] = track_of(run.state)
        return checkpoint_tip(hit, track.phases(), named=len(self._runs) > 1)

    def click(self, hit: Hit, *, adds: bool) -> None:
        """Answer a click on a mark: select its checkpoint, or with `adds` take it to those selected or away."""
        (self.toggled if adds else self.chosen).emit(hit.run_id, hit.step)

    def move(self, by: int, *, extends: bool) -> bool:
        """Move along the checkpoints of the run of the last one selected; return whether one is selected.

        With `extends` what was selected stays, and going back lets go again.
        """
        if not self.selected:
            return False
        run_id, step = self.selected[-1]
        points = self._points.get(run_id)
        if points is None or not len(points.steps):
            return False
        at = int(np.clip(np.searchsorted(points.steps, step) + by, 0, len(points.steps) - 1))
        to = (run_id, int(points.steps[at]))
        if to == (run_id, step):
            return True
        if not extends:
            self.chosen.emit(*to)
        elif to in self.selected:
            self.toggled.emit(run_id, step)
        else:
            self.toggled.emit(*to)
        return True

    def enter(self, x: float | None) -> None:
        """Select the checkpoint of the first run nearest to a view coordinate, or its newest one when None."""
        points = self._points.get(self._runs[0].id) if self._runs else None
        if points is None or not len(points.steps):
            return
        index = len(points.steps) - 1 if x is None else int(np.argmin(np.abs(points.x - x)))
        self.chosen.emit(points.run.id, int(points.steps[index]))

    def current_place(self) -> tuple[MetricPlot, Hit] | None:
        """Return where the current checkpoint is drawn; None when none is selected or it is not in view."""
        hit = self._hit_of(self.selected[0]) if self.selected else None
        for plot in self._stack.plots:
            if hit is not None and (at := plot.checkpoints.place_of(hit.run_id, hit.step)) is not None:
                return plot, Hit(hit.points, hit.index, hit.group, at)
        return None

    def _hit_of(self, checkpoint: Checkpoint) -> Hit | None:
        points = self._points.get(checkpoint[0])
        index = points.index_of(checkpoint[1]) if points is not None else None
        if points is None or index is None:
            return None
        return Hit(points, index, np.array([index]), QPointF())


def _heights(plot: MetricPlot, points: CheckpointPoints, view: View) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return where the leading line of a run in a plot passes its checkpoints; NaN without one."""
    line = _leading(plot, points.run)
    if line is None:
        return np.full(len(points.steps), np.nan)
    return heights(points, line.track.series, line.track.leading, log_y=view.for_group(plot.group).log_y)


def _leading(plot: MetricPlot, run: RunOnPlot) -> RunLine | None:
    """Return the line of a run that says most: the monitored metric, else validation, else the last there is."""
    monitor = run.state.prepared.monitor if run.state.prepared is not None else ""
    lines = [line for line in plot.lines if line.run.id == run.id]
    return max(lines, key=lambda line: (line.metric == monitor, line.metric.startswith("valid/")), default=None)

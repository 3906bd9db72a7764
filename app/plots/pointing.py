"""What mouse and keys point at: the crosshair with its values, tooltips, clicks on checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip

from app.plots.checkpoint_layer import CheckpointLayer
from app.plots.metric_plot import MetricPlot
from app.plots.plot_stack import PlotStack
from app.plots.run_on_plot import RunOnPlot
from app.plots.view import View
from app.plots.x_axis import STEP, nearest_live, reference


class Pointing(QObject):
    """One crosshair over all plots of a stack; `x` is its view coordinate, None while there is none."""

    clicked = Signal()
    moved = Signal()  # the crosshair, or it is gone
    checkpoint_menu_wanted = Signal(object)  # a Hit

    def __init__(self, stack: PlotStack, checkpoints: CheckpointLayer) -> None:
        super().__init__(stack)
        self.x: float | None = None
        self._checkpoints = checkpoints
        self._stack = stack
        self._runs: Sequence[RunOnPlot] = ()
        self._view = View(STEP, log_x=False, log_y=False, smoothing_steps=0.0)
        stack.plot_made.connect(self._watch)

    def read_out(self, runs: Sequence[RunOnPlot], view: View) -> None:
        """Show the values of these runs at the crosshair, or their last ones."""
        self._runs, self._view = runs, view
        for plot in self._stack.plots:
            plot.read_out(view, self.x)
            plot.at.setText("values ≤ 0 stand at the lower edge" if plot.clamped else "")
        if self._stack.plots and self.x is not None and runs:
            self._stack.plots[0].at.setText(self._position(self.x))

    def move_to(self, x: float | None) -> None:
        """Move the crosshair to a view coordinate; None takes it away."""
        if x != self.x:
            self.x = x
            self.read_out(self._runs, self._view)
            self.moved.emit()

    @property
    def step(self) -> int | None:
        """The step of the first run that the crosshair is nearest to; None where there is none."""
        series = reference(self._runs[0].state) if self._runs else None
        if series is None or self.x is None:
            return None
        at = self._view.from_view(self.x) * self._view.axis.divisor(self._runs[0].state)
        index = nearest_live(series, self._view.axis.of(series), at)
        return None if index is None else int(series.step[index])

    def move_by(self, points: int) -> None:
        """Move the crosshair by so many points of the first run; it begins at the end."""
        series = reference(self._runs[0].state) if self._runs else None
        if series is None or not series.live_ranges or not self._stack.plots:
            return
        axis, divisor = self._view.axis, self._view.axis.divisor(self._runs[0].state)
        column = axis.of(series)
        at = None
        if self.x is not None:
            at = nearest_live(series, column, self._view.from_view(self.x) * divisor)
        live = [index for start, stop in series.live_ranges for index in (start, stop - 1)]
        at = live[-1] if at is None else min(max(at + points, live[0]), live[-1])
        at = nearest_live(series, column, float(column[at])) or 0
        self.move_to(self._view.to_view(float(column[at]) / divisor))

    def point_at(self, plot: MetricPlot, position: QPointF) -> None:
        """Follow the mouse to a position of a plot's scene."""
        inside = plot.canvas.box.sceneBoundingRect().contains(position)
        self.move_to(plot.canvas.box.mapSceneToView(position).x() if inside else None)
        hit = plot.checkpoints.hit(plot.canvas.box.mapFromScene(position)) if inside else None
        over = hit is not None
        tip = self._checkpoints.tip(hit) if hit is not None else plot.tip_at(position) if inside else ""
        if tip:
            QToolTip.showText(QCursor.pos(), tip, plot.canvas)
        else:
            QToolTip.hideText()
        plot.canvas.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.CrossCursor)

    def _watch(self, plot: MetricPlot) -> None:
        plot.canvas.scene().sigMouseMoved.connect(partial(self.point_at, plot))
        plot.canvas.scene().sigMouseClicked.connect(partial(self._click, plot))
        plot.canvas.left.connect(lambda: self.move_to(None))

    def _click(self, plot: MetricPlot, event: Any) -> None:
        self.clicked.emit()
        hit = plot.checkpoints.hit(plot.canvas.box.mapFromScene(event.scenePos()))
        if hit is None:
            return
        if event.button() == Qt.MouseButton.LeftButton and not event.double():
            adds = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
            self._checkpoints.click(hit, adds=bool(adds))
        elif event.button() == Qt.MouseButton.RightButton:
            self.checkpoint_menu_wanted.emit(hit)

    def _position(self, at: float) -> str:
        """Word the crosshair's x, and the step when x counts something else."""
        x, axis, state = self._view.from_view(at), self._view.axis, self._runs[0].state
        words = [axis.word(x)]
        series = reference(state)
        if series is not None and axis is not STEP:
            index = nearest_live(series, axis.of(series), x * axis.divisor(state))
            if index is not None:
                words.append(f"step {series.step[index]:,.0f}")
        return " · ".join(words)

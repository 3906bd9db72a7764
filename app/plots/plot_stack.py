"""Plots one below the other: which there are, and the one x range they share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.plots.metric_plot import MetricPlot
from app.plots.run_on_plot import RunOnPlot
from app.plots.view import View
from app.theme import theme

_AIR = 0.015  # of the x range, beyond the curves


class PlotStack(QWidget):
    """One plot for each group of metrics; the first is the leading one."""

    plot_made = Signal(object)
    drawing_wanted = Signal()
    zoomed_x = Signal()
    zoomed_y = Signal()
    reset_wanted = Signal()
    run_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plots: list[MetricPlot] = []
        self.held_up: frozenset[str] = frozenset()
        self._sharing = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, theme().space(0.5))
        self._column.setSpacing(0)

    @property
    def groups(self) -> list[str]:
        """The groups that are shown, from the top."""
        return [plot.group for plot in self.plots]

    @property
    def outdated(self) -> bool:
        """Whether a run has a metric of a shown group now that it had not when the runs were set."""
        return not self.plots or any(plot.outdated for plot in self.plots)

    def show_groups(self, groups: Sequence[str]) -> bool:
        """Make a plot for each group, unless they are the ones shown already; say whether plots were made."""
        if self.groups == list(groups):
            return False
        for plot in self.plots:
            self._column.removeWidget(plot)
            plot.setParent(None)
            plot.deleteLater()
        self.plots = [self._make(group, leading=number == 0) for number, group in enumerate(groups)]
        return True

    def set_runs(self, runs: Sequence[RunOnPlot], background: Sequence[RunOnPlot]) -> None:
        """Show these runs one by one, and the others as background."""
        for plot in self.plots:
            plot.set_runs(runs, background)

    def show_axes(self, view: View) -> None:
        """Set up all axes."""
        for plot in self.plots:
            plot.show_axis(view, labelled=plot is self.plots[-1])

    def draw(self, view: View, *, whole_x: bool, fit_y: bool) -> None:
        """Take up new points and draw them, over the whole x range or over the one in view."""
        for plot in self.plots:
            plot.follow(view)
        if whole_x:
            self._show_all_x(view)
        for plot in self.plots:
            plot.held_up = self.held_up
            plot.draw(view)
            if fit_y:
                plot.fit_y()

    def zoom_x(self, factor: float, around: float | None) -> None:
        """Zoom x around a view coordinate or the middle; a factor below 1 comes closer."""
        box = self.plots[0].canvas.box
        left, right = box.viewRange()[0]
        middle = around if around is not None else (left + right) / 2
        self.zoomed_x.emit()
        box.setXRange(middle - (middle - left) * factor, middle + (right - middle) * factor)

    def restyle(self) -> None:
        """Take the theme's colours."""
        for plot in self.plots:
            plot.restyle()

    def _make(self, group: str, *, leading: bool) -> MetricPlot:
        plot = MetricPlot(group, leading=leading, parent=self)
        self._column.addWidget(plot, 3 if leading else 2)
        box = plot.canvas.box
        box.sigXRangeChanged.connect(partial(self._share_x, plot))
        box.sigResized.connect(lambda *_: self.drawing_wanted.emit())
        box.zoomed_x.connect(self.zoomed_x)
        box.zoomed_y.connect(self.zoomed_y)
        box.reset_wanted.connect(self.reset_wanted)
        plot.run_chosen.connect(self.run_chosen)
        self.plot_made.emit(plot)
        return plot

    def _show_all_x(self, view: View) -> None:
        known = [extent for plot in self.plots if (extent := plot.extent(view)) is not None]
        if not known:
            return
        left, right = min(extent[0] for extent in known), max(extent[1] for extent in known)
        if not view.log_x:
            left = min(left, 0.0)
        if right <= left:
            left, right = left - 0.5, right + 0.5
        air = _AIR * (right - left)
        self._sharing = True
        for plot in self.plots:
            plot.canvas.box.setXRange(left - (air if view.log_x else air / 2), right + air, padding=0)
        self._sharing = False

    def _share_x(self, source: MetricPlot, *_: object) -> None:
        """Give all plots the same x range."""
        if self._sharing:
            return
        self._sharing = True
        left, right = source.canvas.box.viewRange()[0]
        for plot in self.plots:
            if plot is not source:
                plot.canvas.box.setXRange(left, right, padding=0)
        self._sharing = False
        self.drawing_wanted.emit()

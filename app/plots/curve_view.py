"""The curves of runs: the heart of the window.

`CurveView` only displays: it is given runs whose states grow in place, and told by `refresh` that they grew. What it
costs to redraw depends on the pixels, not on the number of points.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Any

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QStackedLayout, QToolTip, QVBoxLayout, QWidget

from app.plots.empty_page import EmptyPage
from app.plots.exporting import Exporting
from app.plots.keys import bind_keys
from app.plots.marks import marks_of
from app.plots.metric_groups import default_groups, groups_in
from app.plots.metric_plot import MetricPlot, View
from app.plots.phase_track import PhaseTrack
from app.plots.run_on_plot import RunOnPlot
from app.plots.toolbar import PlotToolbar
from app.plots.x_axis import STEP, X_AXES, nearest_live, reference
from app.theme import theme
from core.curves.phases import Phase

MOST_FOREGROUND = 200  # runs with lines, legend and read-out of their own; more are drawn as one faint item
_CALM_S = 0.4  # phases and marks are renewed no more often than this while a run grows


class CurveView(QWidget):
    """Toolbar, plots one below the other, or a page that says why there are none."""

    checkpoint_chosen = Signal(str, int)  # run id, step
    run_chosen = Signal(str)
    settings_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setAccessibleName("Curves")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.runs: Sequence[RunOnPlot] = ()
        self.plots: list[MetricPlot] = []
        self.view = View(STEP, log_x=False, log_y=False, smoothing_steps=0.0)
        self._chosen_groups: list[str] = []
        self._crosshair: float | None = None
        self._following = True
        self._fitting = True
        self._phase_track: PhaseTrack | None = None
        self._phases: list[Phase] = []
        self._calm_until = 0.0
        self._selected: tuple[str, int] | None = None
        self._sharing = False
        self._build()

    def _build(self) -> None:
        self.toolbar = PlotToolbar(self)
        self.empty = EmptyPage(self)
        self._stack_widget = QWidget(self)
        self._plot_column = QVBoxLayout(self._stack_widget)
        self._plot_column.setContentsMargins(0, 0, 0, theme().space(0.5))
        self._plot_column.setSpacing(0)
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._stack_widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(pages, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._draw)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.timeout.connect(self._draw)
        self.exporting = Exporting(self)
        self.toolbar.changed.connect(self._on_choice)
        self.toolbar.smoothing_changed.connect(self._schedule)
        self.toolbar.smoothing_changed.connect(self.settings_changed)
        self.toolbar.follow_wanted.connect(self.reset)
        self.toolbar.export_wanted.connect(self.exporting.ask)
        theme().theme_changed.connect(self._restyle)
        bind_keys(self)
        self.empty.show_for(())
        self.toolbar.setEnabled(False)

    # What the window says

    def set_runs(self, runs: Sequence[RunOnPlot]) -> None:
        """Show these runs, the first being the primary one.  Runs that were shown before keep their lines."""
        if [run.id for run in runs] != [run.id for run in self.runs]:
            self._following = self._fitting = True
            self._crosshair = None
        self.runs = runs
        primary = runs[0].state if runs else None
        if primary is None:
            self._phase_track = None
        elif self._phase_track is None or self._phase_track.state is not primary:
            self._phase_track = PhaseTrack(primary)
        self._calm_until = 0.0
        self._give_runs()
        self.refresh()

    def refresh(self) -> None:
        """Draw again soon: states have grown.  Many calls in a row cost one drawing."""
        self._schedule()

    def draw_now(self) -> None:
        """Draw what has grown or was asked for, without waiting for the event loop."""
        self._timer.stop()
        self._draw()

    def select_checkpoint(self, run_id: str | None, step: int | None) -> None:
        """Mark a checkpoint as selected; None unmarks."""
        self._selected = (run_id, step) if run_id is not None and step is not None else None
        self._show_selected()

    def settings(self) -> dict[str, Any]:
        """Return the choices worth remembering, for `restore`."""
        bar = self.toolbar
        return {
            "x_axis": bar.axis.key,
            "log_x": bar.log_x.isChecked(),
            "log_y": bar.log_y.isChecked(),
            "smoothing": bar.smoothing.value(),
            "phases": bar.phases.isChecked(),
            "metrics": self._chosen_groups,
        }

    def restore(self, settings: dict[str, Any]) -> None:
        """Take choices back; what is missing or makes no sense is left as it is."""
        bar = self.toolbar
        axis = next((axis for axis in X_AXES if axis.key == settings.get("x_axis")), None)
        for button, key in ((bar.log_x, "log_x"), (bar.log_y, "log_y"), (bar.phases, "phases")):
            if isinstance(settings.get(key), bool):
                button.setChecked(settings[key])
        if isinstance(settings.get("smoothing"), int):
            bar.smoothing.setValue(settings["smoothing"])
        if isinstance(settings.get("metrics"), list):
            self._chosen_groups = [name for name in settings["metrics"] if isinstance(name, str)]
        if axis is not None:
            bar.set_axis(axis)

    def reset(self) -> None:
        """Show everything and follow the growing curve."""
        self._following = self._fitting = True
        self._schedule()

    def move_crosshair(self, points: int) -> None:
        """Move the crosshair by so many points of the primary run; it begins at the end."""
        series = reference(self.runs[0].state) if self.runs else None
        if series is None or not series.live_ranges or not self.plots:
            return
        axis, divisor = self.view.axis, self.view.axis.divisor(self.runs[0].state)
        column = axis.of(series)
        at = None
        if self._crosshair is not None:
            at = nearest_live(series, column, self.view.from_view(self._crosshair) * divisor)
        live = [index for start, stop in series.live_ranges for index in (start, stop - 1)]
        at = live[-1] if at is None else min(max(at + points, live[0]), live[-1])
        at = nearest_live(series, column, float(column[at])) or 0
        self._set_crosshair(self.view.to_view(float(column[at]) / divisor))

    def hide_crosshair(self) -> None:
        """Show the last values again."""
        self._set_crosshair(None)

    def zoom(self, factor: float) -> None:
        """Zoom x around the crosshair or the middle; below 1 comes closer."""
        if not self.plots:
            return
        left, right = self.plots[0].canvas.box.viewRange()[0]
        middle = self._crosshair if self._crosshair is not None else (left + right) / 2
        self._on_zoom_x()
        self.plots[0].canvas.box.setXRange(middle - (middle - left) * factor, middle + (right - middle) * factor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys that are no shortcut of ours to the window."""
        event.ignore()

    @property
    def drawing_is_due(self) -> bool:
        """Whether what was asked of the view is not drawn yet."""
        return self._timer.isActive()

    # Which plots there are

    def _give_runs(self) -> None:
        states = [run.state for run in self.runs]
        known = groups_in(states)
        chosen = [name for name in known if name in self._chosen_groups] or default_groups(states)
        if [plot.group for plot in self.plots] != chosen:
            self._build_plots(chosen)
        for plot in self.plots:
            plot.set_runs(self.runs[:MOST_FOREGROUND], self.runs[MOST_FOREGROUND:])
        self.toolbar.show_groups(known, chosen)
        self.toolbar.setEnabled(bool(known))
        self._pages.setCurrentIndex(1 if known else 0)
        self.empty.show_for(self.runs)

    def _build_plots(self, groups: Sequence[str]) -> None:
        for plot in self.plots:
            self._plot_column.removeWidget(plot)
            plot.setParent(None)
            plot.deleteLater()
        self.plots = []
        for number, group in enumerate(groups):
            plot = MetricPlot(group, leading=number == 0, parent=self._stack_widget)
            self._plot_column.addWidget(plot, 3 if number == 0 else 2)
            box = plot.canvas.box
            box.sigXRangeChanged.connect(partial(self._share_x, plot))
            box.sigResized.connect(self._schedule)
            box.zoomed_x.connect(self._on_zoom_x)
            box.zoomed_y.connect(self._on_zoom_y)
            box.reset_wanted.connect(self.reset)
            plot.canvas.scene().sigMouseMoved.connect(partial(self._on_mouse, plot))
            plot.canvas.scene().sigMouseClicked.connect(partial(self._on_click, plot))
            plot.canvas.left.connect(self.hide_crosshair)
            plot.run_chosen.connect(self.run_chosen)
            self.plots.append(plot)
        self._show_axes()

    def _on_choice(self) -> None:
        ticked = self.toolbar.groups
        if ticked and ticked != [plot.group for plot in self.plots]:
            self._chosen_groups = ticked
            self._give_runs()
        self._calm_until = 0.0
        self._schedule()
        self.settings_changed.emit()

    # Drawing

    def _schedule(self, *_: object) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _draw(self) -> None:
        if self.runs and (not self.plots or any(plot.outdated for plot in self.plots) or self._news()):
            self._give_runs()
        if not self.plots or not self.runs:
            return
        self._take_choices()
        for plot in self.plots:
            plot.follow(self.view)
        if self._following:
            self._show_all_x()
        for plot in self.plots:
            plot.draw(self.view)
            if self._fitting:
                plot.fit_y()
        self._draw_marks()
        self._read_out()
        self.toolbar.follow.setChecked(self._following and self._fitting)

    def _news(self) -> bool:
        """Return whether a metric came that is in no plot's menu yet."""
        return groups_in([run.state for run in self.runs]) != self.toolbar.known_groups

    def _take_choices(self) -> None:
        bar, state = self.toolbar, self.runs[0].state
        bar.set_run_steps(max(state.total_steps, state.step))
        bar.set_axes_known([axis.key for axis in X_AXES if not axis.size or getattr(state, axis.size) > 0])
        view = View(bar.axis, bar.log_x.isChecked(), bar.log_y.isChecked(), bar.smoothing_steps)
        if (view.axis, view.log_x) != (self.view.axis, self.view.log_x):
            self._following, self._crosshair, self._calm_until = True, None, 0.0
        if view.log_y != self.view.log_y:
            self._fitting = True
        changed = view != self.view
        self.view = view
        if changed:
            self._show_axes()

    def _show_axes(self) -> None:
        for plot in self.plots:
            plot.show_axis(self.view, labelled=plot is self.plots[-1])

    def _show_all_x(self) -> None:
        known = [extent for plot in self.plots if (extent := plot.extent(self.view)) is not None]
        if not known:
            return
        left, right = min(extent[0] for extent in known), max(extent[1] for extent in known)
        if not self.view.log_x:
            left = min(left, 0.0)
        if right <= left:
            left, right = left - 0.5, right + 0.5
        air = 0.015 * (right - left)
        self._sharing = True
        for plot in self.plots:
            plot.canvas.box.setXRange(left - (air if self.view.log_x else air / 2), right + air, padding=0)
        self._sharing = False

    def _draw_marks(self) -> None:
        """Renew phases and marks of the primary run, calmly."""
        wait = self._calm_until - monotonic()
        if wait > 0:
            if not self._calm.isActive():
                self._calm.start(int(wait * 1000) + 1)
            return
        self._calm_until = monotonic() + _CALM_S
        state = self.runs[0].state
        self._phases = self._phase_track.phases() if self._phase_track is not None else []
        series = reference(state)

        def place(step: float) -> float:
            return self.view.to_view(self.view.axis.place(state, series, step))

        shown = self._phases if self.toolbar.phases.isChecked() else []
        for plot in self.plots:
            plot.bands.show_phases(shown, place)
        self.plots[0].strip.show_marks(marks_of(state, self._phases, place))
        self._show_selected()

    def _show_selected(self) -> None:
        if self.plots and self.runs:
            mine = self._selected is not None and self._selected[0] == self.runs[0].id
            self.plots[0].strip.select(self._selected[1] if mine and self._selected else None)

    def _read_out(self) -> None:
        for plot in self.plots:
            plot.read_out(self.view, self._crosshair)
        if self.plots:
            self.plots[0].at.setText("" if self._crosshair is None else self._position())
        for plot in self.plots:
            if plot.clamped and (self._crosshair is None or plot is not self.plots[0]):
                plot.at.setText("values ≤ 0 stand at the lower edge")

    def _position(self) -> str:
        """Word the crosshair's x, and the step when x counts something else."""
        x = self.view.from_view(self._crosshair) if self._crosshair is not None else 0.0
        words = [self.view.axis.word(x)]
        state = self.runs[0].state
        series = reference(state)
        if series is not None and self.view.axis is not STEP:
            at = nearest_live(series, self.view.axis.of(series), x * self.view.axis.divisor(state))
            if at is not None:
                words.append(f"step {series.step[at]:,.0f}")
        return " · ".join(words)

    def _restyle(self) -> None:
        for plot in self.plots:
            plot.restyle()
        self._schedule()

    # Mouse

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
        self._schedule()

    def _on_zoom_x(self) -> None:
        self._following = False
        self._schedule()

    def _on_zoom_y(self) -> None:
        self._fitting = False
        self._schedule()

    def _on_mouse(self, plot: MetricPlot, position: QPointF) -> None:
        inside = plot.canvas.box.sceneBoundingRect().contains(position)
        self._set_crosshair(plot.canvas.box.mapSceneToView(position).x() if inside else None)
        tip = plot.tip_at(position) if inside else ""
        if tip:
            QToolTip.showText(QCursor.pos(), tip, plot.canvas)
        else:
            QToolTip.hideText()
        at = plot.canvas.box.mapFromScene(position)
        over = inside and plot.strip.checkpoint_at(at) is not None
        plot.canvas.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.CrossCursor)

    def _on_click(self, plot: MetricPlot, event: Any) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        mark = plot.strip.checkpoint_at(plot.canvas.box.mapFromScene(event.scenePos()))
        if mark is not None and self.runs and event.button() == Qt.MouseButton.LeftButton:
            self.select_checkpoint(self.runs[0].id, mark.step)
            self.checkpoint_chosen.emit(self.runs[0].id, mark.step)

    def _set_crosshair(self, x: float | None) -> None:
        if x != self._crosshair:
            self._crosshair = x
            self._read_out()

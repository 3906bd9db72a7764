"""The curves of runs: the heart of the window.

`CurveView` only displays: it is given runs whose states grow in place, and told by `refresh` that they grew. What it
costs to redraw depends on the pixels, not on the number of points. It decides when to draw; the stack of plots draws,
`Pointing` answers the mouse, `CheckpointLayer` holds the checkpoints, and `PrimaryRun` adds what belongs to the first
run alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QCursor, QKeyEvent
from PySide6.QtWidgets import QStackedLayout, QToolTip, QVBoxLayout, QWidget

from app.plots.checkpoint_layer import CheckpointLayer
from app.plots.checkpoint_marks import Hit
from app.plots.empty_page import EmptyPage
from app.plots.exporting import Exporting
from app.plots.keys import FAR, bind_keys
from app.plots.metric_groups import default_groups, groups_in
from app.plots.metric_plot import MetricPlot
from app.plots.plot_stack import PlotStack
from app.plots.pointing import Pointing
from app.plots.primary_run import PrimaryRun
from app.plots.run_on_plot import RunOnPlot
from app.plots.toolbar import PlotToolbar
from app.plots.view import View
from app.plots.x_axis import STEP, X_AXES
from app.theme import theme

MOST_FOREGROUND = 200  # runs with lines, legend and read-out of their own; more are drawn as one faint item


class CurveView(QWidget):
    """Toolbar, plots one below the other, or a page that says why there are none."""

    checkpoint_chosen = Signal(str, int)  # run id, step: select it alone
    checkpoint_toggled = Signal(str, int)  # add it to those selected, or take it away
    checkpoints_let_go = Signal()
    checkpoint_menu_wanted = Signal(str, int, QPoint)  # run id, step, where on the screen
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
        self.view = View(STEP, log_x=False, log_y=False, smoothing_steps=0.0)
        self._chosen_groups: list[str] = []
        self._following = True
        self._fitting = True
        self.toolbar = PlotToolbar(self)
        self.empty = EmptyPage(self)
        self.stack = PlotStack(self)
        self.checkpoints = CheckpointLayer(self.stack, self.setAccessibleDescription)
        self.pointing = Pointing(self.stack, self.checkpoints)
        self._primary = PrimaryRun(self.stack, self.checkpoints, self._draw)
        self.exporting = Exporting(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._lay_out()
        self._listen()
        bind_keys(self)
        self.empty.show_for(())
        self.toolbar.setEnabled(False)

    def _lay_out(self) -> None:
        pages = QWidget(self)
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.stack)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.toolbar)
        layout.addWidget(pages, 1)

    def _listen(self) -> None:
        self._timer.timeout.connect(self._draw)
        self.toolbar.changed.connect(self._on_choice)
        self.toolbar.smoothing_changed.connect(self._renew)
        self.toolbar.smoothing_changed.connect(self.settings_changed)
        self.toolbar.follow_wanted.connect(self.reset)
        self.toolbar.export_wanted.connect(self.exporting.ask)
        self.stack.drawing_wanted.connect(self.refresh)
        self.stack.zoomed_x.connect(self._on_zoom_x)
        self.stack.zoomed_y.connect(self._on_zoom_y)
        self.stack.reset_wanted.connect(self.reset)
        self.stack.run_chosen.connect(self.run_chosen)
        self.pointing.clicked.connect(lambda: self.setFocus(Qt.FocusReason.MouseFocusReason))
        self.pointing.checkpoint_menu_wanted.connect(self._on_menu)
        self.checkpoints.chosen.connect(self.checkpoint_chosen)
        self.checkpoints.toggled.connect(self.checkpoint_toggled)
        self.checkpoints.let_go.connect(self.checkpoints_let_go)
        theme().theme_changed.connect(self._restyle)

    # What the window says

    @property
    def plots(self) -> list[MetricPlot]:
        """The plots shown, from the top."""
        return self.stack.plots

    def set_runs(self, runs: Sequence[RunOnPlot]) -> None:
        """Show these runs, the first being the primary one.  Runs that were shown before keep their lines."""
        if [run.id for run in runs] != [run.id for run in self.runs]:
            self._following = self._fitting = True
            self.pointing.x = None
        self.runs = runs
        self.checkpoints.set_runs(runs)
        self._primary.set_run(runs[0] if runs else None)
        self._give_runs()
        self.refresh()

    def refresh(self) -> None:
        """Draw again soon: states have grown.  Many calls in a row cost one drawing."""
        if not self._timer.isActive():
            self._timer.start()

    def draw_now(self) -> None:
        """Draw what has grown or was asked for, without waiting for the event loop."""
        self._timer.stop()
        self._draw()

    @property
    def drawing_is_due(self) -> bool:
        """Whether what was asked of the view is not drawn yet."""
        return self._timer.isActive()

    def show_selected(self, checkpoints: Sequence[tuple[str, int]]) -> None:
        """Mark these checkpoints, by run id and step, as selected; the first is the current one."""
        missing = {run for run, _ in checkpoints} - {run for run, _ in self.checkpoints.selected}
        self.checkpoints.show_selected(checkpoints)
        if missing:  # marks of a run beyond the first few are drawn only while one of them is selected
            self._renew()

    def hold_up(self, runs: Collection[str]) -> None:
        """Let the lines of all other runs stand aside; of none, all are as they were."""
        self.stack.held_up = frozenset(runs)
        self.refresh()

    def show_pins(self, run_id: str, steps: Collection[int]) -> None:
        """Mark these checkpoints of a run as pinned."""
        if self.checkpoints.show_pins(run_id, steps):
            self._renew()

    def settings(self) -> dict[str, Any]:
        """Return the choices worth remembering, for `restore`."""
        return {**self.toolbar.choices(), "metrics": self._chosen_groups}

    def restore(self, settings: dict[str, Any]) -> None:
        """Take choices back; what is missing or makes no sense is left as it is."""
        if isinstance(settings.get("metrics"), list):
            self._chosen_groups = [name for name in settings["metrics"] if isinstance(name, str)]
        self.toolbar.restore(settings)

    def reset(self) -> None:
        """Show everything and follow the growing curve."""
        self._following = self._fitting = True
        self.refresh()

    def zoom(self, factor: float) -> None:
        """Zoom x around the crosshair or the middle; below 1 comes closer."""
        if self.plots:
            self.stack.zoom_x(factor, self.pointing.x)

    def go(self, by: int, *, far: bool) -> None:
        """Move along the checkpoints if one is selected (`far` adds to it), else the crosshair, ten times as `far`."""
        if not self.checkpoints.move(by, extends=far):
            self.pointing.move_by(by * FAR if far else by)

    def enter_checkpoints(self) -> None:
        """Select the checkpoint nearest to the crosshair, or the newest one."""
        self.checkpoints.enter(self.pointing.x)

    def leave(self) -> None:
        """Take the crosshair away, or where there is none let go of the checkpoints."""
        if self.pointing.x is not None:
            self.pointing.move_to(None)
        elif self.checkpoints.selected:
            self.checkpoints.let_go.emit()

    def show_details(self) -> None:
        """Show what hovering over the current checkpoint shows."""
        if (found := self.checkpoints.current_place()) is not None:
            plot, hit = found
            QToolTip.showText(plot.on_screen(hit.at), self.checkpoints.tip(hit), plot.canvas)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the current checkpoint by key; the mouse asks for it through the marks."""
        found = self.checkpoints.current_place()
        if event.reason() == QContextMenuEvent.Reason.Keyboard and found is not None:
            plot, hit = found
            self.checkpoint_menu_wanted.emit(hit.run_id, hit.step, plot.on_screen(hit.at))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys that are no shortcut of ours to the window."""
        event.ignore()

    # Drawing

    def _give_runs(self) -> None:
        states = [run.state for run in self.runs]
        known = groups_in(states)
        chosen = [name for name in known if name in self._chosen_groups] or default_groups(states)
        if self.stack.show_groups(chosen):
            self.stack.show_axes(self.view)
        self.stack.set_runs(self.runs[:MOST_FOREGROUND], self.runs[MOST_FOREGROUND:])
        self.toolbar.show_groups(known, chosen)
        self.toolbar.setEnabled(bool(known))
        self._pages.setCurrentIndex(1 if known else 0)
        self.empty.show_for(self.runs)

    def _draw(self) -> None:
        if self.runs and (self.stack.outdated or self._news()):
            self._give_runs()
        if not self.plots or not self.runs:
            return
        self._take_choices()
        self.stack.draw(self.view, whole_x=self._following, fit_y=self._fitting)
        self._primary.draw(self.view, phases=self.toolbar.phases.isChecked(), alone=len(self.runs) == 1)
        self.pointing.read_out(self.runs, self.view)
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
            self._following, self.pointing.x = True, None
            self._primary.hurry()
        if view.log_y != self.view.log_y:
            self._fitting = True
        if view != self.view:
            self.view = view
            self.stack.show_axes(view)

    # What the user does

    def _on_choice(self) -> None:
        ticked = self.toolbar.groups
        if ticked and ticked != self.stack.groups:
            self._chosen_groups = ticked
            self._give_runs()
        self._renew()
        self.settings_changed.emit()

    def _on_zoom_x(self) -> None:
        self._following = False
        self.refresh()

    def _on_zoom_y(self) -> None:
        self._fitting = False
        self.refresh()

    def _on_menu(self, hit: Hit) -> None:
        self.checkpoint_menu_wanted.emit(hit.run_id, hit.step, QCursor.pos())

    def _renew(self) -> None:
        """Draw soon, and with it what is renewed calmly."""
        self._primary.hurry()
        self.refresh()

    def _restyle(self) -> None:
        self.stack.restyle()
        self.refresh()

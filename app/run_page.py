"""The curves of the selected runs above the checkpoints of the current one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSplitter, QWidget

from app.actions.action_set import ActionSet
from app.compare.runs_table import RunsTable
from app.panels.checkpoints_table import CheckpointsTable
from app.parts import Parts
from app.plots.checkpoint_layer import MOST_MARKED
from app.plots.curve_view import CurveView
from app.plots.phase_track import PhaseTrack, track_of
from app.plots.run_on_plot import RunOnPlot
from app.theme import set_role
from core.curves.phases import phase_at
from core.runs.state import RunState

TABLE_SHARE = 0.25  # of the height, until the user says otherwise
COMPARED_HEIGHT = 260
CALM_MS = 500  # the table is renewed no more often than this while a run grows


class RunPage(QSplitter):
    """Keeps curves and table in step with model and selection; they only display."""

    def __init__(
        self, parts: Parts, actions: ActionSet, look: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        """`look` renews what can be done now, before a menu shows it."""
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("run_page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "surface")
        self._parts, self._actions, self._look = parts, actions, look
        self._shown: list[RunOnPlot] = []
        self.compared: RunsTable | None = None  # made when runs are first compared
        self._sizes: list[int] = []  # of the parts before that
        self._phases: PhaseTrack | None = None
        self._tabled: tuple[str, int, int] = ("", -1, -1)
        self._again = False
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._calmed)
        self.curves = CurveView(self)
        self.checkpoints = CheckpointsTable(self)
        self.addWidget(self.curves)
        self.addWidget(self.checkpoints)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.setStretchFactor(0, 1)
        kept = parts.settings.bytes_of("run_page")
        self._sized_by_user = kept is not None and self.restoreState(kept)
        self.splitterMoved.connect(self._remember_sizes)
        self._connect_curves()
        self._connect_table()
        model = parts.model
        model.selection.checkpoint_changed.connect(self._show_checkpoint)
        model.pins.changed.connect(self._show_pins)
        model.proofs.changed.connect(self._show_proofs)
        model.selection.changed.connect(self.show_runs)
        model.runs_changed.connect(self.show_runs)
        model.run_updated.connect(lambda _: self.show_runs())
        self.show_runs()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the table its share of the height, until the user moved the edge."""
        super().resizeEvent(event)
        if not self._sized_by_user and not self.checkpoints.isHidden():
            table = round(TABLE_SHARE * event.size().height())
            self.setSizes([event.size().height() - table, table])

    def show_runs(self) -> None:
        """Show the selected runs, the current one first; redraw when it is the same ones."""
        model = self._parts.model
        runs = []
        for run_id in model.selection.runs:
            state, summary = model.state(run_id), model.summaries.get(run_id)
            colour = model.selection.colour_of(run_id)
            if state is not None and summary is not None and colour is not None:
                runs.append(RunOnPlot(run_id, summary.name, state, colour))
        if [_key(run) for run in runs] == [_key(run) for run in self._shown]:
            self.curves.refresh()
        else:
            self._shown = runs
            self.curves.set_runs(runs)
            self.checkpoints.say_whose(runs[0].name if len(runs) > 1 else "")
        self._show_table()

    def compare_runs(self) -> None:
        """Show the selected runs side by side in the place of the checkpoints."""
        if self.compared is None:
            self.compared = self._make_compared()
        if not self.compared.isVisible():
            self._sizes, total = self.sizes(), sum(self.sizes())
            self.checkpoints.hide()
            self.compared.show()
            self.setSizes([total - COMPARED_HEIGHT, 0, COMPARED_HEIGHT])
        self.compared.tree.setFocus()

    def _make_compared(self) -> RunsTable:
        table = RunsTable(self._parts, self)
        table.hide()
        self.addWidget(table)
        table.back_wanted.connect(self._show_checkpoints_again)
        table.run_chosen.connect(self._parts.model.selection.make_current)
        table.held_up.connect(self.curves.hold_up)
        self.curves.pointing.moved.connect(lambda: table.point_at(self.curves.pointing.step))
        return table

    def _show_checkpoints_again(self) -> None:
        if self.compared is not None:
            self.compared.hide()
        self.checkpoints.show()
        self.setSizes(self._sizes)
        self.curves.setFocus()

    def _connect_curves(self) -> None:
        notices, selection = self._parts.notices, self._parts.model.selection
        self.curves.restore(_choices(self._parts.settings.text_of("curves")))
        self.curves.settings_changed.connect(self._remember)
        self.curves.checkpoint_chosen.connect(selection.select_checkpoint)
        self.curves.checkpoint_toggled.connect(selection.toggle_checkpoint)
        self.curves.checkpoints_let_go.connect(lambda: selection.select_checkpoints(()))
        self.curves.checkpoint_menu_wanted.connect(self._open_menu)
        self.curves.run_chosen.connect(selection.make_current)
        self.curves.exporting.done.connect(lambda text: notices.say("success", text))
        self.curves.exporting.failed.connect(lambda text: notices.say("error", text))

    def _connect_table(self) -> None:
        self.checkpoints.chosen.connect(self._choose)
        self.checkpoints.menu_wanted.connect(self._open_menu_at_step)
        for signal, action_id in (
            (self.checkpoints.resume_requested, "checkpoint.resume"),
            (self.checkpoints.fork_requested, "checkpoint.fork"),
            (self.checkpoints.restore_requested, "checkpoint.restore"),
            (self.checkpoints.export_requested, "checkpoint.export"),
        ):
            signal.connect(lambda step, action=self._actions[action_id]: self._act(step, action.trigger))

    def _act(self, step: int, act: Any) -> None:
        if (current := self._parts.model.selection.current) is not None:
            self._parts.model.selection.make_checkpoint_current(current, step)
            act()

    def _choose(self, steps: list[int], keeps_others: bool) -> None:
        """Select checkpoints of the current run as the table has them, in the order in which they were selected."""
        selection = self._parts.model.selection
        if selection.current is None:
            return
        wanted = [(selection.current, step) for step in steps]
        before = [
            one for one in selection.checkpoints if one in wanted or (keeps_others and one[0] != selection.current)
        ]
        selection.select_checkpoints([*before, *(one for one in wanted if one not in before)])

    def _open_menu_at_step(self, step: int, at: QPoint) -> None:
        if (current := self._parts.model.selection.current) is not None:
            self._open_menu(current, step, at)

    def _open_menu(self, run_id: str, step: int, at: QPoint) -> None:
        """Offer what can be done with a checkpoint, which becomes the current one."""
        self._parts.model.selection.make_checkpoint_current(run_id, step)
        self._look()
        pinned = step in self._parts.model.pins.of(run_id)
        self._actions["checkpoint.pin"].setText("Unpin checkpoint" if pinned else "Pin checkpoint")
        menu = QMenu(self)
        menu.setObjectName("checkpoint_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._actions.fill(menu, [row for row in self._actions.rows if row.on_checkpoint])
        menu.popup(at)

    def _show_checkpoint(self) -> None:
        selection = self._parts.model.selection
        self.curves.show_selected(selection.checkpoints)
        self.checkpoints.select([step for run, step in selection.checkpoints if run == selection.current])

    def _show_table(self) -> None:
        """Show the checkpoints when they changed, calmly."""
        current = self._parts.model.selection.current or ""
        state = self._parts.model.state(current)
        stamp = (current, id(state), state.last_seq if state else 0)
        if stamp == self._tabled:
            return
        if stamp[:2] == self._tabled[:2] and self._calm.isActive():
            self._again = True
            return
        self._tabled, self._again = stamp, False
        self._calm.start()
        self.checkpoints.show_run(current, state, self._phases_of(state) if state else None)
        self.checkpoints.show_pins(self._parts.model.pins.of(current))
        self._show_proofs(current)
        if state is not None and state.checkpoints:
            self._parts.model.selection.forget_checkpoints(current, {row.step for row in state.checkpoints})
        self._show_checkpoint()
        for run in self._shown[:MOST_MARKED]:
            self._parts.model.pins.look(run.id)
            self._parts.model.proofs.look(run.id)

    def _show_pins(self, run_id: str) -> None:
        pins = self._parts.model.pins.of(run_id)
        self.curves.show_pins(run_id, pins)
        if run_id == self._parts.model.selection.current:
            self.checkpoints.show_pins(pins)

    def _show_proofs(self, run_id: str) -> None:
        state = self._parts.model.state(run_id)
        if run_id == self._parts.model.selection.current and state is not None:
            self.checkpoints.model.show_proofs(self._parts.model.proofs.words_of(run_id, state.checkpoints))

    def _calmed(self) -> None:
        if self._again:
            self._show_table()

    def _phases_of(self, state: RunState) -> dict[int, str]:
        if self._phases is None or self._phases.state is not state:
            self._phases = track_of(state)
        phases = self._phases.phases()
        found = {row.step: phase_at(phases, row.step) for row in state.checkpoints}
        return {step: phase for step, phase in found.items() if phase is not None}

    def _remember_sizes(self, *_: object) -> None:
        if not self.checkpoints.isHidden():
            self._sized_by_user = True
            self._parts.settings.put("run_page", self.saveState())

    def _remember(self) -> None:
        self._parts.settings.put("curves", json.dumps(self.curves.settings()))


def _choices(text: str) -> dict[str, Any]:
    """Return remembered choices; none when they cannot be read."""
    try:
        choices = json.loads(text or "{}")
    except ValueError:
        return {}
    return choices if isinstance(choices, dict) else {}


def _key(run: RunOnPlot) -> tuple[str, str, int, int]:
    return run.id, run.name, id(run.state), run.colour

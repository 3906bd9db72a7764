"""The checkpoints of a run: look, go back, take out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import bind_icon
from app.panels.checkpoints_model import CheckpointsModel
from app.row_light import light_rows
from app.theme import set_role, theme
from core.runs.state import RunState

MEASURED_ROWS = 60  # to find out how wide a column must be
AGES_MS = 5000  # between two updates of the ages
RESUME_TIP = (
    "The same run goes on from this checkpoint, with everything it held: weights, optimizer, random numbers.<br>"
    "What came after it stays on the curve as a faded tail; nothing is deleted."
)
FORK_TIP = (
    "A new run goes on from everything this checkpoint held, or begins warm with its weights alone.<br>"
    "What is restored, changed and left behind is shown before anything starts; this run stays as it is."
)
RESTORE_TIP = (
    "Put the spec that was in force at this checkpoint into the draft, changed learning rates included.<br>"
    "Train then starts a new run from the beginning. The weights stay here: Resume and Fork go on from them,<br>"
    "Export takes them out."
)
EXPORT_TIP = (
    "Write the weights alone to a file for other programs: safetensors, or pt for torch.load.<br>"
    "The checkpoint stays as it is."
)


class CheckpointsTable(QWidget):
    """Shows the checkpoints of the current run; what is to be done with one is asked for with signals."""

    chosen = Signal(list, bool)  # steps of the selected checkpoints; whether those of other runs stay selected
    menu_wanted = Signal(int, QPoint)  # step, where on the screen
    resume_requested = Signal(int)
    fork_requested = Signal(int)
    restore_requested = Signal(int)
    export_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checkpoints")
        self.model = CheckpointsModel()
        self.view = QTableView()
        self.empty = QLabel("No run is selected.")
        self._run = ""
        self._buttons: list[QToolButton] = []
        self._selected: list[int] = []  # steps, the current one first
        self._lay_out()
        self.view.selectionModel().selectionChanged.connect(self._selection_changed)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.doubleClicked.connect(lambda _: self._ask(self.restore_requested.emit))
        self._ages = QTimer(self)
        self._ages.setInterval(AGES_MS)
        self._ages.timeout.connect(self.model.tick)
        self._ages.start()
        self.show_run("", None)

    def show_run(self, run: str, state: RunState | None, phases: dict[int, str] | None = None) -> None:
        """Show the checkpoints of a run, again whenever its state has grown.  `phases` are I, II, III by step."""
        keep = self.steps() if run == self._run else []
        self._run = run
        self.model.show(state, phases)
        self.select(keep)
        self.empty.setText(_empty_words(run, state))
        self._stack.setCurrentIndex(1 if self.model.rows else 0)
        self._enable()

    def say_whose(self, name: str) -> None:
        """Name the run where several are selected; an empty name says nothing."""
        self._title.setText(f"Checkpoints of {name}" if name else "Checkpoints")
        self._title.setToolTip(name)

    def show_pins(self, steps: Collection[int]) -> None:
        """Say of these checkpoints that they are pinned."""
        self.model.show_pins(steps)

    def current_step(self) -> int | None:
        """Return the step of the checkpoint that the buttons are about: the first of those selected."""
        return self._selected[0] if self._selected else None

    def steps(self) -> list[int]:
        """Return the steps of the selected checkpoints, the current one first, then in the order they were selected."""
        return list(self._selected)

    def select(self, steps: Sequence[int]) -> None:
        """Select the checkpoints at these steps, the first being the current one, without telling anybody."""
        rows = {step: row for step in steps if (row := self.model.row_of(step)) is not None}
        if list(rows) == self._selected and set(rows) == set(self._steps_in_view()):
            return
        fresh = [step for step in rows if step not in self._selected]
        self._selected = list(rows)
        chosen, last = QItemSelection(), len(self.model.columns) - 1
        for row in rows.values():
            chosen.select(self.model.index(row, 0), self.model.index(row, last))
        selection = self.view.selectionModel()
        selection.blockSignals(True)
        selection.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            newest = self.model.index(rows[fresh[-1] if fresh else next(iter(rows))], 0)
            selection.setCurrentIndex(newest, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(newest)
        selection.blockSignals(False)
        self.view.viewport().update()
        self._enable()

    def _steps_in_view(self) -> list[int]:
        """Return the steps whose rows are marked, from the top."""
        return sorted(
            (self.model.rows[index.row()].step for index in self.view.selectionModel().selectedRows()), reverse=True
        )

    def _lay_out(self) -> None:
        self.view.setModel(self.model)
        self.view.setObjectName("checkpoints.table")
        self.view.setAccessibleName("Checkpoints")
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.setShowGrid(False)
        light_rows(self.view)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(theme().space(3.5))
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(MEASURED_ROWS)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        self.empty.setObjectName("checkpoints.empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_role(self.empty, "muted")
        held = QWidget()
        self._stack = QStackedLayout(held)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_bar())
        column.addWidget(held, 1)

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        unit = theme().space(1)
        bar.setContentsMargins(unit, unit // 2, unit, unit // 2)
        self._title = QLabel("Checkpoints")
        self._title.setObjectName("checkpoints.title")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # it gives way to buttons
        set_role(self._title, "muted")
        bar.addWidget(self._title, 1)
        for name, icon, tip, signal in (
            ("Resume", "resume", RESUME_TIP, self.resume_requested),
            ("Fork", "fork", FORK_TIP, self.fork_requested),
            ("Restore spec", "restore", RESTORE_TIP, self.restore_requested),
            ("Export", "export", EXPORT_TIP, self.export_requested),
        ):
            button = QToolButton()
            button.setObjectName(f"checkpoints.{icon}")
            button.setText(name)
            button.setAccessibleName(f"{name} checkpoint")
            button.setToolTip(tip)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            set_role(button, "quiet")
            bind_icon(button, icon)
            button.clicked.connect(lambda _=False, signal=signal: self._ask(signal.emit))
            self._buttons.append(button)
            bar.addWidget(button)
        return bar

    def _ask(self, ask: Callable[[int], None]) -> None:
        step = self.current_step()
        if step is not None:
            ask(step)

    def _selection_changed(self) -> None:
        marked = self._steps_in_view()
        stay = [step for step in self._selected if step in marked]
        self._selected = stay + [step for step in marked if step not in stay]
        self._enable()
        held = QGuiApplication.keyboardModifiers()
        adds = held & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        self.chosen.emit(self.steps(), bool(adds))

    def _enable(self) -> None:
        for button in self._buttons:
            button.setEnabled(self.current_step() is not None)

    def _open_menu(self, place: QPoint) -> None:
        """Ask for the menu of the row pointed at, or by key of the current one."""
        index = self.view.indexAt(place)
        if not index.isValid():
            index = self.view.currentIndex()
            place = self.view.visualRect(index).center()
        if index.isValid():
            self.menu_wanted.emit(self.model.rows[index.row()].step, self.view.viewport().mapToGlobal(place))


def _empty_words(run: str, state: RunState | None) -> str:
    if not run:
        return "No run is selected."
    if state is not None and state.ended is not None:
        return "This run saved no checkpoint."
    return "No checkpoint yet. The first one appears here when it is on disk."

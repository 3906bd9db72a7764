"""The checkpoints of a run: look, go back, take out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import bind_icon
from app.panels.checkpoints_model import CheckpointsModel
from app.theme import set_role, theme
from core.runs.state import RunState

AGES_MS = 5000  # between two updates of the ages
RESUME_TIP = (
    "The same run goes on from this checkpoint, with everything it held: weights, optimizer, random numbers.<br>"
    "What came after it stays on the curve as a faded tail; nothing is deleted."
)
RESTORE_TIP = (
    "Put the spec that was in force at this checkpoint into the draft, changed learning rates included.<br>"
    "Train then starts a new run from the beginning. The weights stay here: Resume goes on from them,<br>"
    "Export takes them out."
)
EXPORT_TIP = (
    "Write the weights alone to a file for other programs: safetensors, or pt for torch.load.<br>"
    "The checkpoint stays as it is."
)


class CheckpointsTable(QWidget):
    """Shows the checkpoints of the current run; what is to be done with one is asked for with signals."""

    chosen = Signal(int)  # step of the selected checkpoint
    resume_requested = Signal(int)
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
        self._lay_out()
        self.view.selectionModel().currentRowChanged.connect(self._current_changed)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.view.doubleClicked.connect(lambda _: self._ask(self.restore_requested.emit))
        self._ages = QTimer(self)
        self._ages.setInterval(AGES_MS)
        self._ages.timeout.connect(self.model.tick)
        self._ages.start()
        self.show_run("", None)

    def show_run(self, run: str, state: RunState | None, phases: dict[int, str] | None = None) -> None:
        """Show the checkpoints of a run, again whenever its state has grown.  `phases` are I, II, III by step."""
        keep = self.current_step() if run == self._run else None
        self._run = run
        self.model.show(state, phases)
        if keep is not None and self.current_step() != keep:
            self.select(keep)
        self.empty.setText(_empty_words(run, state))
        self._stack.setCurrentIndex(1 if self.model.rows else 0)
        self._enable()

    def current_step(self) -> int | None:
        """Return the step of the selected checkpoint."""
        row = self.view.currentIndex().row()
        return self.model.rows[row].step if 0 <= row < len(self.model.rows) else None

    def select(self, step: int | None) -> None:
        """Select the checkpoint at a step, or none, without telling anybody."""
        row = self.model.row_of(step) if step is not None else None
        selection = self.view.selectionModel()
        selection.blockSignals(True)
        if row is None:
            selection.clear()
        else:
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            selection.setCurrentIndex(self.model.index(row, 0), flags)
            self.view.scrollTo(self.model.index(row, 0))
        selection.blockSignals(False)
        self.view.viewport().update()
        self._enable()

    def _lay_out(self) -> None:
        self.view.setModel(self.model)
        self.view.setObjectName("checkpoints.table")
        self.view.setAccessibleName("Checkpoints")
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.setShowGrid(False)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(theme().space(3.5))
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
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
        title = QLabel("Checkpoints")
        set_role(title, "muted")
        bar.addWidget(title)
        bar.addStretch(1)
        for name, icon, tip, signal in (
            ("Resume", "resume", RESUME_TIP, self.resume_requested),
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

    def _current_changed(self) -> None:
        self._enable()
        self._ask(self.chosen.emit)

    def _enable(self) -> None:
        for button in self._buttons:
            button.setEnabled(self.current_step() is not None)

    def _open_menu(self, place: QPoint) -> None:
        if not self.view.indexAt(place).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in self._buttons:
            action = menu.addAction(button.icon(), button.text())
            action.triggered.connect(button.click)
        menu.popup(self.view.viewport().mapToGlobal(place))


def _empty_words(run: str, state: RunState | None) -> str:
    if not run:
        return "No run is selected."
    if state is not None and state.ended is not None:
        return "This run saved no checkpoint."
    return "No checkpoint yet. The first one appears here when it is on disk."

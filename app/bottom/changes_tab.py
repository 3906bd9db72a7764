"""The audit trail of the current run: when it was told what, by whom, and what became of it."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QToolBar, QTreeWidget, QTreeWidgetItem, QWidget

from app.bars import add_button
from app.bottom.columns import align_numbers
from app.bottom.empty import empty_words
from app.live.background import Background
from app.live.notices import Notices
from app.live.workspace_model import WorkspaceModel
from app.theme import theme
from core.runs.audit import AuditRow, audit
from core.runs.commands import CommandLine
from core.runs.commands_file import read_lines
from core.spec.field import plain

COLUMNS = {"When": 160, "Step": 72, "Who": 110, "What": 280, "From": 90, "To": 90, "Outcome": 130, "Said": 0}
NUMBERS = (1, 4, 5)
_TOKENS = {"refused": "danger", "waiting": "text_muted"}


class ChangesTab(QWidget):
    """One line for each thing told, the newest first; refused ones too."""

    def __init__(
        self,
        model: WorkspaceModel,
        background: Background,
        notices: Notices,
        actions: list[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model, self._background, self._notices = model, background, notices
        self._shown: tuple[object, ...] = ()
        self.list = QTreeWidget(self)
        self.list.setObjectName("changes_list")
        self.list.setAccessibleName("Changes")
        self.list.setHeaderLabels(list(COLUMNS))
        self.list.setRootIsDecorated(False)
        for column, width in enumerate(COLUMNS.values()):
            if width:
                self.list.setColumnWidth(column, width)
        align_numbers(self.list.headerItem(), NUMBERS)
        self._empty = empty_words(
            "changes_empty",
            "The run has been told nothing. Pauses, changes and refusals are kept here, with who sent them.",
        )
        tools = QToolBar(self)
        tools.setOrientation(Qt.Orientation.Vertical)
        tools.setObjectName("changes_tools")
        tools.setIconSize(QSize(16, 16))
        for action in actions:
            add_button(tools, action)
        content = QWidget(self)
        self._stack = QStackedLayout(content)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.list)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(content, 1)
        layout.addWidget(tools)
        model.selection.changed.connect(self.refresh)
        model.run_updated.connect(lambda _: self.refresh())
        theme().theme_changed.connect(self._again)
        self.refresh()

    def refresh(self) -> None:
        """Read what the current run was sent, when it has answered something or is another run."""
        run_id = self._model.selection.current or ""
        state = self._model.state(run_id)
        stamp = (run_id, len(state.commands) if state else 0, len(state.segments) if state else 0)
        if stamp == self._shown:
            return
        self._shown = stamp
        if state is None:
            self._show([])
            return

        def read(lines: list[CommandLine]) -> None:
            if self._shown == stamp and state is self._model.state(run_id):
                self._show(audit(state, lines))

        run = self._model.run(run_id)
        self._background.run(
            lambda: read_lines(run),
            read,
            lambda error: self._notices.fail("The commands cannot be read", error, run=run_id),
        )

    def _again(self) -> None:
        self._shown = ()
        self.refresh()

    def _show(self, rows: list[AuditRow]) -> None:
        self.list.clear()
        self.list.addTopLevelItems([_item(row) for row in reversed(rows)])
        self._stack.setCurrentWidget(self.list if rows else self._empty)


def _item(row: AuditRow) -> QTreeWidgetItem:
    when = datetime.fromtimestamp(row.time).strftime("%Y-%m-%d %H:%M:%S")
    outcome = row.outcome if row.holds else f"{row.outcome}, left behind"
    step = "" if row.step is None else f"{row.step:,}"
    texts = [when, step, row.by, row.path or row.name, _said(row.was), _said(row.value), outcome, row.message]
    item = QTreeWidgetItem(texts)
    align_numbers(item, NUMBERS)
    if not row.holds:
        item.setToolTip(6, "The run went back before this step, and does not go by it any more.")
    item.setToolTip(7, row.message)
    token = _TOKENS.get(row.outcome, "" if row.holds else "text_faint")
    for column in range(len(texts)) if token == "text_faint" else (6,) if token else ():
        item.setForeground(column, theme().colour(token))
    return item


def _said(value: object) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)

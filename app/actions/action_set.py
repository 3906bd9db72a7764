"""QActions made from the table: one per row, enabled by its rule, telling why when they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.actions.situation import Situation, reason_against
from app.actions.table import ROWS, Row
from app.icons import bind_icon


class ActionSet(QObject):
    """All actions of one window."""

    reasons_changed = Signal()

    def __init__(self, window: QWidget, doers: Mapping[str, object], rows: Iterable[Row] = ROWS) -> None:
        super().__init__(window)
        self.rows = tuple(rows)
        self.actions: dict[str, QAction] = {}
        self.reasons: dict[str, str] = {}
        for row in self.rows:
            action = QAction(row.text + ("…" if row.confirms else ""), window)
            action.setObjectName(row.id)
            action.setCheckable(row.checkable)
            if row.shortcut:
                action.setShortcut(QKeySequence(row.shortcut))
            if row.icon:
                bind_icon(action, row.icon, _icon_token(row))
            action.triggered.connect(_slot(row, doers))
            window.addAction(action)
            self.actions[row.id] = action
        self.update(Situation())

    def __getitem__(self, action_id: str) -> QAction:
        return self.actions[action_id]

    def update(self, situation: Situation) -> None:
        """Enable what can be done now; say in the tooltip why the rest cannot."""
        changed = False
        for row in self.rows:
            reason = reason_against(row.rule, situation)
            if not reason and row.id in situation.pending:
                reason = "Waiting for the run to answer."
            if self.reasons.get(row.id) == reason:
                continue
            self.reasons[row.id], changed = reason, True
            action = self.actions[row.id]
            action.setEnabled(not reason)
            action.setToolTip(tooltip(row, reason))
            action.setStatusTip(reason or row.tooltip)
        if changed:
            self.reasons_changed.emit()

    def fill(self, menu: QMenu, rows: Iterable[Row]) -> None:
        """Add rows to a menu, with a line between groups."""
        group = None
        for row in rows:
            if group not in (None, row.group):
                menu.addSeparator()
            group = row.group
            menu.addAction(self.actions[row.id])


def tooltip(row: Row, reason: str = "") -> str:
    """Return what hovering shows: what it does, its shortcut, and why it cannot be done."""
    shortcut = QKeySequence(row.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
    text = f"{row.tooltip} ({shortcut})" if shortcut else row.tooltip
    return f"{text}\n{reason}" if reason else text


def _slot(row: Row, doers: Mapping[str, object]) -> Callable[[], None]:
    """Find the method a row names.  Raises KeyError or AttributeError for a row that names none."""
    doer, method = row.slot.split(".")
    do: Callable[[], None] = getattr(doers[doer], method)
    return lambda *_: do()


def _icon_token(row: Row) -> str:
    return {"run.train": "accent", "run.kill": "danger", "run.delete": "danger"}.get(row.id, "text")

"""The row under the mouse is lit as a whole: what a click selects is a row, not a cell."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView


def light_rows(view: QTableView) -> None:
    """Light whole rows of a table from now on; it selects rows and has no delegate of its own."""
    view.setItemDelegate(_RowLight(view))


class _RowLight(QStyledItemDelegate):
    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view, self._row = view, -1
        view.setMouseTracking(True)
        view.entered.connect(lambda index: self._light(index.row()))
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave and watched is self._view.viewport():
            self._light(-1)
        return super().eventFilter(watched, event)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if index.row() == self._row:
            option.state |= QStyle.StateFlag.State_MouseOver

    def _light(self, row: int) -> None:
        if row != self._row:
            self._row = row
            self._view.viewport().update()

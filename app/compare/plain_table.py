"""A table that is as high as its rows, for a page that scrolls as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHeaderView, QSizePolicy, QTreeWidget, QTreeWidgetItem, QWidget

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class PlainTable(QTreeWidget):
    """Rows of text.  Numbers stand at the right of their columns; `bold` cells are the ones to look at first."""

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.header().setStretchLastSection(True)
        self._numbers: frozenset[int] = frozenset()

    def set_columns(self, heads: Sequence[str], numbers: Sequence[int]) -> None:
        """Begin anew with these columns; `numbers` are those that stand at the right."""
        self.clear()
        self.setColumnCount(len(heads))
        self._numbers = frozenset(numbers)
        head = QTreeWidgetItem(list(heads))
        for column in range(len(heads)):
            head.setTextAlignment(column, _RIGHT if column in self._numbers else _LEFT)
        self.setHeaderItem(head)

    def add_row(self, cells: Sequence[str], tip: str = "", bold: Sequence[int] = ()) -> QTreeWidgetItem:
        """Add a row below the others."""
        item = QTreeWidgetItem(list(cells))
        for column in range(len(cells)):
            item.setTextAlignment(column, _RIGHT if column in self._numbers else _LEFT)
            item.setToolTip(column, tip or cells[column])
            if column in bold:
                font = self.font()
                font.setBold(True)
                item.setFont(column, font)
        self.addTopLevelItem(item)
        return item

    def fit(self) -> None:
        """Take the widths and the height that the rows need."""
        for column in range(self.columnCount() - 1):
            self.resizeColumnToContents(column)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        row = self.sizeHintForRow(0) if self.topLevelItemCount() else 0
        bar = self.horizontalScrollBar()
        below = bar.sizeHint().height() if bar.maximum() else 0
        return QSize(320, self.header().sizeHint().height() + row * self.topLevelItemCount() + below + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls

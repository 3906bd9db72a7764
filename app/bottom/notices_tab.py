"""All notices of this window, newest first."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedLayout, QTreeWidget, QTreeWidgetItem, QWidget

from app.bottom.empty import empty_words
from app.icons import icon
from app.live.notices import ICONS, LIMIT, Notices, Said
from app.theme import theme


class NoticesTab(QWidget):
    """One line each; a notice with more to say opens below it."""

    run_wanted = Signal(str)

    def __init__(self, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self.list = QTreeWidget(self)
        self.list.setObjectName("notices_list")
        self.list.setAccessibleName("Notices")
        self.list.setHeaderLabels(["Time", "Notice", "Run"])
        self.list.setWordWrap(True)
        self.list.setColumnWidth(0, 128)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(1, self.list.header().ResizeMode.Stretch)
        self.list.setColumnWidth(2, 96)
        self._empty = empty_words("notices_empty", "No notices. Warnings, refusals and runs that ended are kept here.")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.list)
        self.list.itemActivated.connect(self._open)
        notices.added.connect(self._added)
        notices.cleared.connect(self.refresh)
        theme().theme_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show all anew."""
        self.list.clear()
        self._stack.setCurrentWidget(self._empty)
        for said in self._notices.all:
            self._add(said)

    def _added(self, pair: tuple[Said, bool]) -> None:
        self._add(pair[0])

    def _add(self, said: Said) -> None:
        symbol, token = ICONS[said.level]
        moment = datetime.fromtimestamp(said.time).strftime("%H:%M:%S")
        item = QTreeWidgetItem([moment, said.text, said.run])
        item.setIcon(0, icon(symbol, token))
        item.setToolTip(1, said.text)
        item.setData(0, Qt.ItemDataRole.UserRole, said.run)
        if said.detail:
            item.addChild(QTreeWidgetItem(["", said.detail, ""]))
        self.list.insertTopLevelItem(0, item)
        while self.list.topLevelItemCount() > LIMIT:
            self.list.takeTopLevelItem(self.list.topLevelItemCount() - 1)
        self._stack.setCurrentWidget(self.list)

    def _open(self, item: QTreeWidgetItem) -> None:
        run = item.data(0, Qt.ItemDataRole.UserRole)
        if run:
            self.run_wanted.emit(run)

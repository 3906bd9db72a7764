"""The queue: what waits for a free slot, in order."""

from __future__ import annotations

from time import time

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QStackedLayout,
    QToolBar,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.bars import add_button
from app.bottom.empty import empty_words
from app.icons import icon
from app.live.workspace_model import WorkspaceModel
from app.runs_view.words import duration
from app.theme import theme
from core.runs.queue import QueueEntry


class QueueTab(QWidget):
    """Waiting runs in the order they will start; the selected one is the window's current run."""

    def __init__(self, model: WorkspaceModel, actions: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._applying = False
        self.list = QTreeWidget(self)
        self.list.setObjectName("queue_list")
        self.list.setAccessibleName("Queue")
        self.list.setHeaderLabels(["", "Run", "Begins", "Waiting"])
        self.list.setRootIsDecorated(False)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for column, width in enumerate((40, 240, 260)):
            self.list.setColumnWidth(column, width)
        self._empty = empty_words(
            "queue_empty", "Nothing waits. Runs started while others train wait here for their turn."
        )
        tools = QToolBar(self)
        tools.setOrientation(Qt.Orientation.Vertical)
        tools.setObjectName("queue_tools")
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
        self._tools = tools
        self.list.itemSelectionChanged.connect(self._selected)
        model.queue_changed.connect(self.refresh)
        model.selection.changed.connect(self._show_selection)
        theme().theme_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the queue as it is now."""
        self._applying = True
        self.list.clear()
        for place, entry in enumerate(self._model.queue.waiting, start=1):
            self.list.addTopLevelItem(self._row(place, entry))
        self._applying = False
        self._stack.setCurrentWidget(self.list if self._model.queue.waiting else self._empty)
        self._tools.setVisible(bool(self._model.queue.waiting))
        self._show_selection()

    def _row(self, place: int, entry: QueueEntry) -> QTreeWidgetItem:
        run = self._model.summaries.get(entry.run)
        begins = "from the start" if entry.resume_from is None else f"from the {entry.resume_from} checkpoint"
        if isinstance(entry.resume_from, int):
            begins = f"from the checkpoint at step {entry.resume_from:,}"
        name = f"{run.name} ({entry.run})" if run else entry.run
        item = QTreeWidgetItem([str(place), name, begins, duration(time() - entry.added)])
        item.setIcon(1, icon("status-queued", "text_muted"))
        item.setData(0, Qt.ItemDataRole.UserRole, entry.run)
        return item

    def _selected(self) -> None:
        items = self.list.selectedItems()
        if items and not self._applying:
            self._model.selection.select_runs([items[0].data(0, Qt.ItemDataRole.UserRole)])

    def _show_selection(self) -> None:
        self._applying = True
        for number in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(number)
            if item is not None:
                item.setSelected(item.data(0, Qt.ItemDataRole.UserRole) == self._model.selection.current)
        self._applying = False

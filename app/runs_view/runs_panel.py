"""The left column: all runs, filtered and arranged; its selection is the window's selection."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.live.workspace_model import WorkspaceModel
from app.runs_view.filter import RunFilter
from app.runs_view.filter_bar import Arrangement, FilterBar
from app.runs_view.run_painter import RunLine, RunPainter
from app.runs_view.run_rows import COLUMNS, SUMMARY_ROLE, RunRows, Shape
from app.theme import set_role, theme


class RunsPanel(QWidget):
    """Runs with filter and arrangement.  `menu_wanted` asks for the context menu at a global position."""

    menu_wanted = Signal(QPoint)
    arranged = Signal(str)

    def __init__(self, model: WorkspaceModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runs_panel")
        set_role(self, "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = model
        self._applying = False
        self.rows = RunRows(self)
        self.shown = RunFilter(self)
        self.shown.setSourceModel(self.rows)
        self.bar = FilterBar(self)
        self.view = _RunTree(self)
        self.view.setModel(self.shown)
        self._two_lines = RunPainter(model.selection.colour_of, self.view)
        self._one_line = RunLine(model.selection.colour_of, self.view)
        self._empty = QLabel(self)
        self._empty.setObjectName("runs_empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        set_role(self._empty, "muted")
        self._lay_out()
        self.bar.text_changed.connect(self._filter)
        self.bar.arrangement_changed.connect(self.arrange)
        self.view.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(self.view.viewport().mapToGlobal(at))
        )
        self.view.selectionModel().selectionChanged.connect(self._selected)
        model.runs_changed.connect(self.refresh)
        model.selection.changed.connect(self._show_selection)
        theme().theme_changed.connect(self.view.viewport().update)
        self.arrange("list")
        self.refresh()

    def refresh(self) -> None:
        """Show the runs as they are now; while very many are read for the first time, from time to time."""
        known = self._model.summaries
        if not self._model.loaded and len(known) < 2 * self.rows.count:
            return
        scrolled = self.view.verticalScrollBar().value()
        self._applying = True
        self.rows.set_runs(known, self._model.changed)
        self._applying = False
        self.view.verticalScrollBar().setValue(scrolled)
        self.bar.offer_tags(sorted({tag for run in known.values() for tag in run.tags}))
        self._show_selection()
        self._say_count()

    def arrange(self, arrangement: Arrangement) -> None:
        """Show as a list, a table of columns, by name, or by descent."""
        table = arrangement == "table"
        self.rows.set_shape("list" if table else cast(Shape, arrangement))
        self.view.setRootIsDecorated(arrangement in ("name", "lineage"))
        self.view.setHeaderHidden(not table)
        self.view.setItemDelegate(self._one_line if table else self._two_lines)
        self.view.setSortingEnabled(table)
        if not table:
            self.shown.sort(-1)
        for column in range(1, len(COLUMNS)):
            self.view.setColumnHidden(column, not table)
        header = self.view.header()
        header.setStretchLastSection(table)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive if table else QHeaderView.ResizeMode.Stretch)
        if table:
            for column, width in enumerate((150, 130, 66, 96, 78)):
                header.resizeSection(column, width)
        self.bar.set_arrangement(arrangement)
        self._show_selection()
        self.arranged.emit(arrangement)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addWidget(self._empty, 1)
        layout.addWidget(self.view, 1)
        self._empty.setContentsMargins(*[theme().space(2)] * 4)

    def _filter(self, text: str) -> None:
        self._applying = True
        self.shown.set_text(text)
        self._applying = False
        self._show_selection()
        self._say_count()

    def _say_count(self) -> None:
        total = len(self._model.summaries)
        matching = sum(map(self.shown.wants, self._model.summaries.values())) if self.bar.field.text() else total
        self.bar.set_count(matching, total)
        if total == 0:
            self._empty.setText("No runs yet.\nPress Train, or choose a sample." if self._model.loaded else "")
        elif matching == 0:
            self._empty.setText("No run matches the filter.")
        self._empty.setVisible(matching == 0)
        self.view.setVisible(matching > 0)

    def _selected(self) -> None:
        if self._applying:
            return
        current = self.view.currentIndex()
        chosen = [index for index in self.view.selectionModel().selectedRows() if index.data(SUMMARY_ROLE)]
        chosen.sort(key=lambda index: index != current.siblingAtColumn(0))
        self._model.selection.select_runs([index.data(SUMMARY_ROLE).id for index in chosen])

    def _show_selection(self) -> None:
        wanted = QItemSelection()
        first = QModelIndex()
        for run_id in self._model.selection.runs:
            index = self.shown.mapFromSource(self.rows.index_of(run_id))
            if index.isValid():
                wanted.select(index, index.siblingAtColumn(len(COLUMNS) - 1))
                first = first if first.isValid() else index
        flags = QItemSelectionModel.SelectionFlag
        self._applying = True
        selected = self.view.selectionModel()
        if first.isValid() and selected.currentIndex().siblingAtColumn(0) != first:
            selected.setCurrentIndex(first, flags.NoUpdate)
        selected.select(wanted, flags.ClearAndSelect)
        if self.rows.shape != "list":
            self.view.expandAll()
        self._applying = False
        self.view.viewport().update()


class _RunTree(QTreeView):
    """A tree that gives Delete and letters to the window's actions and filter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("runs_list")
        self.setAccessibleName("Runs")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformRowHeights(True)
        self.setIndentation(14)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clearSelection()
        else:
            super().keyPressEvent(event)

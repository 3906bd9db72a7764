"""The preview of the data: how many, of what kind, how the classes are spread, the first rows or pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.panels.class_balance import ClassBalance
from app.panels.preview_tables import CellsModel, columns_model, rows_model
from app.panels.thumbnails import Thumbnails
from app.theme import set_role, theme

ROWS_SHOWN = 7
COLUMNS_FITTED = 60


class PreviewView(QWidget):
    """Shows one preview, or that it is being made, or why it could not be."""

    cancel_clicked = Signal()
    again_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview")
        self.words = QLabel()
        self.words.setObjectName("preview.words")
        self.words.setWordWrap(True)
        self.source = QLabel()
        self.source.setObjectName("preview.source")
        self.source.setWordWrap(True)
        set_role(self.source, "small")
        self.problem = QLabel()
        self.problem.setObjectName("preview.problem")
        self.problem.setWordWrap(True)
        set_role(self.problem, "danger")
        self.cancel = self._button("Cancel", "preview.cancel", "Stop looking at the data")
        self.again = self._button("Look again", "preview.again", "Read the data again: the file may have changed")
        self.cancel.clicked.connect(self.cancel_clicked)
        self.again.clicked.connect(self.again_clicked)
        self.balance = ClassBalance()
        self.pictures = Thumbnails()
        self.tabs = QTabWidget()
        self.tabs.setObjectName("preview.tabs")
        self.columns, self.rows = self._table("Columns"), self._table("First rows")
        self.tabs.addTab(self.columns, "Columns")
        self.tabs.addTab(self.rows, "First rows")
        head = QHBoxLayout()
        head.addWidget(self.words, 1)
        head.addWidget(self.cancel)
        head.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme().space(1), 0, 0)
        column.setSpacing(theme().space(1))
        column.addLayout(head)
        for widget in (self.source, self.problem, self.pictures, self.balance, self.tabs):
            column.addWidget(widget)
        self.show_nothing("")

    def show_nothing(self, words: str) -> None:
        """Show a sentence alone."""
        self._say(words, "muted", busy=False)
        self._empty()

    def show_busy(self) -> None:
        """Say that the data is being looked at; the preview before stays until there is a new one."""
        self._say("Looking at the data…", "muted", busy=True)

    def show_failure(self, words: str) -> None:
        """Say why there is no preview."""
        self._say(words, "danger", busy=False)
        self._empty()
        self.again.show()

    def show_preview(self, preview: Mapping[str, Any]) -> None:
        """Show what was found."""
        self._say(preview_words(preview), "", busy=False)
        self.again.show()
        told = [f"From {preview['read']}." if preview.get("read") else "", *map(str, preview.get("notices", ()))]
        self.source.setText("\n".join(line for line in told if line))
        self.source.setVisible(bool(self.source.text()))
        self.problem.setText(str(preview.get("problem", "")))
        self.problem.setVisible(bool(self.problem.text()))
        self.balance.show_classes(preview.get("class_balance") or [])
        self.pictures.show_pictures(preview.get("thumbnails") or [])
        self._fill(self.columns, columns_model(preview.get("columns") or []))
        names = [str(column.get("name", "")) for column in preview.get("columns") or []]
        self._fill(self.rows, rows_model(names, preview.get("first_rows") or []))
        self.tabs.setVisible(bool(preview.get("columns")) and preview.get("form") != "image")

    def _say(self, words: str, role: str, *, busy: bool) -> None:
        self.words.setText(words)
        set_role(self.words, role)
        self.words.setVisible(bool(words))
        self.cancel.setVisible(busy)
        self.again.hide()

    def _empty(self) -> None:
        for widget in (self.source, self.problem, self.balance, self.pictures, self.tabs):
            widget.hide()

    def _fill(self, table: QTableView, model: CellsModel) -> None:
        before = table.model()
        model.setParent(table)
        table.setModel(model)
        self._fit(table)
        if before is not None:
            before.deleteLater()

    def _fit(self, table: QTableView) -> None:
        """Give the first columns the width they need; thousands of columns keep the usual width."""
        for column in range(min(table.model().columnCount(), COLUMNS_FITTED)):
            table.resizeColumnToContents(column)
            table.setColumnWidth(column, min(table.columnWidth(column), theme().space(18)))

    def _button(self, text: str, name: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        set_role(button, "quiet")
        return button

    def _table(self, name: str) -> QTableView:
        table = QTableView()
        table.setObjectName(f"preview.{name.lower().replace(' ', '_')}")
        table.setAccessibleName(name)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setFont(theme().font("small"))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme().space(3))
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        table.horizontalHeader().setDefaultSectionSize(theme().space(10))
        table.setFixedHeight(theme().space(3) * ROWS_SHOWN + theme().space(5))
        return table


def preview_words(preview: Mapping[str, Any]) -> str:
    """Say in one line what the data is: `1,797 images of 1 x 8 x 8, 10 classes`."""
    count = int(preview.get("examples", 0))
    about = "" if preview.get("exact", True) else "about "
    shape = " × ".join(str(size) for size in preview.get("input_shape") or ())
    if preview.get("form") == "image":
        words = f"{about}{count:,} images of {shape}"
    else:
        columns = preview.get("columns") or []
        words = f"{about}{count:,} examples, {f'{len(columns):,} columns' if columns else f'{shape} inputs'}"
    classes = preview.get("classes")
    return f"{words}, {classes:,} classes" if classes else words

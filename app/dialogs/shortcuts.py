"""All shortcuts on one page, from the table of actions."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.actions.table import MENUS, Row
from app.theme import set_role, theme


class Shortcuts(QDialog):
    """Two columns of groups; what has no shortcut is in the palette."""

    def __init__(self, rows: Iterable[Row], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle("Keyboard shortcuts")
        rows = [row for row in rows if row.shortcut]
        page = QWidget(self)
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(theme().space(3))
        columns = [0, 0]
        for menu in MENUS:
            group = [row for row in rows if row.menu == menu]
            side = 0 if columns[0] <= columns[1] else 1
            if group:
                columns[side] = _add_group(grid, menu, group, columns[side], side * 2)
        grid.setRowStretch(max(columns), 1)
        area = QScrollArea(self)
        area.setObjectName("shortcuts_area")
        area.setAccessibleName("Keyboard shortcuts")
        area.setWidgetResizable(True)
        area.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(area)
        layout.addWidget(buttons)
        self.resize(660, 500)


def _add_group(grid: QGridLayout, title: str, rows: list[Row], top: int, left: int) -> int:
    heading = QLabel(title)
    set_role(heading, "heading")
    grid.addWidget(heading, top, left, 1, 2)
    for place, row in enumerate(rows, start=top + 1):
        keys = QLabel(QKeySequence(row.shortcut).toString(QKeySequence.SequenceFormat.NativeText))
        keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        set_role(keys, "muted")
        grid.addWidget(QLabel(row.text), place, left)
        grid.addWidget(keys, place, left + 1)
    return top + len(rows) + 1

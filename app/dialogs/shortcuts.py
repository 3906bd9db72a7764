"""All shortcuts on one page, from the table of actions."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.actions.table import MENUS, Row
from app.theme import set_role, theme


class Shortcuts(QDialog):
    """Two columns of groups; what has no shortcut is in the palette."""

    def __init__(self, rows: Iterable[Row], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts")
        self.setWindowTitle("Keyboard shortcuts")
        with_keys = [row for row in rows if row.shortcut]
        columns = QHBoxLayout()
        columns.setSpacing(theme().space(5))
        sides: list[list[str]] = [[], []]
        lengths = [0, 0]
        for menu in MENUS:
            side = int(lengths[0] > lengths[1])
            sides[side].append(menu)
            lengths[side] += 2 + sum(row.menu == menu for row in with_keys)
        for side_menus in sides:
            columns.addLayout(_column(side_menus, with_keys), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme().space(3)] * 4)
        layout.setSpacing(theme().space(2))
        layout.addLayout(columns, 1)
        layout.addWidget(buttons)
        self.setMinimumWidth(680)


def _column(menus: list[str], rows: list[Row]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(theme().space(0.75))
    place = 0
    for menu in menus:
        group = [row for row in rows if row.menu == menu]
        if not group:
            continue
        if place:
            grid.setRowMinimumHeight(place, theme().space(1))
            place += 1
        heading = QLabel(menu)
        set_role(heading, "heading")
        grid.addWidget(heading, place, 0, 1, 2)
        for below, row in enumerate(group, start=1):
            keys = QLabel(QKeySequence(row.shortcut).toString(QKeySequence.SequenceFormat.NativeText))
            keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            set_role(keys, "muted")
            grid.addWidget(QLabel(row.text), place + below, 0)
            grid.addWidget(keys, place + below, 1)
        place += len(group) + 1
    grid.setRowStretch(place, 1)
    return grid

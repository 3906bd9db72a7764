"""A spec to look at: sections, fields and values, as a tree that cannot be edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.forms.wording import choice_words, value_words
from app.theme import theme
from core.spec.json_schema import words


class SpecTree(QTreeWidget):
    """Grows with its content; the panel around it scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Spec")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(theme().space(2))
        self.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustToContents)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.itemExpanded.connect(self._fit)
        self.itemCollapsed.connect(self._fit)

    def show_spec(self, spec: Mapping[str, Any]) -> None:
        """Show a flat spec; what lies two levels deep starts closed."""
        self.clear()
        for name, value in spec.items():
            if isinstance(value, Mapping):
                self._add(self.invisibleRootItem(), name, value, name).setExpanded(
                    name in ("data", "model", "training")
                )
        for name in ("seed", "notes", "tags"):
            if spec.get(name) not in (None, "", []):
                self._add(self.invisibleRootItem(), name, spec[name], name)
        self._fit()

    def _add(self, parent: QTreeWidgetItem, name: str, value: Any, path: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [words(name), ""])
        item.setToolTip(0, path)
        if isinstance(value, Mapping):
            kind = value.get("kind")
            item.setText(1, choice_words(kind) if kind is not None else _first_words(value))
            for inner, held in value.items():
                if inner != "kind":
                    self._add(item, inner, held, f"{path}.{inner}")
        elif isinstance(value, list) and value and all(isinstance(entry, Mapping) for entry in value):
            for index, entry in enumerate(value):
                self._add(item, f"{words(name).removesuffix('s')} {index + 1}", entry, f"{path}.{index}")
        else:
            text = value_words(value)
            item.setText(1, text)
            item.setToolTip(1, text)
        return item

    def _fit(self) -> None:
        """Take the height of all visible rows."""
        height, item = theme().space(1), self.topLevelItem(0)
        while item is not None:
            height += max(self.visualItemRect(item).height(), theme().space(2.5))
            item = self.itemBelow(item)
        self.setFixedHeight(height)


def _first_words(table: Mapping[str, Any]) -> str:
    """Word a closed table by its amount, when it is one."""
    if set(table) in ({"unit", "stop_point"}, {"unit", "interval"}):
        number = next(value for name, value in table.items() if name != "unit")
        unit = choice_words(table["unit"])
        return unit if unit == "off" else f"{value_words(number)} {unit}"
    return ""

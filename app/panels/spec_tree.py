"""A spec to look at: sections, fields and values, as a tree that cannot be edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.forms.amount_row import is_amount
from app.forms.wording import choice_words, tooltip, value_words
from app.panels.summaries import amount_words
from app.theme import theme
from core.spec.complete_schema import spec_schema
from core.spec.field import Field, fields_of
from core.spec.json_schema import words

OPEN_AT_FIRST = ("data", "model", "training")
AT_THE_END = ("seed", "tags", "notes")


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
        """Show a flat spec, worded and ordered as in the forms; tables inside a section start closed."""
        self.clear()
        known = {field.name: field for field in fields_of(spec_schema())}
        sections = [name for name, value in _ordered(spec, known.values()) if isinstance(value, Mapping)]
        for name in (*sections, *AT_THE_END):
            if spec.get(name) not in (None, "", []):
                item = self._add(self.invisibleRootItem(), name, spec[name], name, known.get(name))
                item.setExpanded(name in OPEN_AT_FIRST)
        self._fit()

    def _add(self, parent: QTreeWidgetItem, name: str, value: Any, path: str, field: Field | None) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [field.title if field else words(name), ""])
        item.setToolTip(0, tooltip(field, path) if field else path)
        if isinstance(value, Mapping):
            self._add_table(item, value, path, field)
        elif isinstance(value, list) and value and all(isinstance(entry, Mapping) for entry in value):
            entry_field = field.item if field else None
            for index, entry in enumerate(value):
                title = f"{words(name).removesuffix('s')} {index + 1}"
                named = replace(entry_field, title=title) if entry_field else None
                self._add(item, title, entry, f"{path}.{index}", named)
        else:
            text = choice_words(value) if field and field.type == "choice" else value_words(value)
            item.setText(1, f"{text} {field.unit}" if field and field.unit else text)
            item.setToolTip(1, text)
        return item

    def _add_table(self, item: QTreeWidgetItem, table: Mapping[str, Any], path: str, field: Field | None) -> None:
        if field and is_amount(field):
            number = next((name for name in table if name != "unit"), "")
            item.setText(1, "off" if table.get("unit") == "off" else amount_words(table, number))
            return
        fields: Iterable[Field] = field.fields if field else ()
        if (kind := table.get("kind")) is not None:
            variant = next((found for found in field.variants if found.kind == kind), None) if field else None
            item.setText(1, variant.title if variant else str(kind))
            fields = variant.fields if variant else ()
        known = {inner.name: inner for inner in fields}
        for name, held in _ordered(table, fields):
            if name != "kind" and held not in ("", []):
                self._add(item, name, held, f"{path}.{name}", known.get(name))

    def _fit(self) -> None:
        """Take the height of all visible rows."""
        height, item = theme().space(1), self.topLevelItem(0)
        while item is not None:
            height += max(self.visualItemRect(item).height(), theme().space(2.5))
            item = self.itemBelow(item)
        self.setFixedHeight(height)


def _ordered(table: Mapping[str, Any], fields: Iterable[Field]) -> list[tuple[str, Any]]:
    """Return what a table holds in the order of its fields; what is not a field comes last."""
    order = {field.name: place for place, field in enumerate(sorted(fields, key=lambda field: field.rare))}
    return sorted(table.items(), key=lambda entry: order.get(entry[0], len(order)))

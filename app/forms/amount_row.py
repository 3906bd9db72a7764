"""An amount: a number and what it counts, side by side, such as `30 epochs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.forms.choice_rows import show_data
from app.forms.inputs import Choice, Line
from app.forms.row import FieldRow
from app.forms.wording import choice_words, tooltip, value_words
from app.theme import theme
from core.spec.field import Field
from core.spec.schema import parse


class AmountEdit(QWidget):
    """The number, then the unit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = Line()
        self.line.setMinimumWidth(theme().space(6))
        self.unit = Choice()
        self.unit.setMinimumWidth(theme().space(10))  # with the mark beside it, it still fits into a narrow column
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().space(0.5))
        row.addWidget(self.line, 2)
        row.addWidget(self.unit, 3)
        self.setFocusProxy(self.line)


class AmountRow(FieldRow):
    """A table of two fields, of which one is the unit of the other."""

    editor: AmountEdit

    def make_editor(self) -> QWidget:
        self._unit = next(inner for inner in self.field.fields if inner.name == "unit")
        self._number = next(inner for inner in self.field.fields if inner.name != "unit")
        edit = AmountEdit()
        number_path, unit_path = f"{self.path}.{self._number.name}", f"{self.path}.unit"
        edit.line.setObjectName(f"field.{number_path}")
        edit.line.setAccessibleName(f"{self.field.title}: {self._number.title}")
        edit.line.setToolTip(tooltip(self._number, number_path))
        edit.line.textEdited.connect(lambda text: self.draft.set(number_path, parse(text, self._number), typing=True))
        edit.unit.setObjectName(f"field.{unit_path}")
        edit.unit.setAccessibleName(f"{self.field.title}: {self._unit.title}")
        edit.unit.setToolTip(tooltip(self._unit, unit_path))
        for choice in self._unit.choices:
            edit.unit.addItem(choice_words(choice), choice)
        edit.unit.activated.connect(lambda _: self.draft.set(unit_path, edit.unit.currentData()))
        return edit

    def show_value(self, value: Any) -> None:
        held: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        unit = held.get("unit", self._unit.default)
        number = held.get(self._number.name, self._number.default)
        show_data(self.editor.unit, unit)
        self.editor.line.setVisible(unit not in ("off", "auto"))
        if parse(self.editor.line.text(), self._number) != number:
            self.editor.line.setText(value_words(number))

    def refresh(self) -> None:
        super().refresh()
        line = self.editor.line
        invalid = self.draft.problem_at(f"{self.path}.{self._number.name}") is not None
        if line.property("invalid") != invalid:
            line.setProperty("invalid", invalid)
            line.style().unpolish(line)
            line.style().polish(line)


def is_amount(field: Field) -> bool:
    """Say whether a table is a number and its unit."""
    types = {inner.name: inner.type for inner in field.fields}
    rest = [kind for name, kind in types.items() if name != "unit"]
    return types.get("unit") == "choice" and rest in (["number"], ["integer"])

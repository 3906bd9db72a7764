"""Fields that are chosen: one of several, or on and off."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QCheckBox, QWidget

from app.forms.inputs import Choice
from app.forms.row import FieldRow
from app.forms.wording import choice_words


class ChoiceRow(FieldRow):
    """One of a few values."""

    editor: Choice

    def make_editor(self) -> QWidget:
        combo = Choice()
        if self.field.optional:
            combo.addItem("not set", None)
        for choice in self.field.choices:
            combo.addItem(choice_words(choice), choice)
        combo.activated.connect(lambda _: self.commit(self.editor.currentData()))
        return combo

    def show_value(self, value: Any) -> None:
        show_data(self.editor, value)


class SwitchRow(FieldRow):
    """On or off."""

    editor: QCheckBox

    def make_editor(self) -> QWidget:
        box = QCheckBox()
        box.clicked.connect(lambda on: self.commit(bool(on)))
        return box

    def show_value(self, value: Any) -> None:
        self.editor.setChecked(value is True)


def show_data(combo: Choice, value: Any) -> None:
    """Show the entry with this data; a value that is no choice is shown as it is, never as another."""
    for index in range(combo.count()):
        if combo.itemData(index) == value and type(combo.itemData(index)) is type(value):
            combo.setPlaceholderText("")
            combo.setCurrentIndex(index)
            return
    combo.setPlaceholderText(str(value))
    combo.setCurrentIndex(-1)

"""Fields that are typed: numbers, text, lists, and anything that TOML can say."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.forms.inputs import Line, Notes
from app.forms.row import FieldRow
from app.forms.wording import value_words
from core.spec.schema import parse


class LineRow(FieldRow):
    """A field edited as one line of text."""

    editor: Line

    def make_editor(self) -> QWidget:
        line = Line()
        line.textEdited.connect(self._edited)
        line.editingFinished.connect(self._tidy)
        if self.field.optional:
            line.setPlaceholderText("not set")
        return line

    def show_value(self, value: Any) -> None:
        text = value_words(value)
        if text != self.editor.text():
            self.editor.setText(text)
            self.editor.setCursorPosition(0)

    def _edited(self, text: str) -> None:
        self.commit(parse(text, self.field), typing=True)

    def _tidy(self) -> None:
        """Write the value as it is understood once typing has ended."""
        if not self.problem_text():
            self.show_value(self.value())


class NumberRow(LineRow):
    """A number with its unit; Up and Down change its first digit, and 1e-3 is as good as 0.001."""

    def make_editor(self) -> QWidget:
        line = super().make_editor()
        line.installEventFilter(self)
        return line

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            turn = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
            value = self.value()
            if turn and isinstance(value, int | float) and not isinstance(value, bool):
                self._step(value, turn)
                return True
        return super().eventFilter(watched, event)

    def _step(self, value: float, turn: int) -> None:
        stepped = next_round(value, turn, whole=self.field.type == "integer")
        if self.field.limits.allow(stepped):
            self.draft.set(self.path, stepped, typing=True)


class TextRow(LineRow):
    """Plain text on one line."""


class NotesRow(FieldRow):
    """Plain text on several lines."""

    editor: Notes

    def make_editor(self) -> QWidget:
        notes = Notes()
        notes.setFixedHeight(notes.fontMetrics().lineSpacing() * 3 + 16)
        notes.textChanged.connect(self._edited)
        return notes

    def show_value(self, value: Any) -> None:
        if str(value) != self.editor.toPlainText():
            self.editor.blockSignals(True)
            self.editor.setPlainText(str(value))
            self.editor.blockSignals(False)

    def _edited(self) -> None:
        self.commit(self.editor.toPlainText(), typing=True)


class ListRow(LineRow):
    """A list on one line, its entries parted by commas."""

    def make_editor(self) -> QWidget:
        line = super().make_editor()
        item = self.field.item
        if isinstance(line, Line) and not self.field.optional:
            line.setPlaceholderText("128, 64" if item and item.type in ("integer", "number") else "none")
        return line


def next_round(value: float, turn: int, *, whole: bool) -> float:
    """Return the next value up (turn 1) or down (-1) with one significant digit changed; whole numbers go by one
    below 10."""
    if value == 0:
        return turn if whole else turn * 0.1
    size = abs(value)
    power = math.floor(math.log10(size))
    grows = (turn > 0) == (value > 0)
    # From 0.001 down comes 0.0009, not 0.
    if not grows and math.isclose(size, 10.0**power):
        power -= 1
    unit = max(1.0, 10.0**power) if whole else 10.0**power
    stepped = round((value + turn * unit) / unit) * unit
    return round(stepped) if whole else float(f"{stepped:.12g}")

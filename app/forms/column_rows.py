"""Fields with suggestions: any text may be typed, but some are offered, such as the columns of the data."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from app.forms.inputs import Choice, Line
from app.forms.row import FieldRow
from app.forms.wording import value_words
from app.icons import bind_icon
from app.theme import theme
from core.spec.schema import parse


class SuggestRow(FieldRow):
    """Text, with the examples of the field on offer."""

    editor: Choice

    def make_editor(self) -> QWidget:
        combo = Choice()
        line = Line()
        line.setPlaceholderText("not set")
        line.setStyleSheet("border: 0; padding: 0; margin: 0; min-height: 0; background: transparent")
        combo.setEditable(True)
        combo.setLineEdit(line)
        combo.setInsertPolicy(Choice.InsertPolicy.NoInsert)
        line.textEdited.connect(lambda text: self.commit(text, typing=True))
        combo.activated.connect(lambda index: self.commit(combo.itemText(index)))
        combo.addItems(self.offers())
        return combo

    def offers(self) -> list[str]:
        """Return what is offered."""
        return [str(example) for example in self.field.examples]

    def show_value(self, value: Any) -> None:
        text = value_words(value)
        with QSignalBlocker(self.editor):
            self.editor.setCurrentIndex(self.editor.findText(text, Qt.MatchFlag.MatchExactly))
            self.editor.setEditText(text)


class ColumnRow(SuggestRow):
    """One column of the data, offered as soon as the preview has found it."""

    def make_editor(self) -> QWidget:
        self.context.columns_changed.connect(self._offer)
        combo = super().make_editor()
        assert isinstance(combo, Choice)
        line = combo.lineEdit()
        assert line is not None
        line.installEventFilter(self)
        return combo

    def offers(self) -> list[str]:
        return list(self.context.columns)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click into the empty field means: what is there to choose from?"""
        clicked = event.type() == QEvent.Type.MouseButtonRelease and watched is self.editor.lineEdit()
        if clicked and self.editor.count() and not self.editor.currentText():
            self.editor.showPopup()
        return super().eventFilter(watched, event)

    def _offer(self) -> None:
        with QSignalBlocker(self.editor):
            self.editor.clear()
            self.editor.addItems(self.offers())
        if (line := self.editor.lineEdit()) is not None:
            # A table without a named target predicts its last column: say which one that is.
            last = self.context.columns[-1:] if self.path == "data.target" else ()
            line.setPlaceholderText(f"{last[0]}, the last" if last else "not set")
        self.show_value(self.value())


class ColumnsEdit(QWidget):
    """A line of names and a menu to tick them in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = Line()
        self.button = QToolButton()
        self.button.setAccessibleName("Choose columns")
        self.button.setToolTip("Choose columns")
        self.menu = QMenu(self)
        bind_icon(self.button, "list")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().space(0.5))
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)


class ColumnsRow(FieldRow):
    """Several columns."""

    editor: ColumnsEdit
    MENU_LIMIT = 200  # more columns than this are typed

    def make_editor(self) -> QWidget:
        edit = ColumnsEdit()
        edit.line.setPlaceholderText("all" if self.field.name == "columns" else "none")
        edit.line.textEdited.connect(lambda text: self.commit(parse(text, self.field), typing=True))
        edit.line.setAccessibleName(self.field.title)
        edit.button.clicked.connect(self._open_menu)
        self.context.columns_changed.connect(self._columns_changed)
        edit.button.setEnabled(bool(self.context.columns))
        return edit

    def show_value(self, value: Any) -> None:
        if parse(self.editor.line.text(), self.field) != value:
            self.editor.line.setText(value_words(value))

    def _columns_changed(self) -> None:
        self.editor.button.setEnabled(bool(self.context.columns))

    def _open_menu(self) -> None:
        menu = self.editor.menu
        menu.clear()
        chosen = self.value() or []
        for name in self.context.columns[: self.MENU_LIMIT]:
            action = menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(name in chosen)
            action.triggered.connect(lambda on, name=name: self._tick(name, on))
        if len(self.context.columns) > self.MENU_LIMIT:
            menu.addAction(f"{len(self.context.columns) - self.MENU_LIMIT:,} more: type their names").setEnabled(False)
        menu.popup(self.editor.button.mapToGlobal(self.editor.button.rect().bottomLeft()))

    def _tick(self, name: str, on: bool) -> None:
        held = [column for column in self.value() or [] if column != name]
        chosen = {*held, name} if on else set(held)
        known = [column for column in self.context.columns if column in chosen]
        self.draft.set(self.path, [*known, *(column for column in held if column not in known)])

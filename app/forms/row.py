"""One field of a form: label, editor, unit, mark, and the message that says what would be valid."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from app.draft import Draft
from app.forms.context import FormContext
from app.forms.wording import tooltip, value_words
from app.icons import bind_icon
from app.theme import set_role, theme
from core.spec.field import Field

LABEL_UNITS = 13  # width of the label column, in units of the grid


class FieldRow(QWidget):
    """Base of all fields.  A subclass makes the editor, shows a value in it, and calls `commit` on an edit."""

    def __init__(self, draft: Draft, path: str, field: Field, context: FormContext, parent: QWidget | None = None):
        super().__init__(parent)
        self.draft, self.path, self.field, self.context = draft, path, field, context
        self.setObjectName(f"row.{path}")
        self.editor = self.make_editor()
        self.editor.setObjectName(f"field.{path}")
        self.editor.setAccessibleName(field.title)
        self.editor.setAccessibleDescription(field.help)
        self._shown: Any = _NOTHING
        self._opened = False  # a rare field once seen stays until rare fields are hidden again
        self._lay_out()
        draft.changed.connect(self.refresh)
        context.more_changed.connect(self._more_changed)
        self.refresh()

    def make_editor(self) -> QWidget:
        """Return the widget that edits the value."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Put a value into the editor."""
        raise NotImplementedError

    def commit(self, value: Any, *, typing: bool = False) -> None:
        """Take an edit over into the draft."""
        self._shown = value
        self.draft.set(self.path, value, typing=typing)

    def value(self) -> Any:
        """Return the draft's value of this field, or its default."""
        found = self.draft.value(self.path)
        return self.field.default if found is None else found

    def refresh(self) -> None:
        """Show what the draft says: the value, what is wrong with it, whether it differs."""
        value = self.value()
        if self._shown is _NOTHING or value != self._shown or type(value) is not type(self._shown):
            self._shown = value
            self.show_value(value)
        self._show_problem()
        self._show_mark()
        self._show_or_hide()

    def problem_text(self) -> str:
        """Return what is wrong with the value and what to do, or an empty string."""
        problem = self.draft.problem_at(self.path)
        return f"{problem.message} {problem.remedy}".strip() if problem else ""

    def differs(self) -> bool:
        """Say whether the value differs from the one of the run that the draft is compared with.

        Where another kind was chosen, the choice is what differs, not each of the fields that come with it.
        """
        return self.draft.differs(self.path) and not self.draft.chosen_anew(self.path)

    def _lay_out(self) -> None:
        self.label = QLabel(self.field.title)
        self.label.setBuddy(self.editor)
        # Fields of what was chosen above them stand a little in; the editors stay in line.
        indent = theme().space(1.5 * max(0, self.path.count(".") - 1))
        self.label.setFixedWidth(theme().space(LABEL_UNITS))
        self.label.setContentsMargins(indent, 0, 0, 0)
        self.label.setWordWrap(True)
        set_role(self.label, "muted")
        self.unit = QLabel(self.field.unit)
        self.unit.setVisible(bool(self.field.unit))
        set_role(self.unit, "small")
        self.mark = QToolButton()
        self.mark.setObjectName(f"take_back.{self.path}")
        self.mark.setAccessibleName(f"Take back {self.field.title}")
        self.mark.setFixedSize(theme().space(3), theme().space(3))
        self.mark.setIconSize(QSize(12, 12))
        set_role(self.mark, "quiet")
        bind_icon(self.mark, "undo", "accent")
        self.mark.clicked.connect(lambda: self.draft.take_back(self.path))
        self.mark.hide()
        self.message = QLabel()
        self.message.setObjectName(f"message.{self.path}")
        self.message.setWordWrap(True)
        self.message.hide()
        set_role(self.message, "danger")
        help_text = tooltip(self.field, self.path)
        self.label.setToolTip(help_text)
        self.editor.setToolTip(help_text)
        beside = QHBoxLayout()
        beside.setSpacing(theme().space(0.5))
        beside.addWidget(self.editor, 1)
        beside.addWidget(self.unit)
        beside.addWidget(self.mark)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme().space(1))
        grid.setVerticalSpacing(theme().space(0.25))
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addLayout(beside, 0, 1)
        grid.addWidget(self.message, 1, 1)

    def _show_problem(self) -> None:
        text = self.problem_text()
        if text == self.message.text() and bool(text) != self.message.isHidden():
            return
        self.message.setText(text)
        self.message.setVisible(bool(text))
        self.editor.setProperty("invalid", bool(text))
        self.editor.style().unpolish(self.editor)
        self.editor.style().polish(self.editor)
        self.editor.setAccessibleDescription(text or self.field.help)

    def _show_mark(self) -> None:
        differs = self.differs()
        if differs == self.mark.isHidden():
            self.mark.setVisible(differs)
            set_role(self.label, "" if differs else "muted")
        if differs:
            found = self.draft.differences.get(self.path)
            was = value_words(found.right) if found else ""
            beside = f"{self.draft.reference_name} has {was}" if was else f"Differs from {self.draft.reference_name}"
            self.mark.setToolTip(f"{beside}. Click to take that back.")

    def _show_or_hide(self) -> None:
        if not self.field.rare:
            return
        self._opened = self._opened or self.context.more or self._must_show()
        self.setVisible(self._opened)

    def _must_show(self) -> bool:
        """A rare field is never hidden while it says something: a value of its own, a mistake, a difference."""
        return self.value() != self.field.default or bool(self.problem_text()) or self.differs()

    def _more_changed(self) -> None:
        self._opened = False
        self._show_or_hide()


_NOTHING = object()

"""A table inside a form: a line that opens, and the form of its fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.context import FormContext
from app.forms.wording import table_words, tooltip
from app.icons import bind_icon
from app.theme import set_role, theme
from core.spec.field import Field

MakeForm = Callable[[Draft, str, Sequence[Field], FormContext], QWidget]


class Group(QWidget):
    """Closed it says in words what is not as by default; a mistake inside opens it."""

    def __init__(
        self,
        draft: Draft,
        path: str,
        field: Field,
        context: FormContext,
        make_form: MakeForm,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._draft, self._path, self._field = draft, path, field
        self._context, self._make_form = context, make_form
        self._form: QWidget | None = None
        self.button = QPushButton()
        self.button.setStyleSheet("text-align: left; padding-left: 0")
        self.button.setObjectName(f"group.{path}")
        self.button.setText(field.title)
        self.button.setAccessibleName(field.title)
        self.button.setToolTip(tooltip(field, path))
        self.button.setCheckable(True)
        set_role(self.button, "quiet")
        bind_icon(self.button, "chevron-right", "text_muted")
        self.button.toggled.connect(self._toggled)
        self.words = QLabel()
        set_role(self.words, "small")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.button)
        head.addWidget(self.words, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().space(1))
        self._column.addLayout(head)
        draft.changed.connect(self.refresh)
        context.more_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say anew what is inside."""
        self.words.setText("" if self.button.isChecked() else table_words(self._draft.value(self._path), self._field))
        if self._draft.problem_at(self._path) and not self.button.isChecked():
            self.button.setChecked(True)
        if self._field.rare:
            value = self._draft.value(self._path)
            self.setVisible(self._context.more or (value is not None and value != self._field.default))

    def _toggled(self, opened: bool) -> None:
        bind_icon(self.button, "chevron-down" if opened else "chevron-right", "text_muted")
        if opened and self._form is None:
            self._form = self._make_form(self._draft, self._path, self._field.fields, self._context)
            self._column.addWidget(self._form)
        if self._form is not None:
            self._form.setVisible(opened)
        self.refresh()

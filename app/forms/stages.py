"""A list of tables, such as the stages of a run: each with its own form, added and removed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.context import FormContext
from app.forms.group import MakeForm
from app.forms.wording import tooltip
from app.icons import bind_icon
from app.theme import set_role, theme
from core.spec.field import Field


class TablesRow(QWidget):
    """The entries in order, and a button that adds one."""

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
        self._noun = field.title.lower().removesuffix("s")
        self._entries: list[QWidget] = []
        self.add = QPushButton(f"Add {self._noun}")
        self.add.setObjectName(f"add.{path}")
        self.add.setAccessibleName(f"Add {self._noun}")
        self.add.setToolTip(tooltip(field, path))
        set_role(self.add, "quiet")
        bind_icon(self.add, "add")
        self.add.clicked.connect(self._add)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().space(1))
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        draft.changed.connect(self.refresh)
        context.more_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Have a form for every entry."""
        held = self._draft.value(self._path) or []
        count = len(held) if isinstance(held, list) else 0
        while len(self._entries) > count:
            entry = self._entries.pop()
            self._column.removeWidget(entry)
            entry.hide()
            entry.deleteLater()
        while len(self._entries) < count:
            entry = self._make_entry(len(self._entries))
            self._entries.append(entry)
            self._column.insertWidget(len(self._entries) - 1, entry)
        if self._field.rare:
            self.setVisible(self._context.more or count > 0)

    def _make_entry(self, index: int) -> QWidget:
        entry = QWidget()
        title = QLabel(f"{self._noun.capitalize()} {index + 1}")
        remove = QToolButton()
        remove.setObjectName(f"remove.{self._path}.{index}")
        remove.setAccessibleName(f"Remove {self._noun} {index + 1}")
        remove.setToolTip(f"Remove this {self._noun}")
        set_role(remove, "quiet")
        bind_icon(remove, "remove")
        remove.clicked.connect(lambda: self._draft.set(f"{self._path}.{index}", None))
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(remove)
        column = QVBoxLayout(entry)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().space(1))
        column.addLayout(head)
        fields = self._field.item.fields if self._field.item else ()
        column.addWidget(self._make_form(self._draft, f"{self._path}.{index}", fields, self._context))
        return entry

    def _add(self) -> None:
        held = list(self._draft.value(self._path) or [])
        fields = self._field.item.fields if self._field.item else ()
        self._draft.set(
            self._path, [*held, {field.name: field.default for field in fields if field.default is not None}]
        )

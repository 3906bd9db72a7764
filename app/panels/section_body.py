"""The open part of a section: a form, and the switch for its rare fields."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.context import FormContext
from app.forms.form import Form
from app.icons import bind_icon
from app.theme import set_role, theme
from core.spec.complete_schema import spec_schema
from core.spec.field import Field, field_of, fields_of


class SectionBody(QWidget):
    """The form of one table of the spec.  Subclasses put more above or below it."""

    def __init__(self, draft: Draft, path: str, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft, self.path = draft, path
        self.context = FormContext(folder, self)
        self.column = QVBoxLayout(self)
        unit = theme().space(1)
        self.column.setContentsMargins(unit * 2, unit // 2, unit, unit * 2)
        self.column.setSpacing(theme().space(1))
        self.form = self.make_form()
        self.column.addWidget(self.form)
        self.more = QPushButton("More")
        self.more.setObjectName(f"more.{path}")
        self.more.setAccessibleName("Show rare fields")
        self.more.setCheckable(True)
        self.more.setStyleSheet("text-align: left; padding-left: 0")
        self.more.setToolTip("Show the fields that are rarely changed")
        set_role(self.more, "quiet")
        bind_icon(self.more, "chevron-right", "text_muted")
        self.more.toggled.connect(self._toggled)
        self.more.setVisible(self.has_rare())
        self.column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    def field(self) -> Field:
        """Return the field of this section as the catalog describes it now."""
        return field_of(self.path, spec_schema(self.draft.catalog)["properties"][self.path])

    def has_rare(self) -> bool:
        """Say whether there are fields to show with More."""
        return True

    def make_form(self) -> QWidget:
        """Return the form."""
        return Form(self.draft, self.path, self.field().fields, self.context)

    def _toggled(self, more: bool) -> None:
        self.more.setText("Less" if more else "More")
        bind_icon(self.more, "chevron-down" if more else "chevron-right", "text_muted")
        self.context.show_more(more)


class AboutBody(SectionBody):
    """The fields at the top of a spec that are not its name: notes, tags and seed."""

    def has_rare(self) -> bool:
        return False

    def make_form(self) -> QWidget:
        found = {field.name: field for field in fields_of(spec_schema(self.draft.catalog))}
        shown = [replace(found[name], rare=False) for name in ("notes", "tags", "seed")]
        return Form(self.draft, "", shown, self.context)

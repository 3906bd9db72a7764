"""A form: the fields of one table, one under the other, the rare ones at the end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.amount_row import AmountRow, is_amount
from app.forms.choice_rows import ChoiceRow, SwitchRow
from app.forms.column_rows import ColumnRow, ColumnsRow, SuggestRow
from app.forms.context import FormContext
from app.forms.group import Group
from app.forms.kind_row import KindRow
from app.forms.path_row import PathRow
from app.forms.row import FieldRow
from app.forms.stages import TablesRow
from app.forms.text_rows import ListRow, NotesRow, NumberRow, TextRow
from app.theme import theme
from core.spec.field import Field

_ROWS: dict[str, type[FieldRow]] = {
    "integer": NumberRow,
    "number": NumberRow,
    "text": TextRow,
    "path": PathRow,
    "choice": ChoiceRow,
    "boolean": SwitchRow,
    "list": ListRow,
    "map": TextRow,
    "anything": TextRow,
}


class Form(QWidget):
    """Rows for fields under a path; they live and refresh by themselves."""

    def __init__(
        self, draft: Draft, path: str, fields: Sequence[Field], context: FormContext, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().space(1))
        self.has_rare = any(_holds_rare(field) for field in fields)
        for field in sorted(fields, key=lambda field: field.rare):
            column.addWidget(make_row(draft, f"{path}.{field.name}" if path else field.name, field, context))


def make_row(draft: Draft, path: str, field: Field, context: FormContext) -> QWidget:
    """Return the widget for one field, by its type."""
    if field.type == "union":
        return KindRow(draft, path, field, context, Form)
    if field.type == "table":
        return AmountRow(draft, path, field, context) if is_amount(field) else Group(draft, path, field, context, Form)
    if field.type == "list" and field.item and field.item.type == "table":
        return TablesRow(draft, path, field, context, Form)
    if field.column:
        return (ColumnsRow if field.type == "list" else ColumnRow)(draft, path, field, context)
    if field.type == "text" and field.examples:
        return SuggestRow(draft, path, field, context)
    if field.name == "notes":
        return NotesRow(draft, path, field, context)
    return _ROWS[field.type](draft, path, field, context)


def _holds_rare(field: Field) -> bool:
    inner = [*field.fields, *(inner for variant in field.variants for inner in variant.fields)]
    return field.rare or any(_holds_rare(child) for child in inner)

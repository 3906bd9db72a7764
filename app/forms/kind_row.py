"""A tagged union: the choice of a kind, and under it the form of that kind's fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.choice_rows import show_data
from app.forms.context import FormContext
from app.forms.group import MakeForm
from app.forms.inputs import Choice
from app.forms.row import FieldRow
from app.theme import theme
from core.spec.field import Field, Variant


class KindChoiceRow(FieldRow):
    """The choice of the kind alone.  Kinds that cannot be used are shown, faint, with the reason."""

    editor: Choice

    def make_editor(self) -> QWidget:
        combo = Choice()
        fill_kinds(combo, self.field.variants)
        if self.field.optional:
            combo.insertItem(0, "as for the run", None)
        combo.activated.connect(lambda _: self.draft.choose(self.path, self.editor.currentData()))
        return combo

    def value(self) -> Any:
        held = self.draft.value(self.path)
        return held.get("kind") if isinstance(held, Mapping) else held

    def show_value(self, value: Any) -> None:
        show_data(self.editor, value)

    def problem_text(self) -> str:
        problem = self.draft.problem_at(f"{self.path}.kind") or self.draft.problem_at(self.path, below=False)
        return f"{problem.message} {problem.remedy}".strip() if problem else ""

    def differs(self) -> bool:
        return self.draft.differs(f"{self.path}.kind") or self.path in self.draft.differences

    def offer(self, field: Field) -> None:
        """Offer other kinds: the catalog has changed."""
        self.field = field
        self.editor.clear()
        fill_kinds(self.editor, field.variants)
        show_data(self.editor, self.value())
        self.refresh()

    def _must_show(self) -> bool:
        default = self.field.default.get("kind") if isinstance(self.field.default, Mapping) else None
        return self.value() != default or bool(self.problem_text()) or self.differs()


class KindRow(QWidget):
    """The choice and the fields of what is chosen."""

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
        self._kind: str | None = None
        self._form: QWidget | None = None
        self.choice = KindChoiceRow(draft, path, kind_field(field), context)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme().space(1))
        self._column.addWidget(self.choice)
        draft.changed.connect(self._refresh)
        self._refresh()

    def offer(self, field: Field) -> None:
        """Offer other kinds, and the fields they have now."""
        self._field = field
        self.choice.offer(kind_field(field))
        self._kind = None
        self._refresh()

    def _refresh(self) -> None:
        kind = self.choice.value()
        if kind == self._kind:
            return
        self._kind = kind
        if self._form is not None:
            self._column.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
            self._form = None
        chosen = next((variant for variant in self._field.variants if variant.kind == kind), None)
        if chosen is not None and chosen.fields:
            self._form = self._make_form(self._draft, self._path, chosen.fields, self._context)
            self._column.addWidget(self._form)


def kind_field(field: Field) -> Field:
    """Return the field of the choice itself: `Source` rather than `Data`."""
    own = field.schema.get("x-kind")
    return replace(field, title=str(own["title"]), help=str(own["description"])) if own else field


def fill_kinds(combo: Choice, variants: Sequence[Variant]) -> None:
    """Put the kinds into a choice, each with its tooltip; broken ones cannot be chosen."""
    model = combo.model()
    for variant in variants:
        combo.addItem(variant.title, variant.kind)
        index = combo.count() - 1
        combo.setItemData(index, _kind_tip(variant), Qt.ItemDataRole.ToolTipRole)
        if variant.error and isinstance(model, QStandardItemModel):
            model.item(index).setEnabled(False)


def _kind_tip(variant: Variant) -> str:
    if variant.error:
        return f"<b>{escape(variant.file)}</b> cannot be used:<pre>{escape(variant.error.strip()[-1500:])}</pre>"
    return f"<b>{escape(variant.title)}</b><br>{escape(variant.help)}<br><code>{escape(variant.kind)}</code>"

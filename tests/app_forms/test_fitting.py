"""Own data in the draft, and mistakes that only a look at the data can find."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.draft import Draft
from app.forms.column_rows import ColumnRow
from app.forms.context import FormContext
from app.forms.inputs import Choice
from app.panels.catalog_provider import CatalogProvider
from app.panels.draft_panel import DraftPanel
from app.panels.fitting import misfits
from app.panels.own_data import use_file
from core.spec.catalog import Catalog
from core.spec.field import fields_of
from core.spec.problem import Problem
from core.spec.read import complete_dict

TABLE = {"form": "table", "examples": 4, "columns": [{"name": "a"}, {"name": "b"}]}


@pytest.fixture
def real(qapp: QApplication) -> Draft:
    """A draft that knows the components that come with Epochal."""
    return Draft(Catalog.builtin())


def test_that_own_data_comes_in_one_edit_and_names_the_run(real: Draft) -> None:
    assert use_file(real, Path("some where/häuser 🏠.csv")) == ""
    assert real.value("data.kind") == "csv"
    assert real.value("name") == "häuser 🏠"
    real.undo()
    assert (real.value("data.kind"), real.value("name")) == ("digits", "untitled")


def test_that_a_name_that_was_typed_stays(real: Draft) -> None:
    real.set("name", "my own", typing=True)
    use_file(real, Path("houses.csv"))
    assert real.value("name") == "my own"


def test_that_a_sample_s_augmentation_does_not_come_along_to_own_data(real: Draft) -> None:
    real.use({"name": "images", "data": {"kind": "digits", "augment": {"shift": 1}}})
    use_file(real, Path("houses.csv"))
    assert not (real.value("data.augment") or {}).get("shift")
    assert real.value("name") == "houses"


def test_that_a_sample_s_split_and_words_do_not_come_along_to_own_data(real: Draft) -> None:
    sample = {"name": "by heart", "notes": "Of a tenth.", "tags": ["images"], "data": {"kind": "digits"}}
    real.use({**sample, "data": {"kind": "digits", "split": {"valid": 0.9}}})
    real.set("notes", "my own words")
    use_file(real, Path("houses.csv"))
    assert (real.value("data.split") or {}).get("valid") in (None, 0.2)
    assert real.value("tags") == []
    assert real.value("notes") == "my own words"
    real.set("data.split.valid", 0.4)
    use_file(real, Path("other houses.csv"))  # of the same kind: what was chosen for the first stays
    assert real.value("data.split.valid") == 0.4


def test_that_a_model_for_images_is_refused_on_a_table_before_it_is_trained(real: Draft) -> None:
    use_file(real, Path("houses.csv"))
    assert misfits(real, TABLE) == []
    real.choose("model", "cnn")
    (problem,) = misfits(real, TABLE)
    assert problem.path == "model.kind"
    assert "takes images, and this data is a table" in problem.message
    assert "Multilayer perceptron" in problem.remedy
    assert misfits(real, {"form": "image"}) == []


def test_that_augmentation_of_a_table_and_a_useless_target_are_mistakes(real: Draft) -> None:
    use_file(real, Path("houses.csv"))
    real.set("data.augment.shift", 1)
    found = misfits(real, {**TABLE, "problem": "The target 'sold' cannot be predicted."})
    assert [problem.path for problem in found] == ["data.target", "data.augment.shift"]


def test_that_a_mistake_found_in_the_data_holds_until_data_or_model_are_edited(draft: Draft) -> None:
    blame = Problem("data.target", "It cannot be predicted.")
    draft.blame([blame])
    assert draft.problems == [blame]
    assert draft.own_problems == []
    draft.set("name", "other")
    assert draft.problems == [blame]
    draft.set("model.dropout", 0.5)
    assert draft.problems == []


def test_that_the_train_button_waits_for_a_model_that_fits(
    provider: CatalogProvider, qtbot: QtBot, no_preview: None, draft: Draft
) -> None:
    panel = DraftPanel(draft, provider)
    qtbot.addWidget(panel)
    panel.sections["data"].set_open(True)
    body = panel.sections["data"].body
    use_file(draft, Path(__file__))  # not a kind of data: nothing happens
    assert draft.value("data.kind") == "digits"
    draft.choose("model", "cnn")
    body.process.arrived.emit(TABLE)
    assert not panel.bar.train.isEnabled()
    assert "takes images" in panel.bar.reason.text()
    draft.choose("model", "mlp")
    assert panel.bar.train.isEnabled()
    draft.choose("model", "cnn")
    assert not panel.bar.train.isEnabled()  # the data is still a table


def test_that_fields_of_another_kind_are_not_marked_one_by_one(draft: Draft, catalog: Catalog) -> None:
    draft.compare_with(complete_dict({}, catalog), "run 1")
    draft.choose("data", "csv")
    assert draft.chosen_anew("data.target")
    assert not draft.chosen_anew("data.standardise")
    draft.set("data.split.valid", 0.4)
    assert draft.differs("data.split.valid")
    assert not draft.chosen_anew("data.split.valid")


def test_that_a_click_into_an_empty_column_field_opens_the_columns(
    draft: Draft, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr(Choice, "showPopup", lambda self: opened.append(self))
    context = FormContext(tmp_path)
    draft.choose("data", "csv")
    schema = next(source for source in draft.catalog.sources if source.kind == "csv").schema
    field = next(field for field in fields_of(schema) if field.name == "target")
    row = ColumnRow(draft, "data.target", field, context)
    qtbot.addWidget(row)
    context.set_columns(["a", "b"])
    line = row.editor.lineEdit()
    _click(line)
    assert opened == [row.editor]
    draft.set("data.target", "b")
    _click(line)
    assert opened == [row.editor]


def _click(widget: object) -> None:
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        button = Qt.MouseButton.LeftButton
        event = QMouseEvent(kind, QPointF(4, 4), QPointF(4, 4), button, button, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(widget, event)

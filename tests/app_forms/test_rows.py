"""Fields: each shows the draft's value, takes an edit over, and says what would be valid."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.draft import Draft
from app.forms.context import FormContext
from app.forms.form import Form
from app.forms.inputs import Choice, Line
from app.forms.text_rows import next_round
from app.forms.wording import table_words, tooltip, value_words
from core.spec.catalog import Catalog
from core.spec.complete_schema import spec_schema
from core.spec.field import field_of, fields_of
from core.spec.read import spec_from_dict

Widget = TypeVar("Widget", bound=QWidget)


@pytest.fixture
def context(tmp_path: Path) -> FormContext:
    return FormContext(tmp_path)


def make(draft: Draft, section: str, context: FormContext, qtbot: QtBot) -> Form:
    schema = spec_schema(draft.catalog)["properties"]
    if section in ("data", "model"):
        form = Form(draft, "", [field_of(section, schema[section])], context)
    else:
        form = Form(draft, section, fields_of(schema[section]), context)
    qtbot.addWidget(form)
    form.show()
    return form


def at(form: QWidget, kind: type[Widget], name: str) -> Widget:
    found = form.findChild(kind, name)
    assert found is not None, name
    return found


@pytest.fixture
def training(draft: Draft, context: FormContext, qtbot: QtBot) -> Form:
    return make(draft, "training", context, qtbot)


def retype(qtbot: QtBot, line: Line, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)


@pytest.mark.parametrize(("text", "value"), [("32", 32), ("1e3", 1000), (" 7 ", 7)])
def test_that_a_number_typed_is_in_the_draft(training: Form, draft: Draft, qtbot: QtBot, text: str, value: int) -> None:
    retype(qtbot, at(training, Line, "field.training.batch_size"), text)
    assert draft.value("training.batch_size") == value
    assert draft.problems == []


def test_that_a_small_number_may_be_typed_in_powers_of_ten(training: Form, draft: Draft, qtbot: QtBot) -> None:
    line = at(training, Line, "field.training.optimizer.learning_rate")
    retype(qtbot, line, "3e-4")
    assert draft.value("training.optimizer.learning_rate") == 3e-4
    assert line.text() == "3e-4"
    line.editingFinished.emit()
    assert line.text() == "0.0003"


def test_that_an_invalid_value_says_in_place_what_would_be_valid(training: Form, draft: Draft, qtbot: QtBot) -> None:
    line = at(training, Line, "field.training.batch_size")
    message = at(training, QLabel, "message.training.batch_size")
    assert message.isHidden()
    retype(qtbot, line, "0")
    assert message.isVisible()
    assert "from 1 to 1,000,000 examples" in message.text()
    assert line.property("invalid") is True
    assert "from 1 to 1,000,000" in line.accessibleDescription()
    retype(qtbot, line, "x")
    assert line.text() == "x"
    retype(qtbot, line, "8")
    assert message.isHidden()
    assert line.property("invalid") is False


def test_that_a_change_of_the_draft_is_shown(training: Form, draft: Draft) -> None:
    draft.set("training.batch_size", 256)
    assert at(training, Line, "field.training.batch_size").text() == "256"
    draft.undo()
    assert at(training, Line, "field.training.batch_size").text() == "64"


def test_that_undo_in_a_line_is_left_to_the_panel(training: Form, draft: Draft, qtbot: QtBot) -> None:
    line = at(training, Line, "field.training.batch_size")
    retype(qtbot, line, "12")
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "12"


def test_that_arrows_change_a_number_by_its_first_digit(training: Form, draft: Draft, qtbot: QtBot) -> None:
    line = at(training, Line, "field.training.optimizer.learning_rate")
    qtbot.keyClick(line, Qt.Key.Key_Up)
    assert draft.value("training.optimizer.learning_rate") == 0.002
    qtbot.keyClick(line, Qt.Key.Key_Down)
    qtbot.keyClick(line, Qt.Key.Key_Down)
    assert draft.value("training.optimizer.learning_rate") == 0.0009


@pytest.mark.parametrize(
    ("value", "turn", "whole", "after"),
    [
        (64, 1, True, 70),
        (9, 1, True, 10),
        (10, -1, True, 9),
        (0, 1, True, 1),
        (1.0, -1, False, 0.9),
        (0.25, 1, False, 0.3),
        (0, -1, False, -0.1),
    ],
)
def test_that_the_next_round_number_keeps_one_digit(value: float, turn: int, whole: bool, after: float) -> None:
    assert next_round(value, turn, whole=whole) == pytest.approx(after)


def test_that_an_amount_is_a_number_and_its_unit(training: Form, draft: Draft, qtbot: QtBot) -> None:
    unit = at(training, Choice, "field.training.budget.unit")
    unit.setCurrentIndex(unit.findText("virtual epochs"))
    unit.activated.emit(unit.currentIndex())
    retype(qtbot, at(training, Line, "field.training.budget.stop_point"), "3.5")
    assert draft.value("training.budget") == {"unit": "virtual_epochs", "stop_point": 3.5}


def test_that_an_amount_that_is_off_shows_no_number(training: Form, draft: Draft) -> None:
    line = at(training, Line, "field.training.evaluate.interval")
    assert line.isVisible()
    draft.set("training.evaluate.unit", "off")
    assert line.isHidden()


def test_that_another_kind_brings_its_own_fields(training: Form, draft: Draft) -> None:
    combo = at(training, Choice, "field.training.optimizer")
    assert combo.currentText() == "AdamW"
    combo.setCurrentIndex(combo.findData("sgd"))
    combo.activated.emit(combo.currentIndex())
    assert draft.value("training.optimizer.kind") == "sgd"
    assert isinstance(at(training, QCheckBox, "field.training.optimizer.nesterov"), QCheckBox)


def test_that_a_problem_across_fields_stands_at_the_field_to_change(training: Form, draft: Draft) -> None:
    draft.choose("training.optimizer", "sgd")
    draft.set("training.optimizer.momentum", 0.0)
    draft.set("training.optimizer.nesterov", True)
    assert "momentum is 0" in at(training, QLabel, "message.training.optimizer.nesterov").text()


def test_that_rare_fields_wait_under_more(training: Form, context: FormContext) -> None:
    row = at(training, QWidget, "row.training.accumulate")
    assert row.isHidden()
    context.show_more(True)
    assert row.isVisible()
    context.show_more(False)
    assert row.isHidden()


def test_that_a_rare_field_with_a_value_of_its_own_is_never_hidden(training: Form, draft: Draft) -> None:
    draft.set("training.accumulate", 4)
    assert at(training, QWidget, "row.training.accumulate").isVisible()


def test_that_what_differs_is_marked_and_one_click_takes_it_back(
    training: Form, draft: Draft, catalog: Catalog
) -> None:
    mark = at(training, QToolButton, "take_back.training.batch_size")
    assert mark.isHidden()
    draft.compare_with(spec_from_dict({"training": {"batch_size": 8}}, catalog), "run 7")
    assert mark.isVisible()
    assert "run 7 has 8" in mark.toolTip()
    mark.click()
    assert draft.value("training.batch_size") == 8
    assert mark.isHidden()


def test_that_a_kind_that_differs_only_in_its_options_is_not_marked(
    training: Form, draft: Draft, catalog: Catalog
) -> None:
    draft.compare_with(spec_from_dict({"training": {"optimizer": {"learning_rate": 0.5}}}, catalog), "run 7")
    assert at(training, QToolButton, "take_back.training.optimizer").isHidden()
    assert at(training, QToolButton, "take_back.training.optimizer.learning_rate").isVisible()


def test_that_a_closed_group_opens_when_something_in_it_is_wrong(
    draft: Draft, context: FormContext, qtbot: QtBot
) -> None:
    form = make(draft, "data", context, qtbot)
    assert form.findChild(Line, "field.data.split.valid") is None
    draft.set("data.split.valid", 2)
    assert at(form, QLabel, "message.data.split.valid").isVisible()


def test_that_stages_are_added_edited_and_removed(training: Form, draft: Draft, context: FormContext) -> None:
    context.show_more(True)
    add = at(training, QWidget, "add.training.stages")
    add.click()  # type: ignore[attr-defined]
    add.click()  # type: ignore[attr-defined]
    assert len(draft.value("training.stages")) == 2
    optimizer = at(training, Choice, "field.training.stages.1.optimizer")
    assert optimizer.currentText() == "as for the run"
    optimizer.setCurrentIndex(optimizer.findData("muon"))
    optimizer.activated.emit(optimizer.currentIndex())
    assert draft.value("training.stages.1.optimizer.kind") == "muon"
    assert draft.problems == []
    at(training, QToolButton, "remove.training.stages.0").click()
    assert draft.value("training.stages.0.optimizer.kind") == "muon"


def test_that_columns_are_offered_as_soon_as_they_are_known(draft: Draft, context: FormContext, qtbot: QtBot) -> None:
    draft.choose("data", "csv")
    form = make(draft, "data", context, qtbot)
    target = at(form, Choice, "field.data.target")
    retype(qtbot, target.lineEdit(), "spec")  # type: ignore[arg-type]
    context.set_columns(["sepal", "species"])
    assert [target.itemText(index) for index in range(target.count())] == ["sepal", "species"]
    assert target.currentText() == "spec"
    target.setCurrentIndex(1)
    target.activated.emit(1)
    assert draft.value("data.target") == "species"


def test_that_a_target_that_is_not_named_says_which_column_it_is(
    draft: Draft, context: FormContext, qtbot: QtBot
) -> None:
    draft.choose("data", "csv")
    form = make(draft, "data", context, qtbot)
    line = at(form, Choice, "field.data.target").lineEdit()
    assert line is not None
    assert line.placeholderText() == "not set"
    context.set_columns(["sepal", "species"])
    assert line.placeholderText() == "species, the last"
    context.set_columns([])
    assert line.placeholderText() == "not set"


def test_that_a_list_of_names_is_parted_by_commas_only(draft: Draft, context: FormContext, qtbot: QtBot) -> None:
    draft.choose("data", "csv")
    form = make(draft, "data", context, qtbot)
    columns = at(form, QWidget, "field.data.columns").findChild(Line)
    assert columns is not None
    retype(qtbot, columns, "sepal length, species")
    assert draft.value("data.columns") == ["sepal length", "species"]


def test_that_a_list_of_numbers_is_typed_as_people_write_it(draft: Draft, context: FormContext, qtbot: QtBot) -> None:
    form = make(draft, "model", context, qtbot)
    line = at(form, Line, "field.model.hidden")
    retype(qtbot, line, "64 0")
    assert draft.value("model.hidden") == [64, 0]
    assert "from 1 to 65,536" in at(form, QLabel, "message.model.hidden").text()


def test_that_a_path_typed_is_in_the_draft(draft: Draft, context: FormContext, qtbot: QtBot) -> None:
    draft.choose("data", "csv")
    form = make(draft, "data", context, qtbot)
    assert "No file is chosen" in at(form, QLabel, "message.data.path").text()
    retype(qtbot, at(form, Line, "line.data.path"), "my data.csv")
    assert draft.value("data.path") == "my data.csv"
    assert at(form, QLabel, "message.data.path").isHidden()


def test_that_every_field_has_a_name_a_tooltip_and_a_label(draft: Draft, context: FormContext, qtbot: QtBot) -> None:
    for section in ("training", "checkpoints", "compute", "data", "model"):
        form = make(draft, section, context, qtbot)
        editors = [child for child in form.findChildren(QWidget) if child.objectName().startswith("field.")]
        assert editors
        for editor in editors:
            assert editor.accessibleName(), editor.objectName()
            assert editor.objectName().removeprefix("field.") in editor.toolTip()


def test_that_a_tooltip_says_help_limits_default_and_path(draft: Draft) -> None:
    field = field_of("batch_size", spec_schema(draft.catalog)["properties"]["training"]["properties"]["batch_size"])
    text = tooltip(field, "training.batch_size")
    for part in ("Batch size", "over all ranks", "from 1 to 1,000,000 examples", "Default: 64", "training.batch_size"):
        assert part in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (20.0, "20"),
        (1e-08, "1e-08"),
        (True, "on"),
        ([1, 2], "1, 2"),
        (None, ""),
        ({"a": 1}, "{a = 1}"),
        ([[1]], "[[1]]"),
    ],
)
def test_that_values_are_worded_as_people_write_them(value: Any, text: str) -> None:
    assert value_words(value) == text


def test_that_a_closed_table_says_what_is_on(draft: Draft) -> None:
    field = field_of("augment", spec_schema(draft.catalog)["properties"]["data"]["anyOf"][0]["properties"]["augment"])
    assert table_words({}, field) == "off"
    assert table_words({"flip": True, "shift": 2}, field) == "flip, shift 2"

"""The draft: edits, mistakes, marks, history."""

from __future__ import annotations

import os

import pytest
from pytestqt.qtbot import QtBot

from app.draft import Draft
from core.errors import SpecError
from core.spec.catalog import Catalog
from core.spec.read import spec_from_dict


def test_that_a_new_draft_can_be_trained(draft: Draft) -> None:
    assert draft.problems == []
    assert draft.spec().training.batch_size == 64


def test_that_an_edit_is_seen_and_checked(draft: Draft, qtbot: QtBot) -> None:
    with qtbot.waitSignals([draft.changed, draft.problems_changed]):
        draft.set("training.batch_size", 0)
    problem = draft.problem_at("training.batch_size")
    assert problem is not None
    assert "from 1 to 1,000,000 examples" in problem.remedy
    with pytest.raises(SpecError):
        draft.spec()


def test_that_the_same_value_is_no_edit(draft: Draft) -> None:
    draft.set("training.batch_size", 64)
    assert not draft.can_undo


def test_that_undo_and_redo_go_through_the_edits(draft: Draft) -> None:
    draft.set("training.batch_size", 32)
    draft.choose("model", "cnn")
    draft.undo()
    assert draft.value("model.kind") == "mlp"
    draft.undo()
    assert draft.value("training.batch_size") == 64
    assert not draft.can_undo
    draft.redo()
    assert draft.value("training.batch_size") == 32
    draft.set("name", "another way")
    assert not draft.can_redo


def test_that_typing_in_one_field_is_one_step(draft: Draft) -> None:
    for value in (1, 12, 128):
        draft.set("training.batch_size", value, typing=True)
    draft.set("name", "a", typing=True)
    draft.undo()
    assert draft.value("name") == "untitled"
    assert draft.value("training.batch_size") == 128
    draft.undo()
    assert draft.value("training.batch_size") == 64


def test_that_another_kind_brings_its_defaults_and_keeps_the_split(draft: Draft) -> None:
    draft.set("data.split.valid", 0.4)
    draft.choose("data", "csv")
    assert draft.value("data.kind") == "csv"
    assert draft.value("data.split.valid") == 0.4
    assert draft.value("data.columns") == []
    assert draft.value("data.flat") is None
    draft.choose("training.optimizer", "sgd")
    assert draft.value("training.optimizer.learning_rate") == 0.1


def test_that_what_differs_is_marked_and_taken_back(draft: Draft, catalog: Catalog) -> None:
    other = spec_from_dict({"training": {"batch_size": 8}, "model": {"kind": "cnn"}}, catalog)
    draft.compare_with(other, "run 7")
    assert draft.differs("training.batch_size")
    assert draft.differs("model")
    assert not draft.differs("data")
    draft.take_back("training.batch_size")
    assert draft.value("training.batch_size") == 8
    draft.take_back("model")
    assert draft.differences == {}
    draft.compare_with(None)
    assert draft.reference_name == ""


def test_that_a_field_an_older_run_does_not_name_is_no_difference(draft: Draft) -> None:
    older = {name: value for name, value in draft.table.items() if name != "seed"}
    older["training"] = {name: value for name, value in draft.table["training"].items() if name != "ema"}
    draft.compare_with(older, "an older run")
    assert draft.edits() == 0
    draft.set("training.ema", 0.5)
    assert draft.differs("training.ema")
    draft.take_back_all()
    assert draft.value("training.ema") == 0


def test_that_a_spec_is_taken_over_whole_and_can_be_undone(draft: Draft, catalog: Catalog) -> None:
    spec = spec_from_dict({"name": "mine", "model": {"kind": "cnn"}}, catalog)
    draft.use(spec, "runs/abc/spec.toml")
    assert draft.spec() == spec
    draft.undo()
    assert draft.value("name") == "untitled"


def test_that_a_spec_with_an_unknown_component_is_shown_with_its_mistake(draft: Draft) -> None:
    draft.use({"model": {"kind": "gone.Net", "width": 3}})
    assert draft.problems[0].path == "model.kind"
    assert draft.value("model.width") == 3


def test_that_the_command_starts_from_the_file_the_draft_came_from(draft: Draft) -> None:
    draft.use({"name": "mine"}, "a b.toml")
    draft.set("training.batch_size", 8)
    assert draft.command() == "epochal train 'a b.toml' --set training.batch_size=8"
    assert draft.command("saved.toml") == "epochal train saved.toml"


def test_that_a_draft_from_nowhere_has_a_command_that_works(draft: Draft) -> None:
    draft.set("training.batch_size", 8)
    assert draft.command() == f"epochal train {os.devnull} --set training.batch_size=8"


def test_that_lists_of_tables_are_edited_entry_by_entry(draft: Draft) -> None:
    draft.set("training.stages", [{"name": "a"}, {"name": "b"}])
    draft.set("training.stages.1.name", "c")
    assert [stage["name"] for stage in draft.value("training.stages")] == ["a", "c"]
    draft.set("training.stages.0", None)
    assert [stage["name"] for stage in draft.value("training.stages")] == ["c"]


def test_that_another_catalog_is_looked_at_at_once(draft: Draft, catalog: Catalog) -> None:
    draft.set("model.kind", "gone.Net")
    assert draft.problems
    kinds = [*catalog.models, *catalog.sources]
    draft.set_catalog(Catalog(kinds))
    assert draft.problems
    draft.undo()
    assert draft.problems == []


def test_that_another_kind_counts_as_one_edit(draft: Draft, catalog: Catalog) -> None:
    draft.compare_with(spec_from_dict({}, catalog), "run 7")
    draft.choose("model", "cnn")
    draft.set("training.batch_size", 8)
    draft.set("name", "mine")
    assert draft.edits() == 2


def test_that_taking_all_back_keeps_the_name(draft: Draft, catalog: Catalog) -> None:
    draft.compare_with(spec_from_dict({"name": "old", "training": {"batch_size": 8}}, catalog), "run 7")
    draft.set("name", "mine")
    draft.take_back_all()
    assert draft.value("training.batch_size") == 8
    assert draft.value("name") == "mine"

"""Overrides, differences, and the command line that does the same."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from core.errors import SpecError
from core.spec.catalog import Catalog
from core.spec.command_line import equal_command, overrides_between
from core.spec.complete_schema import field_at, field_help
from core.spec.diff import differences, leaves
from core.spec.overrides import apply_overrides, value_at
from core.spec.read import spec_from_dict, to_dict, write_spec
from core.spec.words import parse_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", 64),
        ("1e-3", 0.001),
        ("true", True),
        ("cnn", "cnn"),
        ('"64"', "64"),
        ("[128, 64]", [128, 64]),
        ('{kind = "sgd"}', {"kind": "sgd"}),
        ("2026-01-01", "2026-01-01"),
        ("1\nother = 2", "1\nother = 2"),
        ("a b=c", "a b=c"),
        ("", ""),
        ("007", 7),
    ],
)
def test_that_an_override_is_read_as_toml_or_else_as_text(text: str, value: Any) -> None:
    assert parse_value(text) == value


def test_that_an_override_makes_the_tables_on_its_way() -> None:
    assert apply_overrides({}, ["a.b.c=1"]) == {"a": {"b": {"c": 1}}}


def test_that_an_override_goes_into_lists_by_index_and_appends_at_the_end() -> None:
    table = {"model": {"hidden": [128, 64]}}
    assert apply_overrides(table, ["model.hidden.1=32", "model.hidden.2=8"])["model"]["hidden"] == [128, 32, 8]
    assert apply_overrides({"s": [{"a": 1}]}, ["s.0.a=2", "s.1.a=3"])["s"] == [{"a": 2}, {"a": 3}]
    assert apply_overrides({}, ["s.0.a=2"]) == {"s": [{"a": 2}]}
    assert table == {"model": {"hidden": [128, 64]}}


@pytest.mark.parametrize("override", ["", "a", "=1", "a..b=1", "l.7=1", "l.x=1", "n.a=1"])
def test_that_an_impossible_override_is_refused(override: str) -> None:
    with pytest.raises(SpecError):
        apply_overrides({"l": [1], "n": 3}, [override])


def test_that_another_kind_starts_from_its_own_defaults_whatever_the_order() -> None:
    table = {"training": {"optimizer": {"kind": "adamw", "learning_rate": 0.001, "beta1": 0.9}}}
    done = apply_overrides(table, ["training.optimizer.learning_rate=0.5", "training.optimizer.kind=sgd"])
    assert done["training"]["optimizer"] == {"kind": "sgd", "learning_rate": 0.5}


def test_that_another_source_keeps_the_split() -> None:
    table = {"data": {"kind": "digits", "flat": True, "split": {"valid": 0.3}}}
    assert apply_overrides(table, ["data.kind=csv"])["data"] == {"kind": "csv", "split": {"valid": 0.3}}


def test_that_nothing_after_the_sign_goes_back_to_the_default() -> None:
    assert apply_overrides({"a": {"b": 1, "c": 2}}, ["a.b="]) == {"a": {"c": 2}}


def test_that_differences_are_named_by_path(catalog: Catalog) -> None:
    left = spec_from_dict({}, catalog)
    right = spec_from_dict({"model": {"hidden": [8]}, "training": {"optimizer": {"kind": "sgd"}}}, catalog)
    found = {difference.path: (difference.left, difference.right) for difference in differences(left, right)}
    assert found["model.hidden"] == ([128, 128], [8])
    assert found["training.optimizer.beta1"] == (0.9, None)
    assert found["training.optimizer.kind"] == ("adamw", "sgd")
    assert differences(left, left) == []


def test_that_true_and_one_differ() -> None:
    assert len(differences({"a": True}, {"a": 1})) == 1


def test_that_leaves_name_every_value(catalog: Catalog) -> None:
    spec = spec_from_dict({"training": {"stages": [{}, {}]}}, catalog)
    found = leaves(spec)
    assert found["training.stages.1.budget.unit"] == "epochs"
    assert all(value_at(to_dict(spec), path) == value for path, value in found.items())


WANTED: list[dict[str, Any]] = [
    {},
    {"name": "it's mine", "notes": "two\nlines", "tags": ["a b", "7"]},
    {"name": "7", "training": {"optimizer": {"kind": "sgd", "nesterov": True}, "batch_size": 8}},
    {"model": {"kind": "cnn", "channels": [3], "norm": {"kind": "batch"}}, "data": {"flat": True}},
    {"data": {"kind": "csv", "path": "my data/🙂.csv", "rows": 5, "split": {"valid": 0.5}}},
    {"training": {"stages": [{"name": "a"}, {"name": "b", "optimizer": {"kind": "sgd"}}]}},
]


@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("base", WANTED)
def test_that_the_command_line_makes_the_same_spec(
    catalog: Catalog, base: dict[str, Any], wanted: dict[str, Any]
) -> None:
    start, goal = spec_from_dict(base, catalog), spec_from_dict(wanted, catalog)
    line = equal_command(goal, start, "a b.toml", catalog)
    words = shlex.split(line)
    assert words[:3] == ["epochal", "train", "a b.toml"]
    done = spec_from_dict(apply_overrides(to_dict(start), words[4::2]), catalog)
    assert write_spec(done) == write_spec(goal)


def test_that_the_command_line_names_only_what_differs(catalog: Catalog) -> None:
    assert overrides_between({}, {"model": {"kind": "cnn"}, "training": {"batch_size": 8}}, catalog) == [
        "model.kind=cnn",
        "training.batch_size=8",
    ]


def test_that_help_comes_from_the_declaration(catalog: Catalog) -> None:
    assert field_help("training.batch_size", {}, catalog) == (
        "Batch size: Examples in one update, over all ranks. "
        "Give a whole number from 1 to 1,000,000 examples. Default: 64."
    )
    assert "one of mlp, cnn" in field_help("model.kind", {}, catalog)
    assert "Momentum" in field_help("training.optimizer.momentum", {}, catalog)
    assert field_help("training.nothing", {}, catalog) == ""
    chosen = field_at("training.stages.0.optimizer.kind", {"training": {"stages": [{}]}}, catalog)
    assert chosen is not None
    assert "muon" in chosen.choices

"""Checking, completing and parsing against a schema."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SpecError
from core.spec.checkpoints import CheckpointSpec
from core.spec.fields import Section, about
from core.spec.json_schema import words
from core.spec.schema import check, complete, field_of, fields_of, parse, section_schema
from core.spec.training import Stage, TrainingSpec

TRAINING = section_schema(TrainingSpec)
KEYS = ["kind", "budget", "batch_size", "optimizer", "stages", "unit", "loss", "weights", "schedule", "evaluate", "x"]


def only(value: dict[str, Any]) -> str:
    (problem,) = check(value, TRAINING, "training")
    return str(problem)


def test_that_a_schema_has_no_references() -> None:
    assert "$ref" not in str(TRAINING)


def test_that_choices_keep_their_declared_order() -> None:
    assert TRAINING["properties"]["budget"]["properties"]["unit"]["enum"] == [
        "steps",
        "epochs",
        "examples",
        "virtual_epochs",
    ]


def test_that_a_section_that_contains_itself_is_refused() -> None:
    with pytest.raises(SpecError, match="contains itself"):
        section_schema(Endless)


class Endless(Section, frozen=True):
    """Never ends."""

    inner: Endless | None = None


def test_that_an_unknown_key_names_the_nearest_known_one() -> None:
    assert only({"batch_sise": 3}) == "training.batch_sise: There is no such field. Did you mean batch_size?"


def test_that_a_usual_abbreviation_finds_its_field() -> None:
    assert "Did you mean learning_rate?" in only({"optimizer": {"kind": "sgd", "lr": 0.1}})


def test_that_a_number_out_of_limits_says_limits_and_unit() -> None:
    assert only({"batch_size": 0}) == (
        "training.batch_size: 0 is too small. Give a whole number from 1 to 1,000,000 examples."
    )


def test_that_exclusive_limits_are_worded() -> None:
    assert "more than 0" in only({"optimizer": {"kind": "adam", "learning_rate": 0}})
    assert "less than 1" in only({"ema": 1.0})


def test_that_true_is_no_number() -> None:
    assert "not true" in only({"batch_size": True})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_that_a_number_must_be_finite(value: float) -> None:
    assert "finite" in only({"clip_norm": value})


def test_that_a_quoted_number_says_to_leave_out_the_quotes() -> None:
    assert only({"batch_size": "64"}).endswith("Write 64 without quotes.")


def test_that_a_whole_float_is_not_taken_for_an_integer() -> None:
    assert only({"batch_size": 64.0}).endswith("Write 64.")


def test_that_a_huge_integer_is_refused_where_a_float_is_asked_for() -> None:
    assert "too large" in only({"clip_norm": 10**400})


def test_that_all_problems_are_given_at_once() -> None:
    problems = check({"batch_size": 0, "ema": 2, "nope": 1, "loss": {"kind": "mse", "x": 1}}, TRAINING, "training")
    assert [problem.path for problem in problems] == [
        "training.batch_size",
        "training.ema",
        "training.nope",
        "training.loss.x",
    ]


def test_that_an_unknown_kind_lists_what_there_is() -> None:
    assert "Did you mean adamw?" in only({"optimizer": {"kind": "adam-w"}})
    assert "cross_entropy" in only({"loss": {"kind": "qqqq"}})


def test_that_a_kind_given_as_text_says_how_to_write_it() -> None:
    assert only({"optimizer": "sgd"}).endswith('Write training.optimizer.kind = "sgd".')


def test_that_a_table_without_kind_has_the_kind_of_the_default() -> None:
    assert check({"optimizer": {"learning_rate": 0.5}}, TRAINING, "training") == []
    done = complete({"optimizer": {"learning_rate": 1}}, TRAINING)
    assert done["optimizer"]["kind"] == "adamw"
    assert done["optimizer"]["learning_rate"] == 1.0
    assert isinstance(done["optimizer"]["learning_rate"], float)


def test_that_setting_one_key_of_a_table_keeps_the_rest_of_its_default() -> None:
    done = complete({"every": {"interval": 2}}, section_schema(CheckpointSpec))
    assert done["every"] == {"unit": "off", "interval": 2.0}


def test_that_an_optional_table_is_left_out() -> None:
    assert "optimizer" not in complete({}, section_schema(Stage))


def test_that_lists_are_checked_entry_by_entry() -> None:
    problems = check({"stages": [{}, {"budget": {"stop_point": -1}}]}, TRAINING, "training")
    assert [problem.path for problem in problems] == ["training.stages.1.budget.stop_point"]


def test_that_text_with_half_a_character_is_refused() -> None:
    assert "not valid text" in only({"monitor": "valid/\ud800"})


def test_that_text_with_a_control_character_is_refused() -> None:
    assert "control character" in only({"monitor": "valid/\0"})


def test_that_the_place_of_a_table_is_told_as_toml_writes_it() -> None:
    assert only({"evaluate": 3}).endswith("Write its fields under [training.evaluate].")
    assert only({"stages": [3]}).endswith("Write its fields under [[training.stages]].")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (0.5, "Write [0.5]."),
        ("0.5", "Write [0.5]."),
        ("[1, 2", "Write [1, 2]."),
        ("a, b", "Write its values in brackets, parted by commas."),
    ],
)
def test_that_a_list_written_otherwise_is_told_how_to_write_it(given: Any, hint: str) -> None:
    assert only({"loss": {"kind": "cross_entropy", "weights": given}}).endswith(hint)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
        max_leaves=12,
    )
)
def test_that_any_value_is_checked_without_an_exception(value: Any) -> None:
    for problem in check(value, TRAINING, "training"):
        assert str(problem)


def test_that_fields_carry_what_a_form_needs() -> None:
    fields = {field.name: field for field in fields_of(TRAINING)}
    assert fields["batch_size"].type == "integer"
    assert fields["batch_size"].unit == "examples"
    assert fields["batch_size"].describe() == "a whole number from 1 to 1,000,000 examples"
    assert fields["accumulate"].rare
    assert fields["early_stopping"].title == "Early stopping"
    assert [variant.title for variant in fields["schedule"].variants][2] == "One cycle"
    assert fields["stages"].type == "list"
    assert fields["stages"].item is not None
    assert fields["stages"].item.fields[2].optional


class Options(Section, frozen=True):
    """Every type of field."""

    path: str = ""
    rows: int | None = None
    mode: Annotated[Literal["fast", "exact"], about("Mode", "How.")] = "fast"
    sizes: tuple[int, ...] = ()
    scale: float = 1.0


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("scale", "1e-3", 0.001),
        ("scale", ".5", 0.5),
        ("scale", "1_000", 1000),
        ("scale", "abc", "abc"),
        ("rows", "1e3", 1000),
        ("rows", "", None),
        ("mode", "exact", "exact"),
        ("sizes", "128, 64", [128, 64]),
        ("sizes", "[128, 64]", [128, 64]),
        ("sizes", "", []),
        ("path", " a b.csv ", "a b.csv"),
    ],
)
def test_that_text_is_parsed_for_its_field(name: str, text: str, value: Any) -> None:
    field = next(field for field in fields_of(section_schema(Options)) if field.name == name)
    parsed = parse(text, field)
    assert parsed == value
    assert type(parsed) is type(value)


def test_that_a_field_called_path_offers_to_browse() -> None:
    assert field_of("path", {"type": "string"}).type == "path"


@pytest.mark.parametrize(
    ("name", "text"), [("OneCycle", "One cycle"), ("AdamW", "AdamW"), ("early_stopping", "Early stopping")]
)
def test_that_names_are_worded_for_people(name: str, text: str) -> None:
    assert words(name) == text

"""A plan: what a run has to do, with the changes made on the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SpecError
from core.spec.budget import Ruler
from core.spec.plan import Plan
from core.spec.read import spec_from_dict
from core.spec.spec import Spec
from core.spec.steering import steered
from core.spec.training import Budget, Change, Stage, TrainingSpec

SIZES = st.integers(1, 120)


@st.composite
def rulers(draw: st.DrawFn) -> Ruler:
    """A ruler whose batch size is changed up to three times."""
    ruler = Ruler(draw(st.integers(1, 300)), draw(SIZES), draw(st.integers(1, 2000)))
    since = 0
    for _ in range(draw(st.integers(0, 3))):
        since += draw(st.integers(0, 40))
        ruler = Ruler(ruler.train_examples, draw(SIZES), ruler.virtual_epoch, since, ruler)
    return ruler


@given(rulers(), st.integers(0, 400))
def test_that_examples_are_a_function_of_the_step_whatever_the_batch_size_was(ruler: Ruler, step: int) -> None:
    examples = ruler.examples_at(step)
    assert ruler.step_at(examples) == step
    epoch, position = ruler.place_at(step)
    assert epoch * ruler.train_examples + position == examples
    gained = ruler.examples_at(step + 1) - examples
    size = ruler.batch_size if step >= ruler.since else None
    assert gained == min(size, ruler.train_examples - position) if size else gained > 0


@given(rulers(), st.integers(0, 400))
def test_that_a_new_batch_size_leaves_what_was_seen_as_it_is(ruler: Ruler, step: int) -> None:
    earlier = ruler.before
    if earlier is not None and step <= ruler.since:
        assert ruler.examples_at(step) == earlier.examples_at(step)
        assert ruler.place_at(step) == earlier.place_at(step)


def plan(stop_point: float = 10, unit: str = "epochs", **more: Any) -> Plan:
    budget = Budget(unit=unit, stop_point=stop_point)  # type: ignore[arg-type]
    return Plan.of(TrainingSpec(budget=budget, batch_size=10, **more), 105)


def test_that_a_budget_in_epochs_ends_with_its_epoch_whatever_the_batch_size_becomes() -> None:
    before = plan()
    changed = before.after(Change(step=15, field="training.batch_size", value=50))
    assert before.total_steps == 110
    assert changed.ruler.examples_at(changed.total_steps) == 1050
    assert changed.total_steps == 15 + 2 + 8 * 3  # 65 examples are left of the second epoch


def test_that_a_moved_end_bends_the_rest_of_the_schedule_and_makes_no_jump() -> None:
    before = plan()
    longer = before.after(Change(step=55, field="training.budget.stop_point", value=20))
    stage = longer.stages[0]
    assert (stage.to_step, stage.progress(55), stage.progress(220)) == (220, 0.5, 1.0)
    shorter = longer.after(Change(step=110, field="training.budget.stop_point", value=15))
    assert shorter.stages[0].progress(110) == stage.progress(110)
    assert shorter.stages[0].progress(165) == 1.0
    other = shorter.after(Change(step=120, field="training.clip_norm", value=1))
    assert other.stages == shorter.stages


def test_that_a_longer_stage_moves_the_ones_after_it() -> None:
    stages = tuple(Stage(budget=Budget(unit="steps", stop_point=count)) for count in (10, 20))
    before = plan(stages=stages)
    after = before.after(Change(step=5, field="training.stages.0.budget.stop_point", value=15))
    assert [(stage.from_step, stage.to_step) for stage in after.stages] == [(0, 15), (15, 35)]
    assert after.stages[1].progress(25) == 0.5


def steer(spec: Spec, step: int, name: str, value: object, **facts: Any) -> tuple[Change, Plan]:
    plan = Plan.of(spec.training, 105)
    return steered(spec, plan, step, name, value, **{"task": "classification", "has_validation": True} | facts)


def spec(**training: Any) -> Spec:
    small = {"batch_size": 10, "budget": {"unit": "epochs", "stop_point": 10}}
    return spec_from_dict({"data": {"kind": "digits"}, "model": {"kind": "mlp"}, "training": small | training})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", 0, "too small"),
        ("weight_decay", 11, "too large"),
        ("clip_norm", "much", "Must be a number"),
        ("batch_size", 2.5, "whole number"),
        ("batch_size", 10, "is 10 already|It is 10"),
        ("patience", True, "whole number"),
        ("seed", 3, "cannot be changed while the run is going on"),
        ("stop_point", 2, "end at step 22, and the run is at step 30"),
    ],
)
def test_that_a_value_that_makes_no_sense_now_is_refused(name: str, value: object, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        steer(spec(), 30, name, value)


def test_that_values_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(SpecError, match="in 8 parts"):
        steer(spec(accumulate=8), 30, "batch_size", 4)
    with pytest.raises(SpecError, match="leaves no example for validation"):
        steer(spec(select="last"), 30, "patience", 3, has_validation=False)
    with pytest.raises(SpecError, match="evaluation is off"):
        steer(spec(select="last", evaluate={"unit": "off"}), 30, "patience", 3)


def test_that_a_short_name_means_the_stage_under_way() -> None:
    stages = [
        {"name": "one", "budget": {"unit": "steps", "stop_point": 10}, "optimizer": {"kind": "sgd"}},
        {"name": "two", "budget": {"unit": "steps", "stop_point": 10}},
    ]
    given = spec(stages=stages)
    assert steer(given, 5, "learning_rate", 0.5)[0].field == "training.stages.0.optimizer.learning_rate"
    assert steer(given, 10, "learning_rate", 0.5)[0].field == "training.optimizer.learning_rate"
    with pytest.raises(SpecError, match="Stage one is over"):
        steer(given, 10, "training.stages.0.optimizer.learning_rate", 0.5)


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ([(5, "training.seed", 1)], "training.changes.0.field", "cannot be changed"),
        ([(5, "training.batch_size", 0)], "training.changes.0.value", "too small"),
        ([(5, "training.clip_norm", 1), (4, "training.clip_norm", 2)], "training.changes.1.step", "Order"),
        ([(5, "training.budget.stop_point", 3), (9, "training.batch_size", 2)], "training.changes.1.value", "parts"),
    ],
)
def test_that_changes_of_a_spec_are_checked_like_commands(changes: list[Any], path: str, words: str) -> None:
    listed = [{"step": step, "field": field, "value": value} for step, field, value in changes]
    with pytest.raises(SpecError, match=words) as caught:
        spec(changes=listed, accumulate=4)
    assert caught.value.where == path

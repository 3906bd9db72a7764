"""The spec of a fork: what a full state can take, and what it cannot and why."""

from __future__ import annotations

import pytest

from core.errors import SpecError
from core.runs.fork_spec import fork_spec, length_of, twice_as_long
from core.spec.plan import Plan
from core.spec.read import spec_from_dict
from core.spec.spec import Spec
from core.spec.training import Budget, Change

EXAMPLES = 1000
SPEC = spec_from_dict({"training": {"budget": {"unit": "steps", "stop_point": 100}, "schedule": {"kind": "cosine"}}})


def test_that_an_unchanged_fork_has_its_parents_spec() -> None:
    made = fork_spec(SPEC, (), EXAMPLES, 50)
    assert made.spec == SPEC
    assert made.choice is None
    assert made.changed == ()


@pytest.mark.parametrize(
    ("override", "remedy"),
    [
        ("seed=7", "warm start"),
        ("data.kind=wine", "warm start"),
        ("data.split.valid=0.5", "warm start"),
        ("model.hidden=[9]", "warm start"),
        ("model.kind=cnn", "warm start"),
        ("training.optimizer.kind=sgd", "restart"),
        ('training.changes=[{step = 5, field = "training.clip_norm", value = 1.0}]', "values themselves"),
    ],
)
def test_that_what_the_state_has_no_place_for_is_refused_with_what_to_do(override: str, remedy: str) -> None:
    with pytest.raises(SpecError) as refused:
        fork_spec(SPEC, (), EXAMPLES, 50, [override])
    assert any(remedy in problem.remedy for problem in refused.value.problems)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "override",
    ["model.dropout=0.3", "data.augment.noise=0.1", "training.clip_norm=1", "training.optimizer.weight_decay=0.1",
     "training.monitor=valid/accuracy", "checkpoints.keep_last=2", "training.ema=0.9"],
)  # fmt: skip
def test_that_what_the_state_can_go_on_with_is_taken(override: str) -> None:
    made = fork_spec(SPEC, (), EXAMPLES, 50, [override])
    assert [change.path for change in made.changed] == [override.partition("=")[0]]
    assert made.plan.total_steps == 100


def test_that_a_batch_size_holds_from_the_fork_on() -> None:
    made = fork_spec(SPEC, (), EXAMPLES, 50, ["training.batch_size=16"])
    assert made.spec.training.batch_size == SPEC.training.batch_size
    assert made.spec.training.changes == (Change(step=50, field="training.batch_size", value=16.0),)
    assert made.plan.ruler.examples_at(50) == Plan.of(SPEC.training, EXAMPLES).ruler.examples_at(50)
    assert made.plan.ruler.examples_at(51) - made.plan.ruler.examples_at(50) == 16


def test_that_a_value_set_by_the_fork_wins_over_changes_made_before_it() -> None:
    held = (
        Change(step=10, field="training.batch_size", value=32.0),
        Change(step=20, field="training.optimizer.learning_rate", value=0.5),
    )
    kept = fork_spec(SPEC, held, EXAMPLES, 50)
    assert kept.spec.training.changes == held
    assert kept.plan.optimizer(0).learning_rate == 0.5
    made = fork_spec(SPEC, held, EXAMPLES, 50, ["training.optimizer.learning_rate=0.01"])
    assert made.spec.training.changes == held[:1]
    assert made.plan.optimizer(0).learning_rate == 0.01


def test_that_changes_of_the_spec_that_are_still_to_come_stay() -> None:
    later = {"step": 80, "field": "training.clip_norm", "value": 1.0}
    spec = spec_from_dict({"training": {"budget": {"unit": "steps", "stop_point": 100}, "changes": [later]}})
    assert fork_spec(spec, (), EXAMPLES, 50).spec.training.changes == spec.training.changes


def test_that_only_choices_that_make_sense_are_offered() -> None:
    made = fork_spec(SPEC, (), EXAMPLES, 50, ["training.budget.stop_point=200"])
    assert (made.choice, made.options) == ("restart", ("keep", "stretch", "restart"))
    made = fork_spec(SPEC, (), EXAMPLES, 50, ["training.budget.stop_point=80"])
    assert (made.choice, made.options) == ("stretch", ("stretch", "restart"))
    made = fork_spec(SPEC, (), EXAMPLES, 50, ["training.schedule.kind=exponential"])
    assert (made.choice, made.options) == ("stretch", ("stretch", "restart"))


def test_that_nothing_left_to_train_is_refused() -> None:
    with pytest.raises(SpecError, match="budget is spent at step 100"):
        fork_spec(SPEC, (), EXAMPLES, 100)


@pytest.mark.parametrize(("unit", "stop_point"), [("epochs", 3.5), ("steps", 70), ("examples", 4321)])
def test_that_twice_as_long_counts_as_the_spec_does(unit: str, stop_point: float) -> None:
    spec = spec_from_dict({"training": {"budget": {"unit": unit, "stop_point": stop_point}}})
    plan = Plan.of(spec.training, EXAMPLES)
    assert plan.ruler.end_of(length_of(plan)) == plan.total_steps
    assert twice_as_long(plan).unit == unit
    assert plan.ruler.end_of(twice_as_long(plan)) > 1.8 * plan.total_steps


def test_that_a_staged_run_is_measured_in_steps() -> None:
    made = fork_spec(SPEC, (), EXAMPLES, 100, ["training.budget.stop_point=200"], "restart")
    assert made.spec.training.stages
    assert twice_as_long(made.plan) == Budget(unit="steps", stop_point=400)
    assert isinstance(made.spec, Spec)

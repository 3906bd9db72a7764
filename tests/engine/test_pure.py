"""Schedules, budgets, cadences and the trackers: arithmetic without a model."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.curves.early_stopping import Best, Patience
from core.engine.cadence import Cadence
from core.engine.plateau import PlateauState
from core.spec.budget import Ruler, lay_out, spread
from core.spec.rate_factor import factor_at
from core.spec.schedules import Constant, Cosine, Exponential, OneCycle, Plateau, Step
from core.spec.training import Budget, EarlyStopping, Every, Stage

pytestmark = pytest.mark.torch

RULERS = st.builds(Ruler, st.integers(1, 500), st.integers(1, 700), st.integers(1, 2000))


@given(RULERS, st.integers(0, 3000))
def test_that_examples_and_steps_convert_both_ways(ruler: Ruler, step: int) -> None:
    examples = ruler.examples_at(step)
    assert ruler.step_at(examples) <= step
    assert ruler.examples_at(ruler.step_at(examples)) == examples
    assert ruler.examples_at(step + 1) > examples
    epoch, position = ruler.place_at(step)
    assert epoch * ruler.train_examples + position == examples


@pytest.mark.parametrize(
    ("unit", "stop_point", "steps"),
    [("steps", 7, 7), ("epochs", 2, 22), ("epochs", 3.5, 39), ("examples", 150, 16), ("virtual_epochs", 3.5, 194)],
)
def test_that_a_budget_ends_where_its_unit_says(unit: str, stop_point: float, steps: int) -> None:
    # 105 examples in batches of 10: 11 steps an epoch, the last one of 5.
    ruler = Ruler(105, 10, 530)
    assert ruler.end_of(Budget(unit=unit, stop_point=stop_point)) == steps  # type: ignore[arg-type]


def test_that_a_virtual_epoch_does_not_depend_on_the_batch_size() -> None:
    budget = Budget(unit="virtual_epochs", stop_point=3.5)
    for batch_size in (1, 7, 64, 105, 400):
        ruler = Ruler(105, batch_size, 530)
        end = ruler.end_of(budget)
        assert 0 <= ruler.examples_at(end) - 3.5 * 530 < min(batch_size, 105)


def test_that_stages_follow_one_another() -> None:
    stages = [Stage(budget=Budget(unit="steps", stop_point=5)), Stage(budget=Budget(unit="epochs", stop_point=1))]
    first, second = lay_out(stages, Ruler(100, 10, 100))
    assert (first.from_step, first.to_step, second.from_step, second.to_step) == (0, 5, 5, 15)
    assert [second.progress(step) for step in (5, 10, 14)] == [0.0, 0.5, 0.9]


@given(RULERS, st.integers(1, 30), st.integers(1, 2000))
def test_that_checkpoints_are_spread_evenly_in_examples(ruler: Ruler, count: int, total: int) -> None:
    steps = spread(count, total, ruler)
    assert steps[-1] == total
    assert len(steps) <= count
    for number in range(1, count + 1):
        wanted = ruler.examples_at(total) * number / count
        assert any(0 <= ruler.examples_at(step) - wanted + 1e-6 < ruler.batch_size + 1e-3 for step in steps)


EVERY = st.builds(
    lambda unit, interval: Every(unit=unit, interval=interval),
    st.sampled_from(["steps", "epochs", "examples", "virtual_epochs"]),
    st.sampled_from([0.25, 1.0, 3.0, 7.0]),
)


@settings(max_examples=50)
@given(RULERS, EVERY, st.integers(0, 400))
def test_that_a_resumed_cadence_is_due_at_the_same_steps(ruler: Ruler, every: Every, resumed: int) -> None:
    def due(first: int) -> list[int]:
        cadence = Cadence(every, ruler, fixed=(33, 100))
        cadence.start(first, 0.0)
        return [step for step in range(first + 1, 500) if cadence.due(step, 0.0)]

    assert due(resumed) == [step for step in due(0) if step > resumed]


def test_that_seconds_are_counted_from_the_last_time() -> None:
    cadence = Cadence(Every(unit="seconds", interval=2.0), Ruler(10, 1, 10))
    cadence.start(0, 100.0)
    assert [cadence.due(step, 100.0 + step) for step in range(1, 6)] == [False, True, False, True, False]


def test_that_schedules_have_their_known_values() -> None:
    assert factor_at(Constant(warmup=0.5), 0.25) == 0.5
    assert factor_at(Constant(), 0.9) == 1.0
    cosine = Cosine(warmup=0.0, final=0.1)
    assert [factor_at(cosine, progress) for progress in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.55, 0.1])
    one_cycle = OneCycle(peak=0.25, start=0.04, final=0.001)
    assert [factor_at(one_cycle, p) for p in (0.0, 0.25, 1.0)] == pytest.approx([0.04, 1.0, 0.001])
    assert [factor_at(Step(every=0.3, factor=0.1), p) for p in (0.29, 0.3, 0.6)] == pytest.approx([1.0, 0.1, 0.01])
    assert factor_at(Exponential(final=0.01), 0.5) == pytest.approx(0.1)


def test_that_a_plateau_lowers_the_rate_after_its_patience_and_not_below_the_minimum() -> None:
    schedule, state = Plateau(patience=2, factor=0.5, minimum=0.2), PlateauState()
    fell = [state.note(value, schedule, False) for value in (1.0, 0.9, 0.95, math.nan, 0.95, 0.95, 1.0, 1.0, 1.0, 1.0)]
    assert fell == [False, False, False, True, False, True, False, True, False, False]
    assert state.factor == 0.2


def test_that_an_infinite_loss_is_never_the_best() -> None:
    best, patience = Best(), Patience()
    assert not best.note(1, math.inf, False)
    assert best.step is None
    assert patience.note(math.inf, EarlyStopping(patience=1), False)


def test_that_the_best_ignores_nan_and_knows_its_direction() -> None:
    best = Best()
    assert [best.note(step, value, True) for step, value in enumerate((0.5, math.nan, 0.4, 0.6))] == [
        True,
        False,
        False,
        True,
    ]
    assert (best.step, best.value) == (3, 0.6)


def test_that_patience_wants_a_sufficient_change() -> None:
    patience, settings_ = Patience(), EarlyStopping(patience=2, min_change=0.1)
    assert [patience.note(value, settings_, False) for value in (1.0, 0.95, 0.85, 0.8, 0.8)] == [False] * 4 + [True]

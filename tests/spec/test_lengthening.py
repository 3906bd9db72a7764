"""Another length or schedule from a step on: what becomes of the stages and of the learning rate."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import SpecError
from core.spec.lengthening import CHOICES, Choice, lengthened, recommended
from core.spec.optimizers import SGD, AdamW, Muon
from core.spec.plan import Plan
from core.spec.rate_curve import MOST, RateCurve, rate_curve
from core.spec.schedules import Constant, Cosine, Exponential, Plateau, ScheduleSpec
from core.spec.training import Budget, Change, Stage, TrainingSpec

EXAMPLES = 1000


def steps(count: float) -> Budget:
    return Budget(unit="steps", stop_point=count)


def training(schedule: ScheduleSpec, count: float = 100) -> TrainingSpec:
    return TrainingSpec(budget=steps(count), schedule=schedule, optimizer=AdamW(learning_rate=0.01))


def longer(given: TrainingSpec, step: int, total: int, choice: Choice) -> tuple[TrainingSpec, RateCurve]:
    plan = Plan.of(given, EXAMPLES)
    made = lengthened(given, plan, step, steps(total), choice)
    return made, rate_curve(Plan.of(made, EXAMPLES), step)


def test_that_keep_goes_on_at_the_rate_reached() -> None:
    given = training(Cosine(warmup=0.1, final=0.2))
    old = rate_curve(Plan.of(given, EXAMPLES))
    made, new = longer(given, 60, 150, "keep")
    assert np.array_equal(new.rate[:40], old.rate[60:])
    assert new.rate[40:] == pytest.approx(old.last)
    assert len(new.rate) == 90
    assert made.stages[0].optimizer is None  # what was open stays so


def test_that_keep_of_a_level_schedule_only_moves_the_end() -> None:
    for schedule in (Constant(), Plateau()):
        made, _ = longer(training(schedule), 100, 150, "keep")
        assert (made.stages, made.budget) == ((), steps(150))


def test_that_stretch_is_as_if_the_length_had_been_asked_for_at_first() -> None:
    made, new = longer(training(Cosine()), 60, 150, "stretch")
    whole = rate_curve(Plan.of(training(Cosine(), 150), EXAMPLES))
    assert np.array_equal(new.rate, whole.rate[60:])
    assert made.stages == ()


def test_that_restart_begins_anew_with_a_warm_up() -> None:
    made, new = longer(training(Exponential()), 60, 160, "restart")
    assert [stage.budget.stop_point for stage in made.stages] == [60, 100]
    assert new.rate[0] < 0.001
    assert new.rate.max() == pytest.approx(0.01)
    assert new.rate[-1] < 0.0002
    again, _ = longer(made, 160, 260, "restart")
    assert [stage.name for stage in again.stages] == ["train", "from step 60", "from step 160"]


def test_that_every_stage_of_a_staged_run_keeps_its_place() -> None:
    given = TrainingSpec(
        stages=(
            Stage(name="head", budget=steps(30), optimizer=SGD(learning_rate=0.1)),
            Stage(name="all", budget=Budget(unit="epochs", stop_point=2.5), schedule=Cosine()),
        )
    )
    plan = Plan.of(given, EXAMPLES)
    for choice in CHOICES:
        made = Plan.of(lengthened(given, plan, 40, steps(200), choice), EXAMPLES)
        assert made.total_steps == 200
        assert (made.stages[0].from_step, made.stages[0].to_step) == (0, 30)
        assert made.stage_at(39).stage.name == "all"


def test_that_both_rates_of_muon_follow() -> None:
    given = TrainingSpec(budget=steps(100), schedule=Cosine(final=0.5), optimizer=Muon())
    made = lengthened(given, Plan.of(given, EXAMPLES), 100, steps(150), "keep")
    kept = made.stages[-1].optimizer
    assert isinstance(kept, Muon)
    assert kept.adamw_learning_rate / kept.learning_rate == pytest.approx(0.001 / 0.02)
    assert kept.learning_rate == pytest.approx(0.01, rel=0.01)


def test_that_changes_made_on_the_way_are_in_the_rate_kept() -> None:
    change = Change(step=50, field="training.optimizer.learning_rate", value=0.004)
    given = TrainingSpec(budget=steps(100), schedule=Exponential(final=0.5), changes=(change,))
    made = lengthened(given, Plan.of(given, EXAMPLES, [change]), 60, steps(150), "keep")
    curve = rate_curve(Plan.of(made, EXAMPLES, made.changes), 60)
    assert curve.last == pytest.approx(0.002, rel=0.02)


@pytest.mark.parametrize(
    ("total", "choice", "word"),
    [(50, "stretch", "ends at step 50"), (80, "keep", "becomes shorter, by 20 steps")],
)
def test_that_what_makes_no_sense_is_refused(total: int, choice: Choice, word: str) -> None:
    with pytest.raises(SpecError, match=word):
        longer(training(Cosine()), 60, total, choice)


@pytest.mark.parametrize(
    ("schedule", "total", "wanted"),
    [
        (Cosine(), 200, "restart"),
        (Cosine(final=0.3), 200, "keep"),
        (Constant(), 200, "keep"),
        (Plateau(), 200, "stretch"),
        (Constant(), 80, "stretch"),
    ],
)
def test_that_the_advice_follows_the_rate_that_is_left(schedule: ScheduleSpec, total: int, wanted: str) -> None:
    choice, because = recommended(Plan.of(training(schedule), EXAMPLES), total)
    assert choice == wanted
    assert because.endswith(".")


def test_that_a_long_curve_is_computed_at_its_ends_and_many_steps_between() -> None:
    curve = rate_curve(Plan.of(training(Cosine(), 1_000_000), EXAMPLES))
    assert (curve.step[0], curve.step[-1], len(curve.step)) == (0, 999_999, MOST)
    assert np.all(np.diff(curve.step) > 0)

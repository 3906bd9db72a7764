"""Another length or another schedule for a run that goes on from a step: what becomes of the learning rate.

A schedule is a function of the share of its stage that lies behind, so the rate follows from how long the stages are:

- *keep*: the stages stay as they are, and a stage of the rate reached at their end is added;
- *stretch*: the last stage is made longer (or shorter), as if that length had been asked for from the beginning; the
  rate jumps to where the longer schedule stands;
- *restart*: the stage under way ends here, and the schedule begins anew with a warm-up over the steps that are left.

Warming up again and decaying again is what Ibrahim et al. (2024, "Simple and Scalable Strategies to Continually
Pre-train Large Language Models") recommend where the rate has decayed.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from core.errors import SpecError
from core.spec.budget import StagePlan
from core.spec.optimizers import OptimizerSpec
from core.spec.plan import Plan
from core.spec.rate_curve import rate_of_last_step
from core.spec.schedules import Constant, OneCycle, Plateau, ScheduleSpec
from core.spec.training import Budget, Stage, TrainingSpec

Choice = Literal["keep", "stretch", "restart"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
WARM_UP = 0.05  # share of the steps left that a restarted schedule spends raising the rate
_LOW = 0.1  # of the full rate: below it, going on at the rate reached teaches little


def recommended(plan: Plan, total: int) -> tuple[Choice, str]:
    """Return the choice for going on to step `total` after `plan`, and why, in a sentence."""
    last = plan.stages[-1]
    share = rate_of_last_step(plan) / plan.optimizer(last.number).learning_rate
    if total < plan.total_steps:
        return "stretch", "The run becomes shorter: the schedule is fitted into it."
    if isinstance(last.stage.schedule, Plateau):
        return "stretch", "The rate follows what is measured, so only the end moves."
    if share >= _LOW:
        return "keep", f"At its end the schedule leaves {share:.0%} of the full rate, enough to go on with."
    return "restart", f"At its end the schedule leaves {share:.2%} of the full rate: going on at that teaches little."


def lengthened(
    training: TrainingSpec, plan: Plan, step: int, budget: Budget, choice: Choice, schedule: ScheduleSpec | None = None
) -> TrainingSpec:
    """Return the training that has run by `plan` up to `step` and goes on until `budget` is spent, as `choice` says.

    `training` is as the spec says it, and `plan` is what it comes to with the changes made so far.  The budget counts
    from the first run's beginning.  `schedule` is another one than that under way.  Raises SpecError where the choice
    makes no sense.
    """
    total = plan.ruler.end_of(budget)
    if total <= step:
        raise SpecError(
            f"The budget ends at step {total:,}, and the run goes on from step {step:,}.",
            where="training.budget.stop_point",
            remedy=f"Give more: it counts from the first run's beginning, {step:,} steps back.",
        )
    # The stages say where they end from here on: a change that moved an end has done so, or comes too late.
    changes = tuple(change for change in training.changes if not change.field.endswith("budget.stop_point"))
    training = msgspec.structs.replace(training, changes=changes)
    if choice == "restart":
        return msgspec.structs.replace(training, stages=_restarted(training, plan, step, total, schedule))
    if choice == "keep":
        _require_keepable(plan, total, other_schedule=schedule is not None)
        if not _is_level(plan.stages[-1].stage.schedule):
            return msgspec.structs.replace(training, stages=_kept(training, plan, total))
    if not training.stages:
        return msgspec.structs.replace(training, budget=budget, schedule=schedule or training.schedule)
    return msgspec.structs.replace(training, stages=_stretched(training, plan, total, schedule))


def _require_keepable(plan: Plan, total: int, *, other_schedule: bool) -> None:
    if other_schedule:
        raise SpecError("Another schedule was chosen, so there is none to keep.", remedy="Choose stretch or restart.")
    if total < plan.total_steps:
        raise SpecError(
            f"The run becomes shorter, by {plan.total_steps - total:,} steps, so its schedule cannot be kept.",
            remedy="Choose stretch, which fits it into the new length, or restart.",
        )


def _is_level(schedule: ScheduleSpec | None) -> bool:
    """Say whether a schedule gives the same rates however long its stage is."""
    return isinstance(schedule, Plateau) or (isinstance(schedule, Constant) and schedule.warmup == 0)


def _kept(training: TrainingSpec, plan: Plan, total: int) -> tuple[Stage, ...]:
    stages = [_fixed(training, stage) for stage in plan.stages]
    if total == plan.total_steps:
        return tuple(stages)
    optimizer = plan.optimizer(plan.stages[-1].number)
    reached = _at_rate(optimizer, rate_of_last_step(plan) / optimizer.learning_rate)
    return (*stages, _stage(stages, "kept rate", total - plan.total_steps, reached, Constant()))


def _stretched(training: TrainingSpec, plan: Plan, total: int, schedule: ScheduleSpec | None) -> tuple[Stage, ...]:
    there = [stage for stage in plan.stages if stage.from_step < total]
    stages = [_fixed(training, stage) for stage in there]
    last = msgspec.structs.replace(stages[-1], budget=_steps(total - there[-1].from_step))
    return (*stages[:-1], last if schedule is None else msgspec.structs.replace(last, schedule=schedule))


def _restarted(
    training: TrainingSpec, plan: Plan, step: int, total: int, schedule: ScheduleSpec | None
) -> tuple[Stage, ...]:
    under_way = next((stage for stage in reversed(plan.stages) if stage.from_step < step), plan.stages[0])
    stages = [_fixed(training, stage) for stage in plan.stages[: under_way.number + 1]]
    if step > under_way.from_step:
        stages[-1] = msgspec.structs.replace(stages[-1], budget=_steps(step - under_way.from_step))
    else:
        stages.pop()  # nothing has been trained yet
    own = _written(training, under_way).optimizer is not None
    optimizer = plan.optimizer(under_way.number) if own else None
    begun = schedule or _with_warm_up(under_way.stage.schedule)
    return (*stages, _stage(stages, f"from step {step:,}", total - step, optimizer, begun))


def _fixed(training: TrainingSpec, plan: StagePlan) -> Stage:
    """Return a stage whose length is said in steps; what its spec leaves to the training stays so."""
    written = _written(training, plan)
    return msgspec.structs.replace(written, name=plan.stage.name, budget=_steps(plan.to_step - plan.from_step))


def _written(training: TrainingSpec, plan: StagePlan) -> Stage:
    """Return a stage as the spec has it; a training without stages has one that leaves everything open."""
    return training.stages[plan.number] if training.stages else Stage()


def _steps(count: int) -> Budget:
    return Budget(unit="steps", stop_point=float(count))


def _stage(
    before: list[Stage], name: str, steps: int, optimizer: OptimizerSpec | None, schedule: ScheduleSpec | None
) -> Stage:
    names = {stage.name for stage in before}
    unique = next(
        one
        for number in range(1, len(names) + 2)
        if (one := name if number == 1 else f"{name} ({number})") not in names
    )
    return Stage(name=unique, budget=_steps(steps), optimizer=optimizer, schedule=schedule)


def _at_rate(optimizer: OptimizerSpec, share: float) -> OptimizerSpec:
    """Return an optimizer whose full rates are a share of what they were."""
    rates = {
        name: getattr(optimizer, name) for name in ("learning_rate", "adamw_learning_rate") if hasattr(optimizer, name)
    }
    return msgspec.structs.replace(optimizer, **{name: max(rate * share, 1e-30) for name, rate in rates.items()})


def _with_warm_up(schedule: ScheduleSpec | None) -> ScheduleSpec | None:
    """Return a schedule that begins with a warm-up: one cycle does so by itself, and a plateau has none to give."""
    if schedule is None or isinstance(schedule, OneCycle | Plateau):
        return schedule
    return msgspec.structs.replace(schedule, warmup=max(schedule.warmup, WARM_UP))

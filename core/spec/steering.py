"""Whether a running job can be told a new value now, and what it then has to do."""

from __future__ import annotations

import msgspec

from core.errors import SpecError
from core.spec.budget import StagePlan
from core.spec.field import plain
from core.spec.plan import Plan
from core.spec.problem import refusal
from core.spec.rules import impossible, impossible_with
from core.spec.spec import Spec
from core.spec.steerable import Steerable, find, problems_of_value
from core.spec.training import Change


def steered(
    spec: Spec, plan: Plan, step: int, name: str, value: object, *, task: str, has_validation: bool
) -> tuple[Change, Plan]:
    """Return the change that setting `name` to `value` after `step` steps is, and the plan from there on.

    `name` is a path of the spec or its end, such as weight_decay, which then is that of the stage under way.  Raises
    SpecError when nothing of that name can be changed, when the value is outside its limits, cannot work together with
    the rest, or comes too late to have an effect.
    """
    stage = plan.stage_at(step)
    one = find(plan.training, name, stage.number)
    if problems := problems_of_value(one, value):
        raise refusal(problems)
    assert isinstance(value, int | float)
    _require_effect(one, value, plan, stage)
    change = Change(step=step, field=one.path, value=float(value))
    new = plan.after(change)
    _require_rest(new, stage.number, step)
    whole = msgspec.structs.replace(spec, training=msgspec.structs.replace(new.training, changes=()))
    if problems := [*impossible(whole), *impossible_with(whole, task, has_validation=has_validation)]:
        raise refusal(problems)
    return change, new


def _require_effect(one: Steerable, value: int | float, plan: Plan, stage: StagePlan) -> None:
    """Refuse what would change nothing."""
    if value == one.value:
        raise SpecError(f"It is {plain(value)} already.", where=one.path)
    if one.stages[-1] < stage.number:
        over = plan.stages[one.stages[-1]].stage.name
        raise SpecError(f"Stage {over} is over.", where=one.path, remedy=f"The run is in stage {stage.stage.name}.")


def _require_rest(plan: Plan, number: int, step: int) -> None:
    """Refuse to end a stage where the run has been already."""
    stage = plan.stages[number]
    if stage.to_step > step:
        return
    budget = stage.stage.budget
    spent = plan.ruler.spent(budget, stage.from_step, step)
    raise SpecError(
        f"{plain(budget.stop_point)} {budget.unit} end at step {stage.to_step:,}, and the run is at step {step:,}.",
        where="training.budget.stop_point",
        remedy=f"Give more than {spent:.6g} {budget.unit.replace('_', ' ')}, or stop the run.",
    )

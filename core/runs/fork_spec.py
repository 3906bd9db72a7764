"""The spec of a run that starts from a checkpoint: the parent's, with what is to be different.

A fork carries the full state on, so a change must leave that state a meaning: another order of examples, another shape
of model or another kind of optimizer would not, and is refused with what to do instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from core.errors import SpecError
from core.spec.budget import Ruler
from core.spec.catalog import Catalog
from core.spec.diff import Difference, differences
from core.spec.lengthening import CHOICES, Choice, lengthened, recommended
from core.spec.optimizers import OptimizerSpec
from core.spec.overrides import apply_overrides
from core.spec.plan import Plan
from core.spec.problem import Problem, refusal
from core.spec.read import complete_dict, spec_from_dict, to_dict
from core.spec.rules import impossible
from core.spec.spec import Spec
from core.spec.training import Budget, Change, TrainingSpec

OWN = ("name", "notes", "tags", "start")
_SHAPELESS = ("model.dropout", "model.activation")
_HARMLESS_DATA = ("data.augment.", "data.memory_limit")
_OF_LENGTH = ("training.budget.", "training.schedule.")
_FROM_HERE = "training.batch_size"  # what lies behind was counted with the old one


class ForkSpec(msgspec.Struct, frozen=True):
    """The spec of a fork with how it came about.

    `choice` is None where neither length nor schedule changes; `options` are the choices that make sense then.
    """

    spec: Spec
    plan: Plan  # what the spec comes to, changes made so far included
    changed: tuple[Difference, ...]
    choice: Choice | None = None
    recommended: Choice | None = None
    because: str = ""
    options: tuple[Choice, ...] = ()


def changes_held(counters: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the changes that the counters of a checkpoint say have been made, in order."""
    return msgspec.convert(counters.get("changes", []), tuple[Change, ...])


def fork_spec(
    parent: Spec,
    held: Sequence[Change],
    train_examples: int,
    step: int,
    overrides: Iterable[str] = (),
    choice: Choice | None = None,
    catalog: Catalog | None = None,
) -> ForkSpec:
    """Return the spec of a fork at `step` of a run with spec `parent`, whose checkpoint has made the changes `held`.

    Raises SpecError, whose `problems` lists everything, for changes that a full state cannot take.
    """
    pending = tuple(change for change in parent.training.changes if change.step >= step and change not in held)
    then = msgspec.structs.replace(parent.training, changes=(*held, *pending))
    before = to_dict(msgspec.structs.replace(parent, training=then))
    wanted = complete_dict(apply_overrides(before, overrides), catalog)
    found = [change for change in differences(before, wanted) if change.path.partition(".")[0] not in OWN]
    if problems := [problem for change in found for problem in _impossible(change, step, choice == "restart")]:
        raise refusal(problems)
    spec = spec_from_dict(_with_changes(before, wanted, found, step), catalog)
    made = ForkSpec(spec, Plan.of(then, train_examples, held), tuple(found))
    if choice == "restart" or any(change.path.startswith(_OF_LENGTH) for change in found):
        made = _lengthened(made, then, train_examples, step, choice)
    now = (change for change in made.spec.training.changes if change.step <= step)
    plan = Plan.of(made.spec.training, train_examples, now)
    if plan.total_steps <= step:
        raise SpecError(
            f"The budget is spent at step {plan.total_steps:,}, so nothing is left to train from step {step:,}.",
            where="training.budget.stop_point",
            remedy="Set training.budget.stop_point higher; it counts from the first run's beginning.",
        )
    if problems := impossible(made.spec):
        raise refusal(problems)
    return msgspec.structs.replace(made, plan=plan)


def length_of(plan: Plan) -> Budget:
    """Return how long a plan is, in the unit in which its training counts; in steps where stages have their own."""
    unit = plan.training.budget.unit
    if unit == "steps" or plan.training.stages:
        return _steps(plan.total_steps)
    return Budget(unit=unit, stop_point=_units(plan.ruler, unit, plan.total_steps))


def twice_as_long(plan: Plan) -> Budget:
    """Return the budget of twice a plan's length: what "train longer" proposes."""
    length = length_of(plan)
    return msgspec.structs.replace(length, stop_point=2 * length.stop_point)


def _units(ruler: Ruler, unit: str, step: int) -> float:
    """Return how many units lie behind after `step` steps, without the rounding of division."""
    return round(ruler.examples_at(step) / ruler.examples_in(unit), 6)


def _impossible(change: Difference, step: int, restarts: bool) -> list[Problem]:
    """Return why a change cannot be taken by a fork; nothing when it can."""
    path = change.path
    anew = "Make a warm start instead: it takes the weights alone."
    if path == "seed":
        return [Problem(path, "A fork goes on in the order of examples that the seed has dealt.", anew)]
    if path.startswith("data.") and not path.startswith(_HARMLESS_DATA):
        return [
            Problem(path, "A fork goes on in the middle of the order of its examples, so they stay the same.", anew)
        ]
    if path.startswith("model.") and path not in _SHAPELESS:
        return [Problem(path, "The state of a fork is of the model as it is.", anew)]
    memory = path == "training.optimizer.kind" or (
        path == "training.optimizer.momentum" and (change.left == 0) != (change.right == 0)
    )
    if memory and not restarts:
        message = "The optimizer's memory is of its kind, so it cannot go on with another."
        return [Problem(path, message, "Choose the schedule restart: a new stage, whose optimizer begins anew.")]
    if path == "training.changes" or path.startswith("training.changes."):
        return [
            Problem(path, f"What was changed up to step {step:,} is part of the state.", "Set the values themselves.")
        ]
    return []


def _with_changes(before: dict[str, Any], wanted: dict[str, Any], found: list[Difference], step: int) -> dict[str, Any]:
    """Return the table of a fork: a changed value holds from here on, whatever changes were made to it before."""
    training = dict(wanted["training"])
    paths = {change.path for change in found}
    changes = [change for change in training["changes"] if change["field"] not in paths or _is_measure(change["field"])]
    if _FROM_HERE in paths:
        size = training["batch_size"]
        training["batch_size"] = before["training"]["batch_size"]
        at = next((place for place, change in enumerate(changes) if change["step"] > step), len(changes))
        changes.insert(at, {"step": step, "field": _FROM_HERE, "value": float(size)})
    return {**wanted, "training": {**training, "changes": changes}}


def _is_measure(field: str) -> bool:
    """Say whether steps and examples are counted by a value, so that a change of it that was made stays made."""
    return field == _FROM_HERE or field.endswith("budget.stop_point")


def _lengthened(made: ForkSpec, then: TrainingSpec, train_examples: int, step: int, choice: Choice | None) -> ForkSpec:
    """Return a fork whose length or schedule is another, as chosen or as recommended."""
    wanted = made.spec.training
    schedule = wanted.schedule if wanted.schedule != then.schedule else None
    # What lies behind went as it went: the old schedule, and an optimizer of another kind, stay with it.
    other = wanted.optimizer if _is_other_kind(then.optimizer, wanted.optimizer) else None
    behind = msgspec.structs.replace(
        wanted, schedule=then.schedule, budget=then.budget, optimizer=then.optimizer if other else wanted.optimizer
    )
    plan = Plan.of(behind, train_examples, (change for change in behind.changes if change.step <= step))
    budget = wanted.budget if wanted.budget != then.budget else _steps(plan.total_steps)

    def chosen(one: Choice) -> TrainingSpec:
        return lengthened(behind, plan, step, budget, one, schedule)

    advised, because = recommended(plan, plan.ruler.end_of(budget))
    if schedule is not None:
        advised, because = "stretch", "Another schedule is chosen: it stands where it would, had it been there before."
    training = msgspec.structs.replace(chosen(choice or advised), budget=wanted.budget)
    if other is not None:
        last = msgspec.structs.replace(training.stages[-1], optimizer=other)
        training = msgspec.structs.replace(training, stages=(*training.stages[:-1], last))
    return msgspec.structs.replace(
        made,
        spec=msgspec.structs.replace(made.spec, training=training),
        choice=choice or advised,
        recommended=advised,
        because=because,
        options=tuple(one for one in CHOICES if _is_possible(chosen, one)),
    )


def _is_possible(chosen: Callable[[Choice], TrainingSpec], choice: Choice) -> bool:
    try:
        chosen(choice)
    except SpecError:
        return False
    return True


def _is_other_kind(old: OptimizerSpec, new: OptimizerSpec) -> bool:
    """Say whether the memory of one optimizer means nothing to the other."""
    return type(old) is not type(new) or bool(getattr(old, "momentum", 0)) != bool(getattr(new, "momentum", 0))


def _steps(count: int) -> Budget:
    return Budget(unit="steps", stop_point=float(count))

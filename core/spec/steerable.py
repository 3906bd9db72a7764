"""What of a spec can be changed while its run goes on, and what the spec then says.

Named by their paths: the rates and the weight decay of each optimizer, the limit of the gradient's norm, the batch
size, patience and minimum change of early stopping, and where each budget ends.  Everything else decides what a model
or a run is, and another value of it makes another run: a fork.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from core.errors import SpecError
from core.spec.complete_schema import field_at
from core.spec.field import Field
from core.spec.overrides import set_value, value_at
from core.spec.problem import Problem, refusal
from core.spec.schema import check
from core.spec.training import Change, TrainingSpec

Number = int | float
_OF_OPTIMIZER = ("learning_rate", "adamw_learning_rate", "weight_decay")
_OF_RUN = ("clip_norm", "batch_size", "early_stopping.patience", "early_stopping.min_change")


@dataclass(frozen=True)
class Steerable:
    """One value that can be changed: where it stands, what it is now, and the stages (from 0) that follow it."""

    path: str
    field: Field
    value: Number
    stages: tuple[int, ...]

    @property
    def name(self) -> str:
        """The last word of the path, which names it among those of one stage."""
        return self.path.rpartition(".")[2]


def steerable(training: TrainingSpec) -> list[Steerable]:
    """Return what can be changed of a run trained so, with its values, in the order of the stages."""
    table = {"training": _table(training)}
    found = []
    for path, stages in _paths(training):
        field = field_at(path, table)
        value = value_at(table, path)
        if field is not None and value is not None:  # sgd has no rate of its own for vectors, and so on
            found.append(Steerable(path, field, value, stages))
    return found


def find(training: TrainingSpec, name: str, stage: int = 0) -> Steerable:
    """Return the value that `name` means: a whole path, or its end as it applies to a stage (from 0).

    Raises SpecError when there is none, or none that can be changed while a run goes on.
    """
    known = steerable(training)
    for one in known:
        if one.path == name or (stage in one.stages and one.path.endswith(f".{name}")):
            return one
    names = dict.fromkeys(one.name for one in known if stage in one.stages)
    raise SpecError(
        f"{name} cannot be changed while the run is going on.",
        remedy=f"These can: {', '.join(names)}. For anything else, fork the run.",
    )


def problems_of_value(one: Steerable, value: object) -> list[Problem]:
    """Return what is wrong with a new value by itself: its type and its limits."""
    return check(_whole(one, value), one.field.schema, one.path)


def changed(training: TrainingSpec, path: str, value: object) -> TrainingSpec:
    """Return the training with another value at `path`.  Raises SpecError when that cannot be."""
    one = find(training, path)
    if problems := problems_of_value(one, value):
        raise refusal(problems)
    table = _table(training)
    set_value(table, one.path.removeprefix("training."), _whole(one, value))
    return msgspec.convert(table, TrainingSpec)


def after(training: TrainingSpec, changes: Iterable[Change]) -> TrainingSpec:
    """Return the training once `changes` have been made, in their order.  Raises SpecError when one cannot be."""
    for change in changes:
        training = changed(training, change.field, change.value)
    return training


def _paths(training: TrainingSpec) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give the path of everything steerable, with the stages that follow it."""
    every = tuple(range(max(1, len(training.stages))))
    own = {number for number, stage in enumerate(training.stages) if stage.optimizer is not None}
    if shared := tuple(number for number in every if number not in own):
        yield from ((f"training.optimizer.{name}", shared) for name in _OF_OPTIMIZER)
    for number in sorted(own):
        yield from ((f"training.stages.{number}.optimizer.{name}", (number,)) for name in _OF_OPTIMIZER)
    yield from ((f"training.{name}", every) for name in _OF_RUN)
    if not training.stages:
        yield "training.budget.stop_point", every
    for number in range(len(training.stages)):
        yield f"training.stages.{number}.budget.stop_point", (number,)


def _whole(one: Steerable, value: object) -> object:
    """Return 32 for 32.0 where a whole number is wanted: a change in a spec is a float."""
    if one.field.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _table(training: TrainingSpec) -> dict[str, Any]:
    table: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(training))  # lists, where builtins keep tuples
    return table

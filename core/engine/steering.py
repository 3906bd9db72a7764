"""What a running job is told: each command is checked, takes effect between two steps, and its outcome is recorded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from core.errors import CommandRefused
from core.runs.changes import OWN, change_of, own_id
from core.runs.commands import AnyCommand, CommandOutcome
from core.runs.commands_file import CommandReader, record_outcome
from core.runs.events import CommandDone, StageRow
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.spec.plan import Plan
from core.spec.training import Change

_OWN = ("id", "time", "by", "name")


def stage_rows(plan: Plan) -> list[StageRow]:
    """Return where the stages of a plan lie, as events tell it."""
    return [StageRow(name=one.stage.name, from_step=one.from_step, to_step=one.to_step) for one in plan.stages]


@dataclass(frozen=True)
class Replay:
    """A change made at its step without anybody saying so: one of the spec's, or one that a resumed run repeats.

    `told` says that the events hold it already.
    """

    command_id: str
    change: Change
    told: bool


class Steering:
    """The worker's ear: hands out commands, and writes down what became of each."""

    def __init__(self, run: RunFolder, events: EventWriter) -> None:
        self._run = run
        self._events = events
        self._reader = CommandReader(run)

    def poll(self) -> list[AnyCommand]:
        """Return new commands, in order; costs one stat when there are none."""
        return self._reader.poll()

    def applied(self, command: AnyCommand, step: int, message: str = "", **arguments: object) -> None:
        """Record that a command took effect at `step`; `arguments` are what its own turned out to mean."""
        self._record(command, step, "applied", message, arguments)

    def refused(self, command: AnyCommand, step: int, reason: CommandRefused) -> None:
        """Record that a command was refused, and why."""
        self._record(command, step, "refused", str(reason), {})

    def _record(
        self,
        command: AnyCommand,
        step: int,
        outcome: Literal["applied", "refused"],
        message: str,
        arguments: dict[str, object],
    ) -> None:
        told = msgspec.to_builtins(command)
        done = CommandDone(
            command_id=command.id,
            by=command.by,
            name=told["name"],
            arguments={key: value for key, value in told.items() if key not in _OWN} | arguments,
            outcome=outcome,
            step=step,
            message=message,
        )
        self._events.write(done)
        line = CommandOutcome(id=command.id, time=time.time(), outcome=outcome, step=step, message=message)
        record_outcome(self._run, line)


def own_change(
    replay: Replay, step: int, outcome: Literal["applied", "refused"], message: str, **more: Any
) -> CommandDone:
    """Return the event of a change that stands in the spec: as if it had been told."""
    arguments = {"path": replay.change.field, "value": replay.change.value, **more}
    return CommandDone(
        command_id=replay.command_id,
        by=OWN,
        name="set",
        arguments=arguments,
        outcome=outcome,
        step=step,
        message=message,
    )


def to_replay(
    told: Mapping[str, CommandDone], own: Sequence[Change], step: int, made: Sequence[Change]
) -> list[Replay]:
    """Return the changes that are still to be made by a run that goes on from `step`, in order.

    `told` are the changes in force by the events, `own` those of the spec, `made` those that the checkpoint holds.
    """
    found = [Replay(own_id(number), change, own_id(number) in told) for number, change in enumerate(own)]
    found += [Replay(key, change_of(done), told=True) for key, done in told.items() if done.by != OWN]
    ahead = (one for one in found if one.change.step > step or (one.change.step == step and one.change not in made))
    return sorted(ahead, key=lambda one: one.change.step)

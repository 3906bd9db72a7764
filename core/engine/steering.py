"""What a running job is told: each command is checked, takes effect between two steps, and its outcome is recorded."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from core.engine.budget import StagePlan
from core.errors import CommandRefused
from core.runs.commands import AnyCommand, CommandOutcome, SetValue
from core.runs.commands_file import CommandReader, record_outcome
from core.runs.events import AnyEvent, CommandDone, Started
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.spec.training import TrainingSpec

_OWN = ("id", "time", "by", "name")
SHORT_PATH = "learning_rate"


@dataclass(frozen=True)
class Replay:
    """A change that was applied after the step a resumed run goes on from: it is applied again at the same step."""

    command_id: str
    step: int
    path: str
    value: float


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
            name=told["name"],
            arguments={key: value for key, value in told.items() if key not in _OWN} | arguments,
            outcome=outcome,
            step=step,
            message=message,
        )
        self._events.write(done)
        line = CommandOutcome(id=command.id, time=time.time(), outcome=outcome, step=step, message=message)
        record_outcome(self._run, line)


def rate_path(training: TrainingSpec, stage: int) -> str:
    """Return the spec path of the full rate that stage number `stage` (from 0) follows."""
    own = stage < len(training.stages) and training.stages[stage].optimizer is not None
    return f"training.stages.{stage}.optimizer.learning_rate" if own else "training.optimizer.learning_rate"


def full_rate(training: TrainingSpec, plan: StagePlan, rates: Mapping[str, float]) -> float:
    """Return the full learning rate of a stage: the spec's, or what was set by command."""
    assert plan.stage.optimizer is not None
    if not rates:
        return plan.stage.optimizer.learning_rate
    return rates.get(rate_path(training, plan.number), plan.stage.optimizer.learning_rate)


def checked_rate(command: SetValue, training: TrainingSpec, stage: int) -> tuple[str, float]:
    """Return the path and the new full rate that `command` asks for.  Raises CommandRefused."""
    stages = range(max(1, len(training.stages)))
    known = sorted({rate_path(training, number) for number in stages})
    path = rate_path(training, stage) if command.path == SHORT_PATH else command.path
    if path not in known:
        raise CommandRefused(
            f"{command.path} cannot be changed while the run is going on.", remedy=f"This can: {', '.join(known)}."
        )
    value = command.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1000:
        raise CommandRefused(f"{value!r} is not a learning rate.", where=path, remedy="Give a number in (0, 1000].")
    return path, float(value)


def to_replay(history: Iterable[AnyEvent], step: int, already: Iterable[str]) -> list[Replay]:
    """Return the changes of earlier segments that a run going on from `step` has to make again, in order.

    `already` are the ids of the commands that the checkpoint holds.  Changes of a branch that somebody left by going
    back to an older checkpoint are not made again.
    """
    live: dict[str, CommandDone] = {}
    for event in history:
        if isinstance(event, Started) and event.resumed_from is not None:
            before = event.resumed_from
            live = {key: done for key, done in live.items() if done.step < before or key in event.replays}
        elif isinstance(event, CommandDone) and event.name == "set" and event.outcome == "applied":
            live[event.command_id] = event
    held = set(already)
    return [
        Replay(key, done.step, str(done.arguments["path"]), float(done.arguments["value"]))
        for key, done in live.items()
        if key not in held and done.step >= step
    ]

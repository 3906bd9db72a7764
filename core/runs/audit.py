"""The audit trail of a run: everything it was told, by whom, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.runs.changes import is_change
from core.runs.commands import Command, CommandLine, CommandOutcome, SetValue
from core.runs.events import CommandDone
from core.runs.state import RunState

Outcome = Literal["applied", "refused", "waiting"]


@dataclass(frozen=True)
class AuditRow:
    """One thing that a run was told.

    `path`, `was` and `value` are of a change, else empty or None; `was` is known once it took effect.  `step` is None
    while nobody has answered.  `holds` is False for a change on a branch that the run went back before.
    """

    id: str
    time: float
    by: str
    name: str
    path: str
    was: object
    value: object
    outcome: Outcome
    step: int | None
    message: str
    holds: bool = True


def audit(state: RunState, lines: Iterable[CommandLine] = ()) -> list[AuditRow]:
    """Return what a run was told, oldest first: by its events, and by the `lines` of its commands.jsonl.

    The lines say who sent what when, and hold what no worker has answered yet.
    """
    sent: dict[str, Command] = {}
    answered: dict[str, CommandOutcome] = {}
    for line in lines:
        if isinstance(line, CommandOutcome):
            answered[line.id] = line
        else:
            sent[line.id] = line
    rows = [_done(done, sent.pop(done.command_id, None), state) for done in state.commands]
    rows += [_sent(command, answered.get(command.id)) for command in sent.values()]
    return sorted(rows, key=lambda row: row.time)


def _done(done: CommandDone, command: Command | None, state: RunState) -> AuditRow:
    return AuditRow(
        id=done.command_id,
        time=command.time if command else done.time,
        by=done.by or (command.by if command else ""),
        name=done.name,
        path=str(done.arguments.get("path", "")),
        was=done.arguments.get("was"),
        value=done.arguments.get("value"),
        outcome=done.outcome,
        step=done.step,
        message=done.message,
        holds=not is_change(done) or state.changes.get(done.command_id) is done,
    )


def _sent(command: Command, outcome: CommandOutcome | None) -> AuditRow:
    change = command if isinstance(command, SetValue) else None
    return AuditRow(
        id=command.id,
        time=command.time,
        by=command.by,
        name=str(command.__struct_config__.tag),
        path=change.path if change else "",
        was=None,
        value=change.value if change else None,
        outcome=outcome.outcome if outcome else "waiting",
        step=outcome.step if outcome else None,
        message=outcome.message if outcome else "",
    )

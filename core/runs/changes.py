"""What a run was told to change, as far as it still holds: told on a branch that was left, it does not."""

from __future__ import annotations

from collections.abc import Iterable

from core.runs.events import AnyEvent, CommandDone, StageRow, Started
from core.spec.plan import Plan
from core.spec.training import Change

OWN = "spec"  # who sent a change that stands in the spec itself


def in_force(history: Iterable[AnyEvent]) -> dict[str, CommandDone]:
    """Return the changes that took effect on the way to where the run stands, by command id, in order.

    `history` holds at least the `started` and `command` events.
    """
    live: dict[str, CommandDone] = {}
    for event in history:
        if isinstance(event, Started):
            before = -1 if event.resumed_from is None else event.resumed_from
            live = {key: done for key, done in live.items() if done.step < before or key in event.replays}
        elif isinstance(event, CommandDone) and event.name == "set" and event.outcome == "applied":
            live[event.command_id] = event
    return live


def stage_rows(plan: Plan) -> list[StageRow]:
    """Return where the stages of a plan lie, as events tell it."""
    return [StageRow(name=one.stage.name, from_step=one.from_step, to_step=one.to_step) for one in plan.stages]


def change_of(done: CommandDone) -> Change:
    """Return the change that a command which took effect was."""
    return Change(step=done.step, field=str(done.arguments["path"]), value=float(done.arguments["value"]))

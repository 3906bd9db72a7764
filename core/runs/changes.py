"""What a run was told to change, as far as it still holds: told on a branch that was left, it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from core.runs.events import AnyEvent, CommandDone, Started
from core.spec.training import Change

if TYPE_CHECKING:
    from core.runs.state import RunState

OWN = "spec"  # who sent a change that stands in the spec itself


def own_id(number: int) -> str:
    """Return the command id of the spec's change of this number, from 0."""
    return f"{OWN}-{number}"


def in_force(history: Iterable[AnyEvent]) -> dict[str, CommandDone]:
    """Return the changes that took effect on the way to where the run stands, by command id, in order.

    `history` holds at least the `started` and `command` events.
    """
    live: dict[str, CommandDone] = {}
    for event in history:
        if isinstance(event, Started):
            live = still_in_force(live, event)
        elif isinstance(event, CommandDone) and is_change(event):
            live[event.command_id] = event
    return live


def still_in_force(live: Mapping[str, CommandDone], event: Started) -> dict[str, CommandDone]:
    """Return which changes hold in a segment that begins so."""
    before = -1 if event.resumed_from is None else event.resumed_from
    return {key: done for key, done in live.items() if done.step < before or key in event.replays}


def is_change(done: CommandDone) -> bool:
    """Say whether a command changed a value."""
    return done.name == "set" and done.outcome == "applied"


def change_of(done: CommandDone) -> Change:
    """Return the change that a command which took effect was."""
    return Change(step=done.step, field=str(done.arguments["path"]), value=float(done.arguments["value"]))


def made_changes(own: Sequence[Change], state: RunState) -> list[Change]:
    """Return the changes made up to where a run stands; `own` are those of its spec.

    Those that a fork took over with its state were told to the run it came from, not to it.
    """
    begun = state.segments[0].resumed_from if state.segments else None
    told = {done.command_id for done in state.commands}
    inherited = (change for number, change in enumerate(own) if own_id(number) not in told)
    made = [change for change in inherited if begun is not None and change.step <= begun]
    return sorted([*made, *map(change_of, state.changes.values())], key=lambda change: change.step)

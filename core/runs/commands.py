"""What a run is told while it runs: lines of commands.jsonl, and the outcome of each."""

from __future__ import annotations

from typing import Literal

import msgspec


class Command(msgspec.Struct, kw_only=True, frozen=True, tag_field="name"):
    """Base of all commands.  `by` is who sent it: window, command line, supervisor."""

    id: str
    time: float
    by: str


class Pause(Command, frozen=True, tag="pause"):
    """Wait at the next step boundary and release device memory."""


class Resume(Command, frozen=True, tag="resume"):
    """Go on after a pause."""


class Stop(Command, frozen=True, tag="stop"):
    """Finish the step, save a checkpoint, end."""


class Kill(Command, frozen=True, tag="kill"):
    """End at once, nothing is saved; carried out by the supervisor's kill ladder."""


class SaveCheckpoint(Command, frozen=True, tag="checkpoint"):
    """Save a checkpoint at the next step boundary."""


class SetValue(Command, frozen=True, tag="set"):
    """Change one value of the running job, named by its spec path."""

    path: str
    value: float | int | str | bool


AnyCommand = Pause | Resume | Stop | Kill | SaveCheckpoint | SetValue


class CommandOutcome(msgspec.Struct, kw_only=True, frozen=True, tag_field="name", tag="outcome"):
    """How a command ended; a line of its own after the command's."""

    id: str
    time: float
    outcome: Literal["applied", "refused"]
    step: int
    message: str = ""


CommandLine = AnyCommand | CommandOutcome

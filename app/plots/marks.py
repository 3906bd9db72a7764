"""What happened along a run, as marks that a strip draws: commands, pauses, stages, resumes."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from core.runs.events import CommandDone, StageBegan
from core.runs.state import Origin, RunState

Kind = Literal["command", "pause", "stage", "resume"]
_VERBS = {
    "pause": "paused",
    "resume": "resumed",
    "stop": "stop",
    "kill": "kill",
    "checkpoint": "checkpoint saved on request",
}


@dataclass(frozen=True)
class Mark:
    """One mark: x in view coordinates, the step it stands for, and what words its tooltip (rich text) when asked."""

    kind: Kind
    x: float
    step: int
    tip: Callable[[], str]


def marks_of(state: RunState, place: Callable[[float], float]) -> list[Mark]:
    """Return the marks of a run; `place` gives the view coordinate of a step."""
    marks = []
    for command in state.commands:
        if command.name == "checkpoint" and command.outcome == "applied":
            continue  # the diamond itself tells
        kind: Kind = "pause" if command.name in ("pause", "resume") and command.outcome == "applied" else "command"
        marks.append(Mark(kind, place(command.step), command.step, partial(_command_tip, command)))
    marks += [
        Mark("stage", place(stage.step), stage.step, partial(_stage_tip, stage))
        for stage in state.stages
        if stage.stage > 0
    ]
    born = state.origins[-1].until_step if state.origins else None
    marks += [
        Mark("resume", place(origin.until_step), origin.until_step, partial(_fork_tip, origin))
        for origin in state.origins
    ]
    marks += [
        Mark("resume", place(part.resumed_from), part.resumed_from, partial(_resume_tip, part.resumed_from))
        for part in state.segments
        if part.resumed_from is not None and part.resumed_from != born
    ]
    return marks


def _stage_tip(stage: StageBegan) -> str:
    return f"Stage {stage.stage + 1} · <b>{html.escape(stage.name)}</b> from step {stage.step:,}"


def _resume_tip(step: int) -> str:
    return f"<b>Went on from the checkpoint at step {step:,}</b><br>What came after it before is drawn faded."


def _fork_tip(origin: Origin) -> str:
    text = f"<b>Forked from run {html.escape(origin.run)} at step {origin.until_step:,}</b>"
    return f"{text}<br>The curve before is that run's, drawn paler."


def _command_tip(command: CommandDone) -> str:
    what = _VERBS.get(command.name, "")
    if command.name == "set":
        what = f"{command.arguments.get('path', '?')} = {command.arguments.get('value', '?')}"
    text = f"<b>{html.escape(what or command.name)}</b> at step {command.step:,}"
    if command.outcome == "refused":
        text += " · refused"
    return text + (f"<br>{html.escape(command.message)}" if command.message else "")

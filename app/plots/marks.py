"""What happened along a run, as marks that a strip draws: checkpoints, commands, stages, resumes, numbers lost."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from app.plots import wording
from app.plots.run_on_plot import model_step
from core.curves.phases import Phase, phase_at
from core.runs.events import CommandDone, StageBegan
from core.runs.state import CheckpointRow, RunState

Kind = Literal["checkpoint", "model", "command", "pause", "stage", "resume"]
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
    live: bool = True


def marks_of(state: RunState, phases: list[Phase], place: Callable[[float], float]) -> list[Mark]:
    """Return the marks of a run; `place` gives the view coordinate of a step."""
    chosen = model_step(state)
    marks = [
        Mark(
            "model" if row.step == chosen else "checkpoint",
            place(row.step),
            row.step,
            partial(_checkpoint_tip, row, row.step == chosen, phases),
            row.live,
        )
        for row in state.checkpoints
    ]
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
    marks += [
        Mark("resume", place(part.resumed_from), part.resumed_from, partial(_resume_tip, part.resumed_from))
        for part in state.segments
        if part.resumed_from is not None
    ]
    return marks


def _checkpoint_tip(row: CheckpointRow, is_model: bool, phases: list[Phase]) -> str:
    title = f"Checkpoint at step {row.step:,}" + (" · the model" if is_model else "")
    phase = phase_at(phases, row.step)
    metrics = "".join(
        f"<tr><td>{html.escape(name)}&nbsp;&nbsp;</td><td align=right>{wording.number(value)}</td></tr>"
        for name, value in sorted(row.metrics.items())
    )
    why = row.kept_because.replace("the model", "").strip(", ") if is_model else row.kept_because or row.reason
    facts = [wording.size(row.bytes), why, f"phase {phase}" if phase else ""]
    if not row.live:
        facts.append("the run went on from before it")
    return f"<b>{title}</b><table>{metrics}</table>{html.escape(' · '.join(fact for fact in facts if fact))}"


def _stage_tip(stage: StageBegan) -> str:
    return f"Stage {stage.stage + 1} · <b>{html.escape(stage.name)}</b> from step {stage.step:,}"


def _resume_tip(step: int) -> str:
    return f"<b>Went on from the checkpoint at step {step:,}</b><br>What came after it before is drawn faded."


def _command_tip(command: CommandDone) -> str:
    what = _VERBS.get(command.name, "")
    if command.name == "set":
        what = f"{command.arguments.get('path', '?')} = {command.arguments.get('value', '?')}"
    text = f"<b>{html.escape(what or command.name)}</b> at step {command.step:,}"
    if command.outcome == "refused":
        text += " · refused"
    return text + (f"<br>{html.escape(command.message)}" if command.message else "")

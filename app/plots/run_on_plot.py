"""A run as the plots are given it."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from core.runs.state import RunState


@dataclass(frozen=True)
class RunOnPlot:
    """One run to show.  `state` grows in place; `colour` is the index of its series colour.

    The first run of a list is the primary one: its phases, checkpoints and commands are drawn.
    """

    id: str
    name: str
    state: RunState
    colour: int


def model_step(state: RunState) -> int | None:
    """Return the step of the checkpoint that is the model, or would be if the run ended now; None without one."""
    if state.ended is not None and state.ended.model_step is not None:
        return state.ended.model_step
    if state.best is None:
        return None
    rows, best = state.checkpoints, state.best.step
    at = bisect_left(rows, best, key=lambda row: row.step)
    return best if at < len(rows) and rows[at].step == best else None

"""What a single checkpoint is compared with."""

from __future__ import annotations

from core.runs.state import RunState


def rival_of(state: RunState | None, step: int) -> int | None:
    """Return the run's model, else its best, else its last checkpoint, whichever is the first other than `step`."""
    if state is None:
        return None
    known = {row.step for row in state.checkpoints}
    model = state.ended.model_step if state.ended is not None else None
    best = state.best.step if state.best is not None else None
    last = max((row.step for row in state.checkpoints if row.live), default=None)
    return next((one for one in (model, best, last) if one is not None and one in known and one != step), None)

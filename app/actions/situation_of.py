"""The situation that the actions' rules look at, taken from a window's parts."""

from __future__ import annotations

from app.actions.situation import Situation
from app.compare.rival import rival_of
from app.parts import Parts


def situation_of(parts: Parts, *, can_undo: bool) -> Situation:
    """Return how things stand now."""
    model = parts.model
    run = parts.current()
    state = model.state(run.id) if run else None
    checkpoint = model.selection.checkpoint
    rows = state.checkpoints if state and checkpoint else []
    chosen = next((row for row in rows if checkpoint and row.step == checkpoint[1]), None)
    waiting = [entry.run for entry in model.queue.waiting]
    return Situation(
        read_only=parts.read_only,
        draft_problems=len(parts.draft.problems),
        runs=len(model.summaries),
        selected=len(parts.selected()),
        status=run.status if run else "",
        has_points=bool(state and any(len(series) for series in state.metrics.values())),
        has_checkpoints=bool(state and state.checkpoints),
        checkpoint=model.selection.checkpoint is not None,
        checkpoints=len(model.selection.checkpoints),
        has_rival=checkpoint is not None and rival_of(state, checkpoint[1]) is not None,
        checkpoint_whole=not chosen.thinned if chosen else True,
        checkpoint_live=chosen.live if chosen else True,
        queue_place=waiting.index(run.id) if run and run.id in waiting else -1,
        queue_length=len(waiting),
        pending=parts.control.pending_for(run.id if run else "") | parts.control.pending_for(""),
        can_undo=can_undo,
    )

"""What a checkpoint's tooltip says."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence

from app.plots import wording
from app.plots.checkpoint_marks import Hit
from app.runs_view.words import age
from core.curves.phases import Phase, phase_at
from core.runs.state import CheckpointRow

_LISTED = 4  # of those that fall together with the one that is worded in full


def checkpoint_tip(hit: Hit, phases: Sequence[Phase], *, named: bool) -> str:
    """Return as rich text what a mark stands for; with the run's name where `named`."""
    points, row = hit.points, hit.points.rows[hit.index]
    title = f"Checkpoint at step {row.step:,}" + (" · the model" if hit.index == points.model else "")
    if named:
        title += f" · {points.run.name}"
    metrics = "".join(
        f"<tr><td>{html.escape(name)}&nbsp;&nbsp;</td><td align=right>{wording.number(value)}</td></tr>"
        for name, value in sorted(row.metrics.items())
    )
    facts = " · ".join(_facts(row, phases))
    why = _why(row, is_model=hit.index == points.model, is_pinned=bool(points.pinned[hit.index]))
    text = f"<b>{html.escape(title)}</b><table>{metrics}</table>{html.escape(facts)}<br>{html.escape(why)}"
    return text + _others(hit)


def spoken(hit: Hit, number: int, selected: int) -> str:
    """Return in one plain sentence which checkpoint is selected, for screen readers."""
    row = hit.points.rows[hit.index]
    metrics = ", ".join(f"{name} {wording.number(value)}" for name, value in sorted(row.metrics.items()))
    place = f", {number + 1} of {selected} selected" if selected > 1 else ""
    return f"Checkpoint at step {row.step:,} of {hit.points.run.name}{place}: {metrics or 'no metrics'}"


def _facts(row: CheckpointRow, phases: Sequence[Phase]) -> list[str]:
    phase = phase_at(phases, row.step)
    facts = [f"phase {phase}"] if phase else []
    return [*facts, wording.size(row.bytes), age(row.time, time.time())]


def _why(row: CheckpointRow, *, is_model: bool, is_pinned: bool) -> str:
    """Say why it is kept, and where it stands when the run went back before it."""
    reasons = row.kept_because.replace("the model", "").strip(", ") if is_model else row.kept_because or row.reason
    words = ", ".join(filter(None, ("pinned" if is_pinned else "", reasons)))
    told = f"kept: {words}" if words else "kept as the model"
    return told if row.live else f"{told} · the run went on from before it"


def _others(hit: Hit) -> str:
    others = [int(hit.points.steps[index]) for index in hit.group if index != hit.index]
    if not others:
        return ""
    listed = ", ".join(f"{step:,}" for step in others[:_LISTED])
    more = f" and {len(others) - _LISTED:,} more" if len(others) > _LISTED else ""
    return f"<br>{len(hit.group):,} checkpoints lie here: also {listed}{more}. Zoom in to tell them apart."

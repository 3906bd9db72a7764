"""How runs are worded and marked wherever they are shown."""

from __future__ import annotations

import math

from core.runs.progress import whole_percent
from core.runs.summary import RunSummary

STATUS_WORDS = {
    "queued": "waiting in the queue",
    "starting": "starting",
    "running": "running",
    "paused": "paused",
    "completed": "completed",
    "stopped": "stopped",
    "failed": "failed",
    "killed": "killed",
    "interrupted": "interrupted",
}
STATUS_TOKENS = {
    "queued": "text_muted",
    "starting": "accent",
    "running": "accent",
    "paused": "warning",
    "completed": "success",
    "stopped": "text_muted",
    "failed": "danger",
    "killed": "danger",
    "interrupted": "warning",
}


def fraction_done(run: RunSummary) -> float | None:
    """Return the share of the budget that is spent, 0 to 1, or None when the budget is not known yet."""
    if not run.total_steps:
        return None
    return run.fraction


def progress_words(run: RunSummary) -> str:
    """Return how a run stands in a few words: 62 %, 1 min left."""
    done = fraction_done(run)
    if run.status in ("running", "paused") and done is not None:
        percent = f"{whole_percent(done)} %"
        if run.status == "paused":
            return f"{percent}, paused"
        return f"{percent}, {duration(run.seconds_left)} left" if run.seconds_left is not None else percent
    if run.status in ("stopped", "failed", "killed", "interrupted") and done:
        return f"{run.status} at {whole_percent(done)} %"
    return STATUS_WORDS[run.status]


def descent_words(run: RunSummary) -> str:
    """Return where a run came from, in a few words; empty for one from scratch."""
    if run.parent is None or run.parent_step is None:
        return ""
    return f"{'warm start' if run.kind == 'warm_start' else 'fork'} @ {run.parent_step:,}"


def duration(seconds: float | None) -> str:
    """Return a span of time in one or two units."""
    if seconds is None or not math.isfinite(seconds):
        return "?"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" if whole >= 600 else f"{whole // 60} min {whole % 60:02d} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def age(created: float, now: float) -> str:
    """Return how long ago something happened, in one unit."""
    seconds = max(0.0, now - created)
    for limit, size, word in ((60, 1, "s"), (3600, 60, "min"), (86400, 3600, "h"), (math.inf, 86400, "d")):
        if seconds < limit:
            return f"{int(seconds // size)} {word} ago" if seconds >= 5 else "now"
    return ""


def number(value: float | None, digits: int = 4) -> str:
    """Return a metric with a fixed number of digits after the point, fewer when it is large; or in powers of ten."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return str(value)
    if value != 0 and (abs(value) < 10**-digits or abs(value) >= 1e7):
        return f"{value:.2e}"
    if abs(value) >= 1000:  # a price, say: nobody reads its ten-thousandths
        return f"{value:,.1f}"
    return f"{value:.{digits}f}"

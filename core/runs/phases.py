"""The phases of a run's learning, judged from what it recorded."""

from __future__ import annotations

from core.curves.curve import Curve
from core.curves.phases import Phase, find_phases
from core.runs.state import RunState


def phases_of(state: RunState) -> list[Phase]:
    """Return the phases of a run's learning, judged from its live training and validation loss."""
    return find_phases(*curves_of(state))


def curves_of(state: RunState) -> tuple[Curve | None, Curve | None]:
    """Return the live training and validation loss, as copies; None where there is none."""
    return _curve(state, "train/loss"), _curve(state, "valid/loss")


def _curve(state: RunState, metric: str) -> Curve | None:
    series = state.metrics.get(metric)
    if series is None:
        return None
    step, _, _, value = series.live_points()
    return Curve(step, value)

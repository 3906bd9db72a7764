"""Which checkpoint to fine-tune from: of the end of phase II, before the turn, and not simply the last one.

Phase I gives a model its organisation and phase II its details.  In phase III it learns its training examples by heart:
weights from there fit the old data best and new data worst.  So the best place to go on from with fresh data is as far
into phase II as possible and no further.  Where no turn was seen, nothing speaks against the best checkpoint there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.curves.phases import Phase, PhaseName, phase_at


@dataclass(frozen=True)
class Recommendation:
    """A checkpoint's step, its phase, why it is that one, and how sure its phase's boundary is (0 to 1)."""

    step: int
    phase: PhaseName | None
    because: str
    confidence: float


def recommend(
    phases: Sequence[Phase], checkpoints: Mapping[int, float | None], *, metric: str, higher_is_better: bool
) -> Recommendation | None:
    """Return the checkpoint to fine-tune from; None when there is none.

    `checkpoints` are those on the branch the run is on, with the value of `metric` where it was measured there.
    """
    if not checkpoints:
        return None
    last = max(checkpoints)
    turn = next((phase for phase in phases if phase.phase == "III"), None)
    detail = next((phase for phase in phases if phase.phase == "II"), None)
    if turn is not None:
        return _before_turn(phases, checkpoints, turn, last)
    best, words = _best(checkpoints, metric, higher_is_better)
    if detail is None:
        why = "The run has not come to phase II, so it still organises itself: any place is early"
        return _made(phases, best, f"{why}; {words}.", 0.0)
    if detail.answer == "none":
        why = f"Where phase II ends cannot be told ({detail.rule.rstrip('.')})"
        return _made(phases, best, f"{why}; {words}.", 0.0)
    why = "The run is in phase II and has not turned"
    tail = "" if best == last else f"; the last one, of step {last:,}, is later but no better"
    return _made(phases, best, f"{why}: {words}{tail}.", detail.confidence)


def _before_turn(
    phases: Sequence[Phase], checkpoints: Mapping[int, float | None], turn: Phase, last: int
) -> Recommendation:
    """Return the last checkpoint up to the turn, or the first one after it when there is none before."""
    at = f"validation turned at step {turn.from_step:,}, while training still improved"
    before = [step for step in checkpoints if step <= turn.from_step]
    if not before:
        first = min(checkpoints)
        why = f"The earliest checkpoint: {at}, and none was kept before that. It overfits least"
        return _made(phases, first, f"{why}.", turn.confidence)
    step = max(before)
    why = f"The end of phase II: {at}"
    tail = f"; the last checkpoint, of step {last:,}, lies in phase III and overfits" if last != step else ""
    return _made(phases, step, f"{why}{tail}.", turn.confidence)


def _best(checkpoints: Mapping[int, float | None], metric: str, higher_is_better: bool) -> tuple[int, str]:
    measured = {step: value for step, value in checkpoints.items() if value is not None and value == value}
    if not measured:
        return max(checkpoints), "this is the newest checkpoint, as none was measured"
    sign = -1.0 if higher_is_better else 1.0
    step = min(measured, key=lambda one: (sign * measured[one], one))
    return step, f"this is its best checkpoint, {metric} {measured[step]:.6g}"


def _made(phases: Sequence[Phase], step: int, because: str, confidence: float) -> Recommendation:
    return Recommendation(step, phase_at(phases, step), because, round(confidence, 3))

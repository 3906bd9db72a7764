"""Phases from boundaries: what is told of a run, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from core.curves.knee import Knee
from core.curves.turn_watch import Said

PhaseName = Literal["I", "II", "III"]
Answer = Literal["ended", "not yet", "none", "revoked"]


class Phase(msgspec.Struct, frozen=True):
    """One phase, in steps.  `to_step` is None while it lasts.

    `confidence` (0 to 1) belongs to the last boundary known of it: its end if it has ended, else its beginning.
    `answer` says whether it has ended; "none" means that its end cannot be told: the run broke, or has no validation.
    "revoked" is said of a phase III after which validation fell to a new low: it was not overfitting for good, and
    another phase II follows it.
    """

    phase: PhaseName
    from_step: int
    to_step: int | None
    confidence: float
    rule: str
    answer: Answer = "not yet"

    @property
    def learned_nothing(self) -> bool:
        """Whether this is a run that broke before it learned anything: the phase is then one in name only."""
        return self.phase == "I" and self.answer == "none"


def told(start: int, knee: Knee, said: Sequence[Said], waiting: str, broken: str) -> list[Phase]:
    """Return the phases that follow from where the boundaries are.

    `start` is the first step, `waiting` why validation has not turned, and `broken` says that the run came apart.
    """
    if knee.step is None and not said:
        return [_phase("I", start, None, 0.0 if broken else knee.confidence, broken or knee.rule)]
    phases, begin, sure = [], start, knee.confidence
    # A turn without a knee before it: the details were learned at once, or the knee lies between two points.
    if knee.step is not None:
        begin = max(round(knee.step), start)
        phases.append(Phase("I", start, begin, round(sure, 3), knee.rule, "ended"))
    for one in said:
        turn, sure = max(round(one.turn.step or 0.0), begin), one.turn.confidence
        phases.append(Phase("II", begin, turn, round(sure, 3), one.turn.rule, "ended"))
        if one.revoked is None:
            return [*phases, _phase("III", turn, None, sure, broken or one.turn.rule)]
        begin = round(one.revoked)
        phases.append(Phase("III", turn, begin, round(sure, 3), _revoked(one), "revoked"))
    return [*phases, _phase("II", begin, None, sure, broken or waiting)]


def _revoked(said: Said) -> str:
    return (
        f"Revoked: at step {said.at:,.0f} validation was said to have turned at step {said.turn.step or 0.0:,.0f}; by "
        f"step {said.revoked or 0.0:,.0f} it had fallen to a new low. It was not overfitting for good."
    )


def _phase(name: PhaseName, start: int, end: int | None, confidence: float, rule: str) -> Phase:
    return Phase(name, start, end, round(confidence, 3), rule, "none" if rule.startswith("None") else "not yet")

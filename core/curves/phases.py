"""The three phases of a learning curve, judged from what has happened so far.

Phase I: the network organises itself, the loss falls fast; it ends where most of the fall is done and the rest comes
slowly (`core.curves.knee`). Phase II: details are learned; it ends where validation turns for good while training
still improves (`core.curves.turn`). Phase III: it overfits. Each phase carries its rule in words and how sure its
boundary is. Nothing is looked up ahead: the verdict uses the points given and no others, so a live run is judged
exactly as a reopened one cut at the same point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from core.curves.broken import before_breaking, has_diverged
from core.curves.curve import Curve, Floats, Reduction, curve_of
from core.curves.knee import Knee, find_knee
from core.curves.turn import Turn, find_turn
from core.curves.widening import Widening

PhaseName = Literal["I", "II", "III"]
Answer = Literal["ended", "not yet", "none"]
_NOT_YET: Answer = "not yet"
_NONE: Answer = "none"


class Phase(msgspec.Struct, frozen=True):
    """One phase, in steps.  `to_step` is None while it lasts.

    `confidence` (0 to 1) belongs to the last boundary known of it: its end if it has ended, else its beginning.
    `answer` says whether it has ended; "none" means that its end cannot be told: the run broke, or has no validation.
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


class PhaseWatch:
    """Judges a growing run: takes its train and validation loss in parts and remembers a bounded reduction of them."""

    def __init__(self) -> None:
        self._train = Reduction()
        self._valid = Reduction()
        self._train_bins = Widening()
        self._valid_bins = Widening()
        self._first: float | None = None
        self._phases: list[Phase] | None = None

    def extend_train(self, step: Floats, value: Floats) -> None:
        """Add points of the training loss, shape (m,), following those given before."""
        self._extend(self._train, self._train_bins, step, value)

    def extend_valid(self, step: Floats, value: Floats) -> None:
        """Add points of the validation loss, shape (m,), following those given before."""
        self._extend(self._valid, self._valid_bins, step, value)

    def phases(self) -> list[Phase]:
        """Return the phases so far; recomputed only when points came.  Empty without a single finite point."""
        if self._phases is None:
            self._phases = self._judge()
        return self._phases

    def _extend(self, reduction: Reduction, bins: Widening, step: Floats, value: Floats) -> None:
        if len(step):
            first = float(step[0])
            self._first = first if self._first is None else min(self._first, first)
            reduction.extend(step, value)
            bins.extend(step, value)
            self._phases = None

    def _judge(self) -> list[Phase]:
        bins = self._train_bins if self._train_bins.points else self._valid_bins
        if self._first is None or not bins.points:
            return []
        loss, start = bins.bins(), int(self._first)
        train, valid = curve_of(self._train), curve_of(self._valid)
        broken = ""
        if has_diverged(loss):
            broken = "None: the loss has risen far above where it began; the run has diverged."
            loss, valid = before_breaking(loss), None
        elif self._train.ends_non_finite:
            broken = f"None: the training loss is not finite at step {self._train.last_non_finite:,.0f}."
        knee = find_knee(loss)
        turn = find_turn(train, valid, since=knee.step if knee.step is not None else start)
        return _told(start, knee, turn, broken)


def _told(start: int, knee: Knee, turn: Turn, broken: str) -> list[Phase]:
    """Return the phases that follow from where the boundaries are; `broken` says that the run came apart."""
    if knee.step is None and turn.step is None:
        rule, answer = (broken, _NONE) if broken else (knee.rule, _NOT_YET)
        return [Phase("I", start, None, 0.0 if broken else round(knee.confidence, 3), rule, answer)]
    phases = []
    # A turn without a knee before it: the details were learned at once, or the knee lies between two points.
    knee_step = round(knee.step) if knee.step is not None else start
    if knee.step is not None:
        phases.append(Phase("I", start, knee_step, round(knee.confidence, 3), knee.rule, "ended"))
    if turn.step is None:
        rule = broken or turn.rule
        answer = _NONE if rule.startswith("None") else _NOT_YET
        phases.append(Phase("II", knee_step, None, round(knee.confidence, 3), rule, answer))
        return phases
    turn_step = max(round(turn.step), knee_step)
    confidence = round(turn.confidence, 3)
    phases.append(Phase("II", knee_step, turn_step, confidence, turn.rule, "ended"))
    phases.append(Phase("III", turn_step, None, confidence, broken or turn.rule, _NONE if broken else _NOT_YET))
    return phases


def find_phases(train: Curve | None, valid: Curve | None) -> list[Phase]:
    """Return the phases of whole curves; either may be missing.  Any scale, any length, NaN allowed."""
    watch = PhaseWatch()
    if train is not None:
        watch.extend_train(train.step, train.value)
    if valid is not None:
        watch.extend_valid(valid.step, valid.value)
    return watch.phases()


def phase_at(phases: Sequence[Phase], step: int) -> PhaseName | None:
    """Return the phase that a step lies in, or None when it cannot be said.  A boundary ends the phase before it."""
    for phase in reversed(phases):
        if step > phase.from_step or (step == phase.from_step and phase is phases[0]):
            return None if phase.learned_nothing else phase.phase
    return None

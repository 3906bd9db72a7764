"""The three phases of a learning curve, judged from what has happened so far.

Phase I: the network organises itself, the loss falls fast; it ends at the knee (`core.curves.knee`). Phase II: details
are learned; it ends where validation turns for good while training still improves (`core.curves.turn`). Phase III: it
overfits. Each phase carries its rule in words and how sure its boundary is. Nothing is looked up ahead: the verdict
uses the points given and no others, so a live run is judged exactly as a reopened one cut at the same point.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from core.curves.curve import Curve, Floats, Reduction, curve_of
from core.curves.knee import find_knee
from core.curves.turn import find_turn

PhaseName = Literal["I", "II", "III"]


class Phase(msgspec.Struct, frozen=True):
    """One phase, in steps.  `to_step` is None while it lasts.

    `confidence` (0 to 1) belongs to the last boundary known of it: its end if it has ended, else its beginning.
    """

    phase: PhaseName
    from_step: int
    to_step: int | None
    confidence: float
    rule: str


class PhaseWatch:
    """Judges a growing run: takes its train and validation loss in parts and remembers a bounded reduction of them."""

    def __init__(self) -> None:
        self._train = Reduction()
        self._valid = Reduction()
        self._first: float | None = None
        self._phases: list[Phase] | None = None

    def extend_train(self, step: Floats, value: Floats) -> None:
        """Add points of the training loss, shape (m,), following those given before."""
        self._extend(self._train, step, value)

    def extend_valid(self, step: Floats, value: Floats) -> None:
        """Add points of the validation loss, shape (m,), following those given before."""
        self._extend(self._valid, step, value)

    def phases(self) -> list[Phase]:
        """Return the phases so far; recomputed only when points came.  Empty without a single finite point."""
        if self._phases is None:
            self._phases = self._judge()
        return self._phases

    def _extend(self, reduction: Reduction, step: Floats, value: Floats) -> None:
        if len(step):
            first = float(step[0])
            self._first = first if self._first is None else min(self._first, first)
            reduction.extend(step, value)
            self._phases = None

    def _judge(self) -> list[Phase]:
        train, valid = curve_of(self._train), curve_of(self._valid)
        loss = train if train is not None else valid
        if loss is None or self._first is None:
            return []
        start = int(self._first)
        knee = find_knee(loss)
        turn = find_turn(train, valid, since=knee.step if knee.step is not None else start)
        if turn.step is not None:
            # What training does while it overfits says nothing about where it had organised itself.
            knee = find_knee(_until(loss, turn.step))
        broken = self._broken(loss)
        if knee.step is None and turn.step is None:
            return [Phase("I", start, None, round(knee.confidence, 3), broken or knee.rule)]
        # A turn without a knee before it: the details were learned at once, or the knee lies between two points.
        knee_step = round(knee.step) if knee.step is not None else start
        phases = []
        if knee.step is not None:
            phases.append(Phase("I", start, knee_step, round(knee.confidence, 3), knee.rule))
        if turn.step is None:
            phases.append(Phase("II", knee_step, None, round(knee.confidence, 3), broken or turn.rule))
            return phases
        turn_step = max(round(turn.step), knee_step)
        phases.append(Phase("II", knee_step, turn_step, round(turn.confidence, 3), turn.rule))
        phases.append(Phase("III", turn_step, None, round(turn.confidence, 3), turn.rule))
        return phases

    def _broken(self, loss: Curve) -> str:
        """Return a sentence when the run has come apart, else nothing."""
        if self._train.ends_non_finite:
            return f"None: the training loss is not finite at step {self._train.last_non_finite:,.0f}."
        few = max(1, len(loss.value) // 16)
        if len(loss.value) >= 4 and np.median(loss.value[-few:]) > 2 * max(float(loss.value[0]), 0.0) > 0:
            return "None: the loss has risen far above where it began; the run has diverged."
        return ""


def find_phases(train: Curve | None, valid: Curve | None) -> list[Phase]:
    """Return the phases of whole curves; either may be missing.  Any scale, any length, NaN allowed."""
    watch = PhaseWatch()
    if train is not None:
        watch.extend_train(train.step, train.value)
    if valid is not None:
        watch.extend_valid(valid.step, valid.value)
    return watch.phases()


def phase_at(phases: Sequence[Phase], step: int) -> PhaseName | None:
    """Return the phase that a step lies in, or None when it cannot be said."""
    for phase in reversed(phases):
        if step >= phase.from_step:
            return phase.phase
    return None


def _until(curve: Curve, step: float) -> Curve:
    kept = curve.step <= step
    return Curve(curve.step[kept], curve.value[kept])

"""The three phases of a learning curve, judged from what has happened so far.

Phase I: the network organises itself, the loss falls fast; it ends where most of the fall is done and the rest comes
slowly (`core.curves.knee`). Phase II: details are learned; it ends where validation turns for good while training
still improves (`core.curves.turn`). Phase III: it overfits. Each phase carries its rule in words and how sure its
boundary is. Nothing is looked up ahead: the verdict uses the points given and no others, so a live run is judged
exactly as a reopened one cut at the same point.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.curves.broken import before_breaking, has_diverged
from core.curves.curve import Curve, Floats, curve_of
from core.curves.knee import Knee, KneeSearch
from core.curves.stream import Stream
from core.curves.telling import Answer, Phase, PhaseName, told
from core.curves.turn import FEWEST_POINTS, find_turn
from core.curves.turn_watch import TurnWatch
from core.curves.widening import Bins

__all__ = ["Answer", "Curve", "Phase", "PhaseName", "PhaseWatch", "find_phases", "phase_at"]

LOOKS = 1.025
MUCH_SHARPER = 0.7


class PhaseWatch:
    """Judges a growing run: takes its train and validation loss in parts and remembers a bounded reduction of them.

    Validation is looked at whenever it has grown by 2.5 %, with the training loss as it was then; so it does not matter
    in which parts the points came, and what a live run was told is what a reopened one is told.
    """

    def __init__(self) -> None:
        self._train, self._valid = Stream(), Stream()
        self._turns = TurnWatch()
        self._look_at = FEWEST_POINTS  # points of validation
        self._knees = KneeSearch(), KneeSearch()  # in the training loss, in the validation loss
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
            self._catch_up()
            self._phases = self._judge()
        return self._phases

    def _extend(self, stream: Stream, step: Floats, value: Floats) -> None:
        if len(step):
            stream.receive(step, value)
            self._phases = None

    def _catch_up(self) -> None:
        """Look again at every moment at which it was due."""
        while self._valid.received >= self._look_at:
            self._train.take_until(self._valid.step_of(self._look_at))
            self._valid.take(self._look_at)
            valid = curve_of(self._valid.reduction)
            if valid is not None:
                self._turns.look(curve_of(self._train.reduction), valid, details=self._details)
            self._look_at = max(self._look_at + 1, int(LOOKS * self._look_at))
        self._train.take(self._train.received)
        self._valid.take(self._valid.received)

    def _judge(self) -> list[Phase]:
        firsts = [stream.first for stream in (self._train, self._valid) if stream.first is not None]
        if not self._train.bins.points and not self._valid.bins.points:
            return []
        broken = ""
        if has_diverged(self._loss()):
            broken = "None: the loss has risen far above where it began; the run has diverged."
        elif self._train.reduction.ends_non_finite:
            broken = f"None: the training loss is not finite at step {self._train.reduction.last_non_finite:,.0f}."
        return told(int(min(firsts)), self._knee(), self._turns.said, self._waiting(), broken)

    def _loss(self) -> Bins:
        """Return what phase I is judged by: the training loss, or without one the validation loss."""
        return (self._train if self._train.bins.points else self._valid).bins.bins()

    def _knee(self) -> Knee:
        """Look for the end of phase I in what was taken so far: in both losses; that which shows it more sharply tells.

        The validation loss is measured over a whole set and may bend visibly where that of single batches drowns in
        noise; but it is measured less often.
        """
        loss = self._loss()
        diverged = has_diverged(loss)
        search = self._knees[0] if self._train.bins.points else self._knees[1]
        knee = search.look(before_breaking(loss) if diverged else loss)
        if diverged or search is self._knees[1] or not self._valid.bins.points:
            return knee
        of_valid = self._knees[1].look(self._valid.bins.bins())
        return of_valid if of_valid.spread < MUCH_SHARPER * knee.spread else knee

    def _details(self) -> bool:
        """Whether phase I has ended, by what was taken so far."""
        return any(
            search.has_ended(stream.bins.bins())
            for search, stream in zip(self._knees, (self._train, self._valid), strict=True)
            if stream.bins.points
        )

    def _waiting(self) -> str:
        """Return why validation has not turned."""
        few = self._valid.reduction.points < FEWEST_POINTS
        return (find_turn(None, curve_of(self._valid.reduction)) if few else self._turns.latest).rule


def find_phases(train: Curve | None, valid: Curve | None) -> list[Phase]:
    """Return the phases of whole curves; either may be missing.  Any scale, any length, NaN allowed."""
    watch = PhaseWatch()
    if train is not None:
        watch.extend_train(train.step, train.value)
    if valid is not None:
        watch.extend_valid(valid.step, valid.value)
    return watch.phases()


def phase_at(phases: Sequence[Phase], step: int) -> PhaseName | None:
    """Return the phase that a step lies in, or None when it cannot be said.  A boundary ends the phase before it.

    What was said of a phase III that is revoked was wrong: its steps lie in phase II.
    """
    for phase in reversed(phases):
        if step > phase.from_step or (step == phase.from_step and phase is phases[0]):
            if phase.learned_nothing:
                return None
            return "II" if phase.answer == "revoked" else phase.phase
    return None

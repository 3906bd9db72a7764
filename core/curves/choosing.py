"""Early stopping against checkpoint selection: what each would have kept of a run, and at which cost.

Early stopping decides while the run goes on and never sees what comes after; selection lets it run and takes the best
of what was kept.  Both are judged here from the recorded values of the monitored metric, with the very rule a run
follows (`core.curves.early_stopping`).  Up to where it would have stopped, a run that stops early is the same run, so
for any rule at least as impatient as what the run itself had this is what would have happened, not an estimate; beyond
the end of the recording nobody can say, and nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from core.curves.curve import Floats
from core.curves.early_stopping import Best, Patience
from core.spec.training import EarlyStopping

Rule = Literal["early stopping", "best checkpoint", "last checkpoint"]
PATIENCES = (2, 3, 5, 10, 20)


@dataclass(frozen=True)
class Evaluations:
    """The monitored metric, one value for each evaluation: steps, training seconds since the start, values (n,)."""

    metric: str
    higher_is_better: bool
    steps: Floats
    seconds: Floats
    values: Floats

    @property
    def best(self) -> int | None:
        """The place of the best value; None when none is finite."""
        best = Best()
        at = [place for place, value in enumerate(self.values) if best.note(place, float(value), self.higher_is_better)]
        return at[-1] if at else None


@dataclass(frozen=True)
class Kept:
    """What one way of choosing keeps.

    `stops_at` is the step at which training would have ended, None where it goes on to the end of the run.  `step` and
    `value` are of the kept weights, None where there is nothing to keep; `worse_by` is how far the value falls short of
    the best of the whole run, never negative.  `steps_saved` and `seconds_saved` are what the rest of the run cost.
    `on_disk` says whether a checkpoint of that step is there.
    """

    rule: Rule
    settings: EarlyStopping | None
    stops_at: int | None
    step: int | None
    value: float | None
    worse_by: float | None
    steps_saved: int
    seconds_saved: float
    on_disk: bool


def compare_choices(
    evaluations: Evaluations, on_disk: Collection[int], last_step: int, settings: Iterable[EarlyStopping]
) -> list[Kept]:
    """Return what early stopping with each of `settings` would have kept, then the best and the last checkpoint.

    `on_disk` are the steps of checkpoints of the branch the run is on; `last_step` is where the run stands.
    """
    rows = [_stopped(evaluations, on_disk, last_step, one) for one in settings]
    there = [place for place, step in enumerate(evaluations.steps) if int(step) in on_disk]
    best = _best_of(evaluations, there)
    rows.append(_kept("best checkpoint", evaluations, best, on_disk))
    last = max(on_disk, default=None)
    place = next((place for place in there if int(evaluations.steps[place]) == last), None)
    row = _kept("last checkpoint", evaluations, place, on_disk)
    if place is None and last is not None:  # saved where nothing was measured
        row = Kept("last checkpoint", None, None, last, None, None, 0, 0.0, on_disk=True)
    return [*rows, row]


def usual_settings(own: EarlyStopping, evaluations: int) -> list[EarlyStopping]:
    """Return the run's own setting, if it has one, and a spread of others that so many evaluations can tell apart."""
    found = [EarlyStopping(patience=patience) for patience in PATIENCES if patience < evaluations]
    if own.patience:
        found = [own, *(one for one in found if one != own)]
    return sorted(found, key=lambda one: (one.patience, one.min_change))


def _stopped(evaluations: Evaluations, on_disk: Collection[int], last_step: int, settings: EarlyStopping) -> Kept:
    """Return what early stopping keeps: the best value up to where its patience ends."""
    patience, count = Patience(), len(evaluations.values)
    higher = evaluations.higher_is_better
    stop = next((at for at in range(count) if patience.note(float(evaluations.values[at]), settings, higher)), None)
    place = _best_of(evaluations, range(count if stop is None else stop + 1))
    kept = _kept("early stopping", evaluations, place, on_disk)
    if stop is None:
        return _with(kept, settings, None, 0, 0.0)
    at = int(evaluations.steps[stop])
    seconds = float(evaluations.seconds[-1] - evaluations.seconds[stop])
    return _with(kept, settings, at, max(0, last_step - at), max(0.0, seconds))


def _with(kept: Kept, settings: EarlyStopping, stops_at: int | None, steps: int, seconds: float) -> Kept:
    return Kept(
        kept.rule, settings, stops_at, kept.step, kept.value, kept.worse_by, steps, seconds, on_disk=kept.on_disk
    )


def _best_of(evaluations: Evaluations, places: Sequence[int]) -> int | None:
    best = Best()
    for place in places:
        best.note(place, float(evaluations.values[place]), evaluations.higher_is_better)
    return best.step


def _kept(rule: Rule, evaluations: Evaluations, place: int | None, on_disk: Collection[int]) -> Kept:
    if place is None:
        return Kept(rule, None, None, None, None, None, 0, 0.0, on_disk=False)
    step, value = int(evaluations.steps[place]), float(evaluations.values[place])
    best = evaluations.best
    worse = math.nan if best is None else abs(float(evaluations.values[best]) - value)
    return Kept(rule, None, None, step, value, worse, 0, 0.0, on_disk=step in on_disk)

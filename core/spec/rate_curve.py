"""The learning rate over the steps of a run, as its plan foresees it: what is drawn before anything starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.spec.plan import Plan
from core.spec.rate_factor import factor_at
from core.spec.schedules import Plateau

MOST = 2_000  # steps of one stage that are computed; a stage with no more has all of them
Values = NDArray[np.float64]


@dataclass(frozen=True)
class RateCurve:
    """Learning rates, columns of shape (n,): `rate[i]` is that of the step after `step[i]` steps.

    `step` increases; the last one is the end of the run.
    """

    step: Values
    rate: Values

    @property
    def last(self) -> float:
        """The rate of the last step."""
        return float(self.rate[-1]) if len(self.rate) else 0.0

    def joined(self, after: RateCurve) -> RateCurve:
        """Return this curve up to where the other begins, then the other."""
        keep = self.step < (after.step[0] if len(after.step) else np.inf)
        return RateCurve(np.concatenate((self.step[keep], after.step)), np.concatenate((self.rate[keep], after.rate)))


def rate_curve(plan: Plan, from_step: int = 0, factor: float = 1.0, plateau: float = 1.0) -> RateCurve:
    """Return the rates that `plan` foresees from `from_step` to its end, all multiplied by `factor`.

    `reduce on plateau` depends on what will be measured: its rate is shown as it is now, `plateau` being what it has
    left of the rate of the stage under way.
    """
    steps: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    rates = []
    for stage in plan.stages:
        first = max(stage.from_step, from_step)
        if first >= stage.to_step:
            continue
        chosen = _spread(first, stage.to_step - 1)
        steps.append(chosen)
        schedule = stage.stage.schedule
        assert schedule is not None  # a laid out stage leaves nothing open
        full = plan.optimizer(stage.number).learning_rate
        left = plateau if isinstance(schedule, Plateau) and stage.from_step < from_step else 1.0
        rates += [full * factor_at(schedule, stage.progress(int(step))) * left * factor for step in chosen]
    return RateCurve(np.concatenate(steps).astype(np.float64), np.array(rates, np.float64))


def rate_of_last_step(plan: Plan, factor: float = 1.0) -> float:
    """Return the rate of the last step that a plan foresees."""
    return rate_curve(plan, plan.total_steps - 1, factor).last


def _spread(first: int, last: int) -> NDArray[np.int64]:
    """Return whole steps from `first` to `last`, both included: all of them, or MOST of them evenly spread."""
    count = last - first + 1
    if count <= MOST:
        return np.arange(first, last + 1)
    return np.unique(np.linspace(first, last, MOST).round().astype(np.int64))

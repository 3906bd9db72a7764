"""What the schedule `reduce on plateau` remembers; the other schedules are pure, see core/spec/rate_factor.py."""

from __future__ import annotations

import math

import msgspec

from core.spec.schedules import Plateau


class PlateauState(msgspec.Struct):
    """What `reduce on plateau` remembers: its factor so far, the best value, and evaluations since."""

    factor: float = 1.0
    best: float | None = None
    waited: int = 0

    def note(self, value: float, schedule: Plateau, higher_is_better: bool) -> bool:
        """Take note of an evaluation; return True when the rate falls.  A NaN counts as no improvement."""
        improves = self.best is None or (value > self.best if higher_is_better else value < self.best)
        if improves and not math.isnan(value):
            self.best, self.waited = value, 0
            return False
        self.waited += 1
        if self.waited < schedule.patience:
            return False
        self.waited = 0
        lowered = max(self.factor * schedule.factor, schedule.minimum)
        fell = lowered < self.factor
        self.factor = lowered
        return fell

"""What is best so far, and when to give up hoping for better."""

from __future__ import annotations

import math

import msgspec

from core.spec.training import EarlyStopping


class Best(msgspec.Struct):
    """The best value of the monitored metric and the step it was reached at; None before the first evaluation."""

    step: int | None = None
    value: float | None = None

    def note(self, step: int, value: float, higher_is_better: bool) -> bool:
        """Take note of an evaluation; return True when it is the best so far.  NaN and infinity never are."""
        if not math.isfinite(value):
            return False
        if self.value is not None and not (value > self.value if higher_is_better else value < self.value):
            return False
        self.step, self.value = step, value
        return True


class Patience(msgspec.Struct):
    """Counts evaluations without a sufficient improvement."""

    reference: float | None = None
    waited: int = 0

    def note(self, value: float, settings: EarlyStopping, higher_is_better: bool) -> bool:
        """Take note of an evaluation; return True when it is time to stop.  NaN and infinity are no improvement."""
        if settings.patience == 0:
            return False
        if self._improves(value, settings.min_change, higher_is_better):
            self.reference, self.waited = value, 0
            return False
        self.waited += 1
        return self.waited >= settings.patience

    def _improves(self, value: float, min_change: float, higher_is_better: bool) -> bool:
        if not math.isfinite(value):
            return False
        if self.reference is None:
            return True
        gain = value - self.reference if higher_is_better else self.reference - value
        return gain > min_change

"""When something is due again: `Every` of the spec as a step to wait for, so that asking costs one comparison."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable

from core.spec.budget import Ruler
from core.spec.checkpoints import SaveEvery
from core.spec.training import Every

NEVER = 2**62


class Cadence:
    """Due at fixed steps, or after a number of seconds.

    The steps are a function of the budget's arithmetic alone, so a resumed run meets the same ones.  Seconds are
    counted from when the cadence was last met, or from `start`; what is due by the clock must not touch the state.
    Of `auto`, `spacing` says how many they are.
    """

    def __init__(
        self,
        every: Every | SaveEvery,
        ruler: Ruler,
        *,
        fixed: tuple[int, ...] = (),
        spacing: Callable[[], float] = lambda: math.inf,
    ) -> None:
        self.every = every
        self.spacing = spacing
        self.ruler = ruler
        self.fixed = fixed
        self.next_step = NEVER
        self.next_time = math.inf

    def start(self, step: int, now: float) -> None:
        """Look for what is due after `step` steps and after `now` (seconds of any clock)."""
        self.next_step = min(self._next_regular(step), self._next_fixed(step))
        self.next_time = now + self._seconds()

    def due(self, step: int, now: float) -> bool:
        """Say whether it is due now; if so, look for the next time."""
        if step < self.next_step and now < self.next_time:
            return False
        self.start(step, now)
        return True

    def _seconds(self) -> float:
        if self.every.unit == "auto":
            return self.spacing()
        return self.every.interval if self.every.unit == "seconds" else math.inf

    def _next_regular(self, step: int) -> int:
        if self.every.unit in ("off", "seconds", "auto"):
            return NEVER
        if self.every.unit == "steps":
            interval = max(1.0, self.every.interval)
            return max(step + 1, math.ceil((math.floor(step / interval + 1e-9) + 1) * interval - 1e-9))
        interval = self.every.interval * self.ruler.examples_in(self.every.unit)
        times = math.floor(self.ruler.examples_at(step) / interval + 1e-9)
        return max(step + 1, self.ruler.step_at((times + 1) * interval))

    def _next_fixed(self, step: int) -> int:
        place = bisect_right(self.fixed, step)
        return self.fixed[place] if place < len(self.fixed) else NEVER

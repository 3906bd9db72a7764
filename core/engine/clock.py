"""Training seconds: they go on over segments, and stand still while the run is paused."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_WINDOW = 30  # reports that the speed is averaged over


class TrainingClock:
    """Counts training seconds since the run began; `zero` is what to subtract from `time.perf_counter()`."""

    def __init__(self, already_s: float = 0.0, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self.zero = now() - already_s
        self._stopped: float | None = None

    def seconds(self) -> float:
        """Return the training seconds so far."""
        return (self._now() if self._stopped is None else self._stopped) - self.zero

    def stop(self) -> None:
        """Stand still."""
        self._stopped = self._now()

    def go_on(self) -> None:
        """Count again."""
        if self._stopped is not None:
            self.zero += self._now() - self._stopped
            self._stopped = None


class Speed:
    """How fast the run is, over its last reports."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque(maxlen=_WINDOW)

    def note(self, seconds: float, step: int, examples: int) -> None:
        """Take note of where the run stands after `seconds` of training."""
        self._seen.append((seconds, step, examples))

    def per_second(self) -> tuple[float, float]:
        """Return steps and examples per second; 0 before there is anything to compare."""
        if len(self._seen) < 2 or self._seen[-1][0] <= self._seen[0][0]:
            return 0.0, 0.0
        (since, first, first_examples), (until, last, last_examples) = self._seen[0], self._seen[-1]
        return (last - first) / (until - since), (last_examples - first_examples) / (until - since)

    def forget(self) -> None:
        """Begin anew, after going back."""
        self._seen.clear()

"""The points of one metric on their way into the judgement: received in parts, taken in order."""

from __future__ import annotations

from core.curves.curve import Floats, Reduction
from core.curves.widening import Widening


class Stream:
    """Points wait until they are taken; what was taken is kept as two bounded reductions."""

    def __init__(self) -> None:
        self.reduction = Reduction()
        self.bins = Widening()
        self.first: float | None = None  # step of the first point
        self.received = 0
        self._taken = 0
        self._waiting: list[tuple[Floats, Floats]] = []

    def receive(self, step: Floats, value: Floats) -> None:
        """Add points of shape (m,) that follow those given before."""
        if self.first is None:
            self.first = float(step[0])
        self.received += len(step)
        self._waiting.append((step, value))

    def step_of(self, count: int) -> float:
        """Return the step of the point that is the `count`-th; it must have been received and not be taken yet."""
        index = count - 1 - self._taken
        for step, _ in self._waiting:
            if index < len(step):
                return float(step[index])
            index -= len(step)
        raise IndexError(f"point {count} of {self.received}")

    def take(self, count: int) -> None:
        """Take the first `count` points of all, as far as that was not done."""
        while self._waiting and self._taken < count:
            step, value = self._waiting[0]
            here = min(count - self._taken, len(step))
            self.reduction.extend(step[:here], value[:here])
            self.bins.extend(step[:here], value[:here])
            self._taken += here
            if here == len(step):
                self._waiting.pop(0)
            else:
                self._waiting[0] = (step[here:], value[here:])

    def take_until(self, limit: float) -> None:
        """Take all points up to and with the step `limit`."""
        while self._waiting:
            step = self._waiting[0][0]
            here = int(step.searchsorted(limit, "right"))
            if not here:
                return
            self.take(self._taken + here)

"""How far apart checkpoints lie that are saved as often as training can bear."""

from __future__ import annotations

from collections.abc import Callable

SHARE = 0.03  # of training time, for all saving; what is promised is 3.5 %
LEAST_S = 10.0
_COLD = 200e6  # bytes a second: the first copy goes into memory that was never touched


class Spacing:
    """Says after how many seconds a save is due again, so that training stands still for a small share of its time.

    What other saves cost (planned ones, new bests) counts too: the next one waits for as long as that takes to be a
    small share.  `spent` is how long training stood still so far, `cost` how long it did for the last save (None before
    the first), `trained` how long it has been going on, all in seconds; a checkpoint has about `size` bytes.
    """

    def __init__(
        self,
        least_s: float,
        size: int,
        spent: Callable[[], float],
        cost: Callable[[], float | None],
        trained: Callable[[], float],
    ) -> None:
        self._least_s = max(LEAST_S, least_s)
        self._first_s = size / _COLD
        self._spent, self._cost, self._trained = spent, cost, trained

    def __call__(self) -> float:
        """Return the seconds from now to the next save."""
        cost = self._cost()
        needed = (self._spent() + (self._first_s if cost is None else cost)) / SHARE - self._trained()
        return max(self._least_s, needed)

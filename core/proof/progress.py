"""How far a proof is, told as often as it is worth telling."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

_EVERY_S = 0.2


class Standing(NamedTuple):
    """What is being done, how much of it, and how much longer this part takes (None: cannot be told)."""

    doing: str
    step: int
    from_step: int
    to_step: int
    seconds_left: float | None


class Teller:
    """Tells `tell` how a proof stands, a few times a second."""

    def __init__(self, tell: Callable[[Standing], None] = lambda _: None) -> None:
        self._tell = tell
        self._told = self._began = 0.0
        self._doing, self._from, self._to, self._pace = "", 0, 0, 0.0

    def begin(self, doing: str, from_step: int, to_step: int, seconds_per_step: float) -> None:
        """A part of the work begins that makes these steps, each of which took the run so long."""
        self._doing, self._from, self._to, self._pace = doing, from_step, to_step, seconds_per_step
        self._began, self._told = 0.0, 0.0
        self.stands_at(from_step)

    def stands_at(self, step: int) -> None:
        """The work stands at a step; its own speed counts as soon as it has one."""
        now = time.monotonic()
        if now - self._told < _EVERY_S and step < self._to:
            return
        self._told = now
        self._began = self._began or now
        made, left = max(0, step - self._from), max(0, self._to - step)
        pace = (now - self._began) / made if made else self._pace
        self._tell(Standing(self._doing, max(step, self._from), self._from, self._to, left * pace if pace else None))

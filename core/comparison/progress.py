"""How far a comparison is, told a few times a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.comparison.request import Progress

_EVERY_S = 0.1
_TOO_SOON = 0.02  # of the work done, to tell from it how long the rest takes


class Reporter:
    """Counts work done, in examples that went through a model, against what is planned."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._total = 0
        self._done = 0
        self._doing = ""
        self._began = self._told = time.monotonic()

    def plan(self, total: int) -> None:
        """From now on the work of `total` examples lies ahead."""
        self._total, self._done, self._began = max(1, total), 0, time.monotonic()

    def doing(self, what: str) -> None:
        """Say what begins now, as a phrase without a full stop."""
        self._doing = what
        self._say()

    def took(self, count: int) -> None:
        """So many examples went through."""
        self._done += count
        if time.monotonic() - self._told >= _EVERY_S:
            self._say()

    def _say(self) -> None:
        self._told = time.monotonic()
        fraction = min(1.0, self._done / self._total) if self._total else 0.0
        left = (self._told - self._began) * (1 - fraction) / fraction if fraction > _TOO_SOON else None
        self._tell(Progress(fraction=fraction, doing=self._doing, seconds_left=left))

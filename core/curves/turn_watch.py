"""What was said about the end of phase II, in order: turns, and those that were revoked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.curves.curve import Curve
from core.curves.noise import without_spikes
from core.curves.smoothing import window_mean
from core.curves.turn import FEWEST_PATIENT, PATIENCE, Turn, find_turn, smoothing_window


@dataclass(frozen=True)
class Said:
    """A turn as it is seen now, the step at which it was first said, and the step at which it was revoked, if ever."""

    turn: Turn
    at: float
    revoked: float | None = None


class TurnWatch:
    """Looks at a growing run now and then, and stays with what it said.

    Once a turn was said it stands, also where validation sinks a little again or training stops: a later look may only
    place it better. It is revoked when validation falls to a new low: when the mean of the newest points (4 % of all,
    three at least) lies below everything before the turn, smoothed. That is epoch-wise double descent (Nakkiran,
    Kaplun, Bansal, Yang, Barak and Sutskever, Deep Double Descent, ICLR 2020), or a rate that was lowered in time.
    """

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.latest = find_turn(None, None)

    def look(self, train: Curve | None, valid: Curve, *, details: Callable[[], bool]) -> None:
        """Judge the curves as they are at the newest point of validation; `details` says whether phase I has ended."""
        now = float(valid.step[-1])
        standing = self.said[-1] if self.said and self.said[-1].revoked is None else None
        if standing is not None and _new_low(valid, standing):
            self.said[-1] = replace(standing, revoked=now)
            standing = None
        self.latest = find_turn(train, valid)
        if self.latest.step is not None and not details():
            self.latest = find_turn(train, valid, details=False)
        if self.latest.step is None:
            return
        if standing is not None:
            self.said[-1] = replace(standing, turn=self.latest)
        elif not self.said or self.latest.step > (self.said[-1].revoked or 0.0):
            self.said.append(Said(self.latest, now))


def _new_low(valid: Curve, said: Said) -> bool:
    """Return whether the newest points lie below everything before the turn."""
    value, turn = without_spikes(valid.value), said.turn.step or 0.0
    before = value[: int(np.searchsorted(valid.step, turn, "right")) + 1]
    newest = value[-max(FEWEST_PATIENT, round(PATIENCE * len(value))) :]
    if len(newest) + len(before) > len(value):
        return False
    window = min(smoothing_window(len(value)), (len(before) - 1) | 1)
    return float(newest.mean()) < float(window_mean(before, window).min())

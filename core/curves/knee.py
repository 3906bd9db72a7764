"""The end of phase I: the loss bends, most of its fall is done, and what is left comes slowly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.curves.corner import Corner, find_corner, grouped, level_of
from core.curves.noise import without_spikes
from core.curves.widening import Bins

Floats = NDArray[np.float64]

FEWEST_POINTS = 7
SLOWER = 4.0
EVIDENCE = 15.0
SMALLEST_FALL = 0.05
SURE = 0.5
SETTLING = 2.0
KEPT = 0.4
STEADY = 4
NEAR = 0.05  # of the run so far: what confidence is about
ROUGHLY = 0.1
_LOOKS = 1.15


@dataclass(frozen=True)
class Knee:
    """Where phase I ended, if it has, and by how many steps that may be off (`spread`); `rule` says why or why not."""

    step: float | None
    confidence: float
    rule: str
    spread: float = float("inf")


class KneeSearch:
    """Looks for the end of phase I whenever a run has grown by 15 %, with what it has by then and nothing later.

    Rule: phase I has ended once the loss bends: it falls at least four times slower after the bend than before it, and
    two pieces follow it so much better than one line that noise cannot be the reason (F ratio of 15), and it has fallen
    by 5 % of its first level at least. The boundary is the bend; of an exponential fall that is where 95 % is done (see
    `core.curves.corner` for the shapes that are tried). It settles until the run is twice as long, and then stays
    where it is, unless the loss falls on so far that the bend comes to lie at less than 40 % of the whole fall: then
    it was only a plateau on the way, and the search goes on. Ratios of speeds and shares of the loss's own fall have
    no unit, so neither the scale of the loss matters nor how long the run will be.
    """

    def __init__(self) -> None:
        self._looked = 0.0  # points
        self._corner: Corner | None = None
        self._settled = False
        self._recent: list[float] = []
        self._slowest = 1.0
        self._fell = False

    def look(self, loss: Bins) -> Knee:
        """Take a loss that has grown since the last look; its bins are those of `Widening`."""
        self._catch_up(loss)
        return self._told(loss)

    def has_ended(self, loss: Bins) -> bool:
        """Take a loss as `look` does and return whether phase I has ended."""
        self._catch_up(loss)
        return self._corner is not None

    def _catch_up(self, loss: Bins) -> None:
        total = np.cumsum(loss.size)
        while len(total):
            wanted = max(FEWEST_POINTS, np.ceil(self._looked * _LOOKS))
            stop = int(np.searchsorted(total, wanted)) + 1
            if stop > len(total):
                break
            self._looked = float(total[stop - 1])
            self._judge(Bins(loss.step[:stop], without_spikes(loss.value[:stop]), loss.size[:stop]))

    def _judge(self, loss: Bins) -> None:
        begin, now = _beginning(loss), float(loss.step[-1])
        if self._settled and self._corner is not None:
            lowest = float(_level(loss).min())
            if self._corner.fall >= KEPT * (self._corner.start - lowest):
                return
            self._settled = False
        corner = find_corner(loss, begin)
        self._corner, self._slowest, self._fell = None, 1.0, False
        if corner is None:
            return
        self._slowest, self._fell = corner.slower, corner.fall >= SMALLEST_FALL * abs(corner.start)
        clear = corner.slower >= SLOWER and corner.evidence >= EVIDENCE and self._fell
        if clear and corner.within(ROUGHLY * (now - begin)) >= SURE:
            self._corner = corner
            self._recent = [*self._recent[-STEADY:], corner.x]
            steady = len(self._recent) > STEADY and abs(corner.x - self._recent[0]) <= 0.15 * (corner.x - begin)
            self._settled = steady and now - begin >= SETTLING * (corner.x - begin)
        else:
            self._recent = []

    def _told(self, loss: Bins) -> Knee:
        corner, points = self._corner, int(loss.size.sum())
        if corner is None:
            return Knee(None, 0.0, self._why_not(points))
        begin, now, last = _beginning(loss), float(loss.step[-1]), float(_level(loss)[-1])
        at = corner.start - corner.fall
        before, since = corner.fall / (corner.x - begin), max(at - last, 0.0) / max(now - corner.x, 1e-12)
        slower = f"falls {before / since:,.0f} times slower" if since > 1e-3 * before else "has hardly fallen"
        rule = (
            f"By step {corner.x:,.0f} the loss had fallen from {corner.start:.3g} to {at:.3g}; since then it {slower}."
        )
        between = (now - begin) / points
        return Knee(corner.x, corner.within(NEAR * (now - begin)), rule, float(np.hypot(corner.spread, between / 2)))

    def _why_not(self, points: int) -> str:
        if points < FEWEST_POINTS:
            return f"Not yet: {points} points of loss, {FEWEST_POINTS} are needed."
        if not self._fell:
            return "Not yet: the loss has not fallen beyond its noise, or by less than 5 %."
        if self._slowest < SLOWER:
            slower = max(self._slowest, 1.0)
            return f"Not yet: the loss falls {slower:.1f} times slower than at first; {SLOWER:.0f} are needed."
        return "Not yet: the loss may have bent, but within its noise that cannot be told yet."


def find_knee(loss: Bins) -> Knee:
    """Return where phase I of a whole curve ended."""
    return KneeSearch().look(loss)


def _level(loss: Bins) -> Floats:
    return level_of(grouped(loss).value)


def _beginning(loss: Bins) -> float:
    """Return where training began: one distance of points before the first of them."""
    return float(2 * loss.step[0] - loss.step[1]) if len(loss.step) > 1 else float(loss.step[0])

"""Bins that widen with age: fine where a run begins, wide where it is long, as many as the logarithm of its length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GROWTH = 1.02  # each bin reaches 2 % further than the one before: the first 50 points are bins of their own
_LONGEST = 10**12


@dataclass(frozen=True)
class Bins:
    """Means over consecutive points: `step` and `value`, and how many points each stands for; all of shape (n,)."""

    step: Floats
    value: Floats
    size: Floats


class Widening:
    """Averages a growing curve in such bins; a million points make 540 of them.

    Where a loss falls most, in the first thousandth of a long run, bins of equal width would show nothing. The bins
    depend on the points alone, not on the parts in which they came. Values that are not finite are left out.
    """

    def __init__(self) -> None:
        self.points = 0
        self._steps = np.zeros(0)
        self._values = np.zeros(0)

    def extend(self, step: Floats, value: Floats) -> None:
        """Add points of shape (m,) that follow those given before."""
        finite = np.isfinite(step) & np.isfinite(value)
        if not finite.all():
            step, value = step[finite], value[finite]
        if not len(step):
            return
        into = int(np.searchsorted(_EDGES, self.points, "right")) - 1
        last = int(np.searchsorted(_EDGES, self.points + len(step), "left"))
        starts = np.maximum(_EDGES[into:last] - self.points, 0)
        self._steps = _added(self._steps, np.add.reduceat(step, starts), into, last)
        self._values = _added(self._values, np.add.reduceat(value, starts), into, last)
        self.points += len(step)

    def bins(self) -> Bins:
        """Return the means; the last bin may stand for fewer points than it will."""
        count = len(self._steps)
        size = np.diff(np.minimum(_EDGES[: count + 1], self.points)).astype(np.float64)
        return Bins(self._steps / size, self._values / size, size)


def _added(sums: Floats, new: Floats, into: int, count: int) -> Floats:
    """Return `count` sums with the `new` ones added from the bin `into` on."""
    grown = np.zeros(count)
    grown[: len(sums)] = sums
    grown[into:] += new
    return grown


def _edges() -> NDArray[np.int64]:
    edges = [0]
    while edges[-1] < _LONGEST:
        edges.append(max(edges[-1] + 1, int(np.ceil(edges[-1] * GROWTH))))
    return np.array(edges)


_EDGES = _edges()

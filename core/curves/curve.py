"""A learning curve as plain columns, and its reduction to a bounded number of averaged bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_BINS = 512


@dataclass(frozen=True)
class Curve:
    """Points of one metric in the order of training: `step` and `value`, float64 of shape (n,)."""

    step: Floats
    value: Floats


class Reduction:
    """At most 512 bins of equally many consecutive points, each the mean of its points; grows at O(1) per point.

    The bins depend on the points alone, not on the parts in which they came, so a live run and a reopened one are
    judged alike. Values that are not finite are counted and left out.
    """

    def __init__(self) -> None:
        self.points = 0
        self.non_finite = 0
        self.last_non_finite: float | None = None  # its step
        self.ends_non_finite = False
        self._width = 1
        self._steps = np.zeros(0)
        self._values = np.zeros(0)

    def extend(self, step: Floats, value: Floats) -> None:
        """Add points of shape (m,) that follow those given before."""
        if not len(step):
            return
        finite = np.isfinite(value) & np.isfinite(step)
        self.ends_non_finite = not bool(finite[-1])
        if not finite.all():
            lost = np.flatnonzero(~finite)
            self.non_finite += len(lost)
            self.last_non_finite = float(step[lost[-1]])
            step, value = step[finite], value[finite]
        total = self.points + len(step)
        while total > MOST_BINS * self._width:
            self._steps, self._values = _in_pairs(self._steps), _in_pairs(self._values)
            self._width *= 2
        self._steps = self._added(self._steps, step, total)
        self._values = self._added(self._values, value, total)
        self.points = total

    def bins(self) -> Curve:
        """Return the means; a last bin that is less than half full is joined to the one before it."""
        count = len(self._steps)
        sizes = np.full(count, self._width)
        if count:
            sizes[-1] = self.points - (count - 1) * self._width
        steps, values = self._steps, self._values
        if count > 1 and 2 * sizes[-1] < self._width:
            steps, values, sizes = _joined(steps), _joined(values), _joined(sizes)
        return Curve(steps / sizes, values / sizes)

    def _added(self, sums: Floats, new: Floats, total: int) -> Floats:
        """Return the sums per bin after `new`, filling the open bin first."""
        grown = np.zeros(-(-total // self._width))
        grown[: len(sums)] = sums
        if len(new):
            into = self.points // self._width
            room = self._width - self.points % self._width
            starts = np.concatenate(([0], np.arange(room, len(new), self._width)))
            grown[into : into + len(starts)] += np.add.reduceat(new, starts)
        return grown


def curve_of(reduction: Reduction | None) -> Curve | None:
    """Return a reduction's bins, or None when there is no point."""
    return reduction.bins() if reduction is not None and reduction.points else None


def _in_pairs(sums: Floats) -> Floats:
    if len(sums) % 2:
        sums = np.append(sums, 0.0)
    paired: Floats = sums.reshape(-1, 2).sum(axis=1)
    return paired


def _joined(sums: NDArray[np.generic]) -> Floats:
    """Return the sums with the last added to the one before it."""
    shorter: Floats = sums[:-1].astype(np.float64)
    shorter[-1] += float(sums[-1])
    return shorter

"""One metric of one run: points in the order they were recorded, and which of them still count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_FIRST_CAPACITY = 256


class Series:
    """Growing columns of float64, all of shape (n,); nothing is ever deleted.

    Points that were recorded after the checkpoint a run went on from are *dead*: shown faded, not part of the curve.
    The live points are strictly increasing in step, and so is every dead tail.  Appending costs amortised O(1).
    """

    def __init__(self) -> None:
        self._columns = np.empty((4, _FIRST_CAPACITY))
        self._count = 0
        self._live: list[tuple[int, int]] = []  # index ranges, in order of step
        self._dead: list[tuple[int, int]] = []
        self.inherited = 0  # how many points, from the first on, are those of the runs this one was forked from
        self.version = 0  # changes whenever points died: what was drawn of the live curve is void

    def __len__(self) -> int:
        return self._count

    @property
    def step(self) -> Values:
        """The step of every point."""
        return self._columns[0, : self._count]

    @property
    def examples(self) -> Values:
        """Examples seen by then."""
        return self._columns[1, : self._count]

    @property
    def time_s(self) -> Values:
        """Training seconds by then."""
        return self._columns[2, : self._count]

    @property
    def value(self) -> Values:
        """The metric; may be NaN or infinite."""
        return self._columns[3, : self._count]

    @property
    def live_ranges(self) -> list[tuple[int, int]]:
        """Index ranges (start, stop) of the points that count, in order of step."""
        return list(self._live)

    @property
    def dead_tails(self) -> list[tuple[int, int]]:
        """Index ranges (start, stop) of points that a resume went back before; each increases in step."""
        return sorted(self._dead)

    @property
    def live(self) -> NDArray[np.bool_]:
        """Which points count, as a mask of shape (n,)."""
        mask = np.zeros(self._count, dtype=np.bool_)
        for start, stop in self._live:
            mask[start:stop] = True
        return mask

    def live_points(self) -> tuple[Values, Values, Values, Values]:
        """Return step, examples, time in seconds and value of the live points; views while nothing has died."""
        if len(self._live) == 1:
            columns = self._columns[:, slice(*self._live[0])]
        else:
            parts = [self._columns[:, start:stop] for start, stop in self._live]
            columns = np.concatenate(parts, axis=1) if parts else np.empty((4, 0))
        return columns[0], columns[1], columns[2], columns[3]

    def live_until(self, step: float) -> tuple[Values, Values, Values, Values]:
        """Return step, examples, time in seconds and value of the live points up to `step`, as copies."""
        columns = self.live_points()
        stop = int(np.searchsorted(columns[0], step, "right"))
        steps, examples, times, values = (column[:stop].copy() for column in columns)
        return steps, examples, times, values

    def inherit(self, step: Values, examples: Values, time_s: Values, value: Values) -> None:
        """Begin with points of other runs; to be done before any other."""
        self.extend(step, examples, time_s, value)
        self.inherited = len(step)

    def virtual_epoch(self, size: int) -> Values:
        """Return the virtual epoch of every point, for virtual epochs of `size` examples."""
        return self.examples / max(1, size)

    def epoch(self, train_examples: int) -> Values:
        """Return the epoch of every point, for a training split of so many examples."""
        return self.examples / max(1, train_examples)

    def extend(self, step: Values, examples: Values, time_s: Values, value: Values) -> None:
        """Append points, columns of shape (k,).  Live points at or after a step that comes again die."""
        count = len(step)
        if not count:
            return
        start = self._count
        self._reserve(count)
        for row, column in enumerate((step, examples, time_s, value)):
            self._columns[row, start : start + count] = column
        self._count += count
        first = 0
        rising = step[1:] > step[:-1]
        if not rising.all():
            for backwards in np.flatnonzero(~rising) + 1:  # a roll-back inside one batch
                self._join(start + first, start + int(backwards))
                first = int(backwards)
        self._join(start + first, start + count)

    def cut_after(self, step: float) -> None:
        """Let the live points after `step` die: the run goes on from there."""
        self._kill(step, inclusive=False)

    def _join(self, start: int, stop: int) -> None:
        """Make the points of an index range, increasing in step, the end of the live curve."""
        first = self._columns[0, start]
        if self._live and not self._columns[0, self._live[-1][1] - 1] < first:
            self._kill(first, inclusive=True)
        if self._live and self._live[-1][1] == start:
            self._live[-1] = (self._live[-1][0], stop)
        else:
            self._live.append((start, stop))

    def _kill(self, step: float, *, inclusive: bool) -> None:
        while self._live:
            start, stop = self._live[-1]
            keep = start + int(np.searchsorted(self._columns[0, start:stop], step, "left" if inclusive else "right"))
            if keep == stop:
                return
            self.version += 1
            self._dead.append((keep, stop))
            if keep > start:
                self._live[-1] = (start, keep)
                return
            self._live.pop()

    def _reserve(self, count: int) -> None:
        needed = self._count + count
        if needed > self._columns.shape[1]:
            grown = np.empty((4, max(needed, 2 * self._columns.shape[1])))
            grown[:, : self._count] = self._columns[:, : self._count]
            self._columns = grown

"""A min/max pyramid: any stretch of a curve of any length, reduced to a few points per pixel without losing an extreme.

Level 1 holds the smallest and the largest value of every 16 points, level 2 of every 256, and so on. The pyramid knows
values by their index only; x comes with the query. So one pyramid serves every x axis, linear or logarithmic, and
stretches of a column that do not belong to the live curve can be left out without rebuilding anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.curves.growing import Growing

Floats = NDArray[np.float64]

FACTOR = 16
BLOCKS_PER_PIXEL = 1
_PIECES = 12


@dataclass
class _Level:
    """The extremes of consecutive blocks; a block without a finite value has low = inf and high = -inf."""

    low: Growing[np.float64] = field(default_factory=lambda: Growing(np.float64))
    high: Growing[np.float64] = field(default_factory=lambda: Growing(np.float64))


class Pyramid:
    """The extremes of one growing column at every scale.

    The column itself stays with its owner and is passed in whole each time, so nothing is held twice. Values that are
    not finite are in no block; their indices are kept in `non_finite`, to be shown as what they are.
    """

    def __init__(self) -> None:
        self.count = 0
        self._levels: list[_Level] = []
        self._non_finite: Growing[np.int64] = Growing(np.int64)

    @property
    def non_finite(self) -> NDArray[np.int64]:
        """Ascending indices of NaN and infinite values, shape (k,)."""
        return self._non_finite.values

    def follow(self, values: Floats) -> None:
        """Take up what was added: `values` is the whole column, shape (n,), n never smaller than before."""
        added = values[self.count :]
        if not len(added):
            return
        finite = np.isfinite(added)
        if not finite.all():
            self._non_finite.extend(np.flatnonzero(~finite).astype(np.int64) + self.count)
        self.count = len(values)
        low, high = self._first_level(values)
        number = 0
        while True:
            if number == len(self._levels):
                self._levels.append(_Level())
            level = self._levels[number]
            first = self._replace(level, low, high)
            if len(level.low) <= FACTOR:
                return
            begin = first // FACTOR * FACTOR
            low, high = level.low.values[begin:], level.high.values[begin:]
            number += 1

    def _first_level(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the new values from the last open block on, with what is not finite neutral to min and to max."""
        begin = 0
        if self._levels:
            blocks = len(self._levels[0].low)
            begin = max(blocks - 1, 0) * FACTOR
        fresh = values[begin:]
        if not len(self._non_finite) or self._non_finite.values[-1] < begin:
            return fresh, fresh
        finite = np.isfinite(fresh)
        return np.where(finite, fresh, np.inf), np.where(finite, fresh, -np.inf)

    @staticmethod
    def _replace(level: _Level, low: Floats, high: Floats) -> int:
        """Recompute a level's blocks from its last, perhaps open, block on; return the first block touched."""
        first = max(len(level.low) - 1, 0)
        level.low.replace_from(first, _reduce(np.minimum, low, np.inf))
        level.high.replace_from(first, _reduce(np.maximum, high, -np.inf))
        return first

    def query(
        self, x: Floats, values: Floats, x_from: float, x_to: float, pixels: int, *,
        start: int = 0, stop: int | None = None, log_x: bool = False,
    ) -> tuple[Floats, Floats]:  # fmt: skip
        """Return the points to draw of the indices `start` to `stop` between `x_from` and `x_to`.

        `x` and `values` are whole columns of shape (n,), n = `count`; `x` does not fall between `start` and `stop`.
        At most about `2 * BLOCKS_PER_PIXEL` points per pixel come back, plus a neighbour on either side so that
        the line leaves the view. Every finite extreme is among them; a NaN in y is a gap. With `log_x` the pixels
        are spread over the logarithm of x.
        """
        stop = self.count if stop is None else stop
        column = x[start:stop]
        first = start + max(int(np.searchsorted(column, x_from, "left")) - 1, 0)
        last = start + min(int(np.searchsorted(column, x_to, "right")) + 1, stop - start)
        pixels = max(pixels, 1)
        if last - first <= 2 * BLOCKS_PER_PIXEL * pixels:
            return self._raw(x, values, first, last)
        edges = self._edges(x, first, last, x_from, x_to, log_x)
        share = pixels / (len(edges) - 1)
        pieces = [self._blocks(x, values, int(a), int(b), share) for a, b in pairwise(edges) if b > a]
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate([piece[0] for piece in pieces]), np.concatenate([piece[1] for piece in pieces])

    @staticmethod
    def _edges(x: Floats, first: int, last: int, x_from: float, x_to: float, log_x: bool) -> NDArray[np.int64]:
        """Cut the indices into pieces of equal width on screen, where points lie much denser here than there."""
        left, right = max(x_from, float(x[first])), min(x_to, float(x[last - 1]))
        if log_x:
            positive = first + int(np.searchsorted(x[first:last], 0.0, "right"))
            left = max(left, float(x[min(positive, last - 1)]))
        if not left < right or (log_x and left <= 0):
            return np.array([first, last])
        inner = np.geomspace(left, right, _PIECES + 1) if log_x else np.linspace(left, right, _PIECES + 1)
        edges = first + np.searchsorted(x[first:last], inner[1:-1])
        edges = np.concatenate(([first], edges, [last]))
        lengths = np.diff(edges)
        even = lengths.max() <= 4 * max(int(lengths.min()), 1)
        return np.array([first, last]) if even else edges

    def _raw(self, x: Floats, values: Floats, first: int, last: int) -> tuple[Floats, Floats]:
        y = values[first:last]
        if len(self._non_finite):
            y = np.where(np.isfinite(y), y, np.nan)
        return x[first:last], y

    def _blocks(self, x: Floats, values: Floats, first: int, last: int, pixels: float) -> tuple[Floats, Floats]:
        """Return the extremes of blocks small enough that about `BLOCKS_PER_PIXEL` of them share a pixel."""
        wanted = (last - first) / (BLOCKS_PER_PIXEL * pixels)
        if wanted < 2:
            return self._raw(x, values, first, last)
        depth, size = 0, 1
        while size * FACTOR <= wanted and depth < len(self._levels):
            depth, size = depth + 1, size * FACTOR
        group = int(wanted / size)
        block = group * size
        # Whole blocks stand at multiples of their size, so a growing or moving picture does not flicker.
        inner_first, inner_last = -(-first // block), last // block
        if inner_first >= inner_last:
            return self._edge(x, values, first, last)
        low, high = self._extremes(values, depth, inner_first * group, inner_last * group, group)
        at = x[inner_first * block : inner_last * block : block]
        inner_x, inner_y = _interleave(at, float(x[inner_last * block - 1]), low, high)
        head_x, head_y = self._edge(x, values, first, inner_first * block)
        tail_x, tail_y = self._edge(x, values, inner_last * block, last)
        return np.concatenate((head_x, inner_x, tail_x)), np.concatenate((head_y, inner_y, tail_y))

    def _extremes(self, values: Floats, depth: int, first: int, last: int, group: int) -> tuple[Floats, Floats]:
        """Return low and high of `group` neighbouring entries of a level; level 0 is the column itself."""
        if depth:
            low, high = self._levels[depth - 1].low.values[first:last], self._levels[depth - 1].high.values[first:last]
        else:
            low = high = values[first:last]
            if len(self._non_finite):
                finite = np.isfinite(low)
                low, high = np.where(finite, low, np.inf), np.where(finite, high, -np.inf)
        return _in_groups(np.minimum, low, group), _in_groups(np.maximum, high, group)

    @staticmethod
    def _edge(x: Floats, values: Floats, first: int, last: int) -> tuple[Floats, Floats]:
        """Return first value, extremes and last value of a block cut by the view, straight from the column."""
        if last <= first:
            return np.empty(0), np.empty(0)
        part = values[first:last]
        finite = part[np.isfinite(part)]
        if not len(finite):
            return x[first : first + 1], np.array([np.nan])
        where = x[[first, first, last - 1, last - 1]]
        ends = np.where(np.isfinite(part[[0, -1]]), part[[0, -1]], np.nan)
        return where, np.array([ends[0], finite.min(), finite.max(), ends[1]])


def _reduce(extreme: np.ufunc, values: Floats, neutral: float) -> Floats:
    """Return the extreme of every 16 values; the last block may be short."""
    whole = len(values) // FACTOR * FACTOR
    reduced = _in_groups(extreme, values[:whole], FACTOR)
    if whole == len(values):
        return reduced
    return np.append(reduced, extreme.reduce(values[whole:], initial=neutral))


def _in_groups(extreme: np.ufunc, values: Floats, group: int) -> Floats:
    """Return the extreme of every `group` neighbours; a few passes over strides are far faster than a reduction."""
    reduced = values[::group].copy()
    for offset in range(1, group):
        extreme(reduced, values[offset::group], out=reduced)
    return reduced


def _interleave(x: Floats, end: float, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return two points per block: the low at its first x, the high half-way to the next block or to `end`."""
    at, y = np.empty(2 * len(low)), np.empty(2 * len(low))
    at[0::2] = x
    at[1:-1:2] = 0.5 * (x[:-1] + x[1:])
    at[-1] = 0.5 * (x[-1] + end)
    y[0::2], y[1::2] = low, high
    y[~np.isfinite(y)] = np.nan
    return at, y

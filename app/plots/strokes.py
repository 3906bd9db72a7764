"""From points in pixels to what Qt paints fast: separate straight strokes, and upright bars where points lie dense.

Qt's painter outlines a wide or dashed path as one polygon that crosses itself; for a few hundred noisy points that
takes tens of milliseconds.  Straight lines with square ends are filled one by one, twenty times faster, and look alike
at two pixels' width.  Where several points share a column of pixels, the column is filled between their extremes:
the same pixels again, in a time that depends on the width of the plot alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FAR = 1e6  # pixels; what lies further out is drawn there, within reach of the painter's arithmetic
_DENSE = 1.05  # points in a column of pixels
_STEEP = 3.0  # heights of a column that the line travels in it
_MOST_DASHES = 2000


class Strokes(NamedTuple):
    """Rows of x1, y1, x2, y2 for lines, shape (k, 4), and of left, top, width, height for bars, shape (m, 4)."""

    lines: Floats
    bars: Floats


NOTHING = np.empty((0, 4))


def strokes(x: Floats, y: Floats, width: float, pattern: Sequence[float], column: float) -> Strokes:
    """Return what to paint for points in pixels, shape (n,); NaN in y is a gap.

    `width` of the line, `pattern` of lengths on and off (empty: solid) and `column`, the width of a column of the
    screen, are in the same pixels.
    """
    y = np.clip(y, -FAR, FAR)
    x = np.clip(x, -FAR, FAR)
    if pattern:
        return Strokes(_dashed(x, y, width, pattern), NOTHING)
    return _columns(x, y, width, column) if _is_dense(x, y, column) else Strokes(_joined(x, y), NOTHING)


def _is_dense(x: Floats, y: Floats, column: float) -> bool:
    if len(x) < 3:
        return False
    columns = max(float(np.ptp(x)) / column, 1.0)
    return len(x) > _DENSE * columns and float(np.nansum(np.abs(np.diff(y)))) > _STEEP * column * columns


def _joined(x: Floats, y: Floats) -> Floats:
    """Return a line from every point to its neighbour, where both are numbers."""
    rows = np.column_stack((x[:-1], y[:-1], x[1:], y[1:]))
    drawn = np.isfinite(rows[:, 1]) & np.isfinite(rows[:, 3])
    return rows if drawn.all() else rows[drawn]


def _columns(x: Floats, y: Floats, width: float, column: float) -> Strokes:
    """Return a bar over the extremes of every column, and lines where two columns do not touch."""
    finite = np.isfinite(y)
    gaps = np.cumsum(~finite)[finite]
    x, y = x[finite], y[finite]
    place = np.floor(x / column)
    starts = np.append(0, np.flatnonzero((np.diff(place) != 0) | (np.diff(gaps) != 0)) + 1)
    ends = np.append(starts[1:], len(y)) - 1
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    met = gaps[starts[1:]] == gaps[starts[:-1]]
    near = np.abs(np.diff(place[starts])) <= 1
    middle = np.where(met & near, 0.5 * (y[ends[:-1]] + y[starts[1:]]), np.nan)
    for one in (slice(None, -1), slice(1, None)):  # neighbours reach half-way towards each other
        low[one], high[one] = np.fmin(low[one], middle), np.fmax(high[one], middle)
    wide = max(width, column)
    left = place[starts] * column - (wide - column) / 2
    bars = np.column_stack((left, low - width / 2, np.full(len(left), wide), high - low + width))
    lines = np.column_stack((x[ends[:-1]], y[ends[:-1]], x[starts[1:]], y[starts[1:]]))
    return Strokes(lines[met & ~near], bars)


def _dashed(x: Floats, y: Floats, width: float, pattern: Sequence[float]) -> Floats:
    """Return the lines of all dashes.  Square ends add half a width at either side, so dashes are that much shorter."""
    turns = np.flatnonzero(np.diff(np.concatenate(([False], np.isfinite(y), [False])).astype(np.int8)))
    runs = zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True)
    pieces = [_dashed_piece(x[start:stop], y[start:stop], width, pattern) for start, stop in runs if stop - start > 1]
    return np.concatenate(pieces) if pieces else NOTHING


def _dashed_piece(x: Floats, y: Floats, width: float, pattern: Sequence[float]) -> Floats:
    at = np.append(0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y))))
    period, dashes = sum(pattern), len(pattern) // 2
    if at[-1] > _MOST_DASHES * period / dashes or at[-1] <= 0:
        return _joined(x, y)
    offsets = np.cumsum(np.append(0.0, pattern))
    begins, ends = offsets[0:-1:2] + width / 2, offsets[1::2] - width / 2
    ends = np.maximum(ends, begins + 0.01)
    edges = np.column_stack((begins, ends)).ravel()
    turns = (np.arange(0.0, at[-1], period)[:, None] + edges).ravel()
    breaks = np.unique(np.concatenate((at, turns[turns < at[-1]])))
    middle = 0.5 * (breaks[:-1] + breaks[1:]) % period
    on = np.searchsorted(edges, middle, "right") % 2 == 1
    bx, by = np.interp(breaks, at, x), np.interp(breaks, at, y)
    lines: Floats = np.column_stack((bx[:-1], by[:-1], bx[1:], by[1:]))[on]
    return lines

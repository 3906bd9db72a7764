"""One metric of one run, ready to be drawn at any zoom: its pyramid, its smoothed line, its dead tails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.plots.x_axis import XAxis, around
from core.curves.growing import Growing
from core.curves.pyramid import Pyramid
from core.curves.smoothing import ExponentialMean, decay_of
from core.runs.series import Series
from core.runs.state import RunState

Floats = NDArray[np.float64]
Line = tuple[Floats, Floats]
_FEWEST_SMOOTHED = 4.0  # points
NO_LINE: Line = (np.empty(0), np.empty(0))


@dataclass(frozen=True)
class Window:
    """What is in view: x in the axis' own unit (a logarithmic axis gives plain values too) and its width in pixels."""

    axis: XAxis
    x_from: float
    x_to: float
    pixels: int
    log_x: bool = False


class Smoothed:
    """The smoothed line of a growing series: kept up to date at a cost that follows what was added."""

    def __init__(self, steps: float, *, of_logarithms: bool) -> None:
        """Smooth over about `steps` steps, whatever the number of points in them.

        For a logarithmic axis the mean is taken of the logarithms: where a loss falls by decades, a plain mean would
        be made of its oldest values alone. Values that are not positive then count as lost.
        """
        self.steps = steps
        self.of_logarithms = of_logarithms
        self.pyramid = Pyramid()
        self.values: Growing[np.float64] = Growing(np.float64)
        self._mean = ExponentialMean(0.0)
        self._version = -1
        self._spacing = 0.0

    def follow(self, series: Series) -> None:
        """Take up new points; begin again when points died or when points have come to lie much denser."""
        spacing = _spacing(series)
        stale = not 0.8 <= self._spacing / spacing <= 1.25 if spacing > 0 and self._spacing > 0 else spacing > 0
        if series.version != self._version or stale:
            self._version, self._spacing = series.version, spacing
            self.pyramid, self.values = Pyramid(), Growing(np.float64)
            self._mean = ExponentialMean(decay_of(self.steps / spacing) if spacing > 0 else 0.0)
        for start, stop in series.live_ranges:
            done = len(self.values)
            if stop <= done:
                continue
            if start > done:
                self.values.extend(np.full(start - done, np.nan))
            self.values.extend(self._smooth(series.value[max(start, done) : stop]))
        if len(self.values) < len(series):
            self.values.extend(np.full(len(series) - len(self.values), np.nan))
        self.pyramid.follow(self.values.values)

    def _smooth(self, values: Floats) -> Floats:
        if not self.of_logarithms:
            return self._mean.extend(values)
        with np.errstate(invalid="ignore"):
            known = np.where(values > 0, values, np.nan)
        return np.exp(self._mean.extend(np.log(known)))

    @property
    def changes_anything(self) -> bool:
        """Whether the line tells more than the raw one: not when fewer than four points lie in the smoothing length.

        Then it would lag behind points that can each be seen, and stand beside the checkpoints made there.
        """
        return self._mean.decay >= decay_of(_FEWEST_SMOOTHED)


class Track:
    """A series and what was derived from it.  The series stays with the run's state and is never copied."""

    def __init__(self, series: Series, state: RunState) -> None:
        self.series = series
        self.state = state
        self._pyramid = Pyramid()
        self._smoothed: Smoothed | None = None

    def follow(self, smoothing_steps: float, *, of_logarithms: bool = False) -> None:
        """Take up new points; `smoothing_steps` of 0 is off."""
        self._pyramid.follow(self.series.value)
        if smoothing_steps <= 0:
            self._smoothed = None
            return
        known = self._smoothed
        if known is None or (known.steps, known.of_logarithms) != (smoothing_steps, of_logarithms):
            self._smoothed = known = Smoothed(smoothing_steps, of_logarithms=of_logarithms)
        known.follow(self.series)

    def extent(self, axis: XAxis) -> tuple[float, float] | None:
        """Return the first and last x of the curve, dead tails included; None when there is no point."""
        ranges = self.series.live_ranges + self.series.dead_tails
        if not ranges:
            return None
        column, divisor = axis.of(self.series), axis.divisor(self.state)
        first, last = min(column[start] for start, _ in ranges), max(column[stop - 1] for _, stop in ranges)
        return float(first) / divisor, float(last) / divisor

    def raw(self, window: Window) -> Line:
        """Return the points of the live curve to draw."""
        return self._points(self._pyramid, self.series.value, self.series.live_ranges, window)

    def smooth(self, window: Window) -> Line:
        """Return the points of the smoothed line to draw; none when smoothing is off or changes nothing."""
        if self._smoothed is None or not self._smoothed.changes_anything:
            return NO_LINE
        ranges = self.series.live_ranges
        return self._points(self._smoothed.pyramid, self._smoothed.values.values, ranges, window)

    @property
    def leading(self) -> Floats:
        """The column that the line which leads shows, shape (n,): the smoothed one where it changes anything."""
        smoothed = self._smoothed is not None and self._smoothed.changes_anything
        return self._smoothed.values.values if smoothed and self._smoothed is not None else self.series.value

    def dead(self, window: Window) -> Line:
        """Return the points of all dead tails to draw, each from where it left the curve, with a gap between two."""
        pieces: list[Line] = []
        for start, stop in self.series.dead_tails:
            x, y = self._points(self._pyramid, self.series.value, [(start, stop)], window, gaps=True)
            if len(x):
                left = self._left_from(start)
                column, divisor = window.axis.of(self.series), window.axis.divisor(self.state)
                pieces += [(column[left] / divisor, self.series.value[left]), (x, y)]
        return _joined(pieces)

    def _left_from(self, start: int) -> slice:
        """Return as a slice the point that a dead tail comes from: recorded before it, or where a resume went back."""
        step = self.series.step
        if start and step[start - 1] < step[start]:
            return slice(start - 1, start)
        just_before = np.nextafter(step[start : start + 1], -np.inf)
        before = int(around(self.series, self.series.live_ranges, just_before).before[0])
        return slice(before, before + 1) if before >= 0 else slice(0, 0)

    def non_finite(self, axis: XAxis) -> tuple[Floats, NDArray[np.int64]]:
        """Return x and index of every point that is NaN or infinite, live or dead, in recorded order."""
        indices = self._pyramid.non_finite
        return axis.of(self.series)[indices] / axis.divisor(self.state), indices

    def _points(
        self, pyramid: Pyramid, values: Floats, ranges: list[tuple[int, int]], window: Window, *, gaps: bool = False
    ) -> Line:
        column, divisor = window.axis.of(self.series), window.axis.divisor(self.state)
        pieces: list[Line] = []
        for start, stop in ranges:
            left, right = window.x_from * divisor, window.x_to * divisor
            if column[start] > right or column[stop - 1] < left:
                # Its end nearest to the view is still needed: the line towards the next stretch crosses the view.
                edge = start if column[start] > right else stop - 1
                if not gaps:
                    pieces.append((column[edge : edge + 1] / divisor, values[edge : edge + 1]))
                continue
            x, y = pyramid.query(column, values, left, right, window.pixels, start=start, stop=stop, log_x=window.log_x)
            pieces.append((x / divisor if divisor != 1 else x, y))
            if gaps:
                pieces.append((x[-1:] / divisor, np.array([np.nan])))
        return _joined(pieces)


def _joined(pieces: list[Line]) -> Line:
    if len(pieces) == 1:
        return pieces[0]
    if not pieces:
        return NO_LINE
    return np.concatenate([piece[0] for piece in pieces]), np.concatenate([piece[1] for piece in pieces])


def _spacing(series: Series) -> float:
    """Return the mean distance of live points in steps; 0 with fewer than two."""
    ranges = series.live_ranges
    count = sum(stop - start for start, stop in ranges)
    if count < 2:
        return 0.0
    return float(series.step[ranges[-1][1] - 1] - series.step[ranges[0][0]]) / (count - 1)

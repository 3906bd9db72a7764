"""The drawn line of one metric of one run: raw, smoothed and dead parts, in lines that are reused for ever."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt

from app.plots.curve_layer import CurveLayer
from app.plots.line_look import (
    MOST_DASHED,
    Look,
    aside_look,
    background_look,
    dead_look,
    inherited_look,
    main_look,
    raw_look,
)
from app.plots.run_on_plot import RunOnPlot
from app.plots.track import NO_LINE, Floats, Line, Track, Window

Extent = tuple[float, float]


class DrawnLine:
    """The points and the look of one line of a layer."""

    def __init__(self, layer: CurveLayer, depth: float) -> None:
        self.depth = depth
        self.points = NO_LINE  # as drawn, in view coordinates
        self.look = background_look()
        self.clamped = False
        self._layer = layer
        layer.add(self)

    def show(self, line: Line, look: Look, *, log_x: bool, log_y: bool, most: int | None = None) -> Extent | None:
        """Draw plain values; return the lowest and highest finite view coordinate, None without one.

        On a logarithmic y axis what is not positive is drawn below the smallest positive value; `clamped` tells it.
        Of more than `most` points the means of neighbours are drawn: for lines that are means already.
        """
        x, y = line
        if log_x:
            x = _log10(x)
        if log_y:
            y, self.clamped = _log10_clamped(y)
        if most is not None and len(x) > most:
            x, y = _thinned(x, y, most)
        known = np.isfinite(x)
        if not known.all():
            x, y = x[known], y[known]
        finite = y[np.isfinite(y)]
        self.look = look
        self.points = (x, y) if len(finite) else NO_LINE
        self._layer.update()
        return (float(finite.min()), float(finite.max())) if len(finite) else None

    def remove(self) -> None:
        """Take the line out of its layer."""
        self._layer.remove(self)


class RunLine:
    """A track and its three lines.  `light` is the training side of a pair."""

    def __init__(self, layer: CurveLayer, run: RunOnPlot, metric: str, *, light: bool) -> None:
        self.run = run
        self.metric = metric
        self.light = light
        self.track = Track(run.state.series(metric), run.state)
        depth = 1.0 if light else 2.0
        self.look = main_look(run.colour, light=light)  # of the line that leads, as it is drawn
        self._dead, self._raw, self._smooth = (DrawnLine(layer, depth + above) for above in (-0.5, 0.0, 2.0))
        self._past_raw, self._past_smooth = (DrawnLine(layer, depth + above) for above in (-0.25, 1.75))

    def shows(self, run: RunOnPlot, *, light: bool) -> bool:
        """Return whether this line already is that of `run`; its name and colour may differ."""
        return self.run.state is run.state and self.light == light

    def draw(self, window: Window, *, log_y: bool, runs: int, aside: bool = False) -> Extent | None:
        """Draw what is in view, as one of so many runs, `aside` or not; return the extent in y of the live curve."""
        colour = self.run.colour
        main = main_look(colour, light=self.light)
        main = aside_look(main) if aside else main
        past_smooth, smooth = self._parted(self.track.smooth(window), window)
        past_raw, raw = self._parted(self.track.raw(window), window)
        smoothed = len(smooth[0]) > 0 or len(past_smooth[0]) > 0
        logs = {"log_x": window.log_x, "log_y": log_y}
        self._dead.show(self.track.dead(window), dead_look(colour), **logs)
        # Dashes tell training from validation at a glance, on a line of few enough points to draw and to see them.
        dashed = main.style != Qt.PenStyle.SolidLine
        most = MOST_DASHED if dashed else window.pixels
        self._smooth.show(smooth, main, **logs, most=most)
        self._past_smooth.show(past_smooth, inherited_look(main), **logs, most=most)
        faint = raw_look(colour, light=self.light, runs=runs)
        look = (aside_look(faint) if aside else faint) if smoothed else main
        extent = self._raw.show(raw, look, **logs)
        before = self._past_raw.show(past_raw, inherited_look(look), **logs)
        self.look = main if smoothed else main.drawn(len(self._raw.points[0]))
        return _union(before, extent)

    def _parted(self, line: Line, window: Window) -> tuple[Line, Line]:
        """Part a line where its run was forked: the other run's points, then its own, joined in one point."""
        count = self.track.series.inherited
        if not count:
            return NO_LINE, line
        last = window.axis.of(self.track.series)[count - 1] / window.axis.divisor(self.run.state)
        x, y = line
        own = int(np.searchsorted(x, last, "right"))
        return (x[:own], y[:own]), (x[max(0, own - 1) :], y[max(0, own - 1) :])

    def dots(self, most: int) -> Line:
        """Return the points to mark with a dot: all when there are few, else those that no line leads to."""
        past, own = self._past_raw.points, self._raw.points
        x, y = (np.concatenate((past[0], own[0])), np.concatenate((past[1], own[1]))) if len(past[0]) else own
        if 0 < len(x) <= most:
            return x, y
        finite = np.isfinite(y)
        if finite.all():
            return NO_LINE
        alone = finite & ~np.append(False, finite[:-1]) & ~np.append(finite[1:], False)
        return x[alone], y[alone]

    @property
    def clamped(self) -> bool:
        """Whether a drawn value had no place on the logarithmic axis."""
        return self._raw.clamped or self._past_raw.clamped

    def remove(self) -> None:
        """Take all of it out of the plot."""
        for drawn in (self._dead, self._past_raw, self._raw, self._past_smooth, self._smooth):
            drawn.remove()


class BackgroundLines:
    """Very many runs as one faint line: cost follows what is visible, not how many runs there are."""

    def __init__(self, layer: CurveLayer) -> None:
        self.tracks: list[Track] = []
        self._drawn = DrawnLine(layer, 0.0)

    def draw(self, window: Window, *, log_y: bool) -> Extent | None:
        """Draw all of them, the pixels shared out among them; return the extent in y."""
        pieces: list[Line] = []
        share = max(24, 4 * window.pixels // max(1, len(self.tracks)))
        narrow = Window(window.axis, window.x_from, window.x_to, min(window.pixels, share), window.log_x)
        for track in self.tracks:
            x, y = track.raw(narrow)
            if len(x):
                pieces += [(x, y), (x[-1:], np.array([np.nan]))]
        line = _joined(pieces) if pieces else NO_LINE
        return self._drawn.show(line, background_look(), log_x=window.log_x, log_y=log_y)


def _union(one: Extent | None, other: Extent | None) -> Extent | None:
    """Return the extent of both; None when neither has one."""
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])


def _joined(pieces: Sequence[Line]) -> Line:
    return np.concatenate([piece[0] for piece in pieces]), np.concatenate([piece[1] for piece in pieces])


def _thinned(x: Floats, y: Floats, most: int) -> Line:
    """Return at most about `most` points: first and last as they are, between them means of as many neighbours each."""
    group = -(-(len(x) - 2) // (most - 2))
    starts = np.arange(1, len(x) - 1, group)
    finite = np.isfinite(y)
    count = np.add.reduceat(finite[:-1].astype(np.float64), starts)
    sums = np.add.reduceat(np.where(finite, y, 0.0)[:-1], starts)
    sizes = np.diff(np.append(starts, len(x) - 1))
    mean = np.divide(sums, count, out=np.full(len(starts), np.nan), where=count > 0)
    middle = np.add.reduceat(x[:-1], starts) / sizes
    return np.concatenate((x[:1], middle, x[-1:])), np.concatenate((y[:1], mean, y[-1:]))


def _log10_clamped(values: Floats) -> tuple[Floats, bool]:
    """Return the logarithm, and whether values that are not positive were lifted to half the smallest positive one."""
    with np.errstate(invalid="ignore"):
        below = values <= 0
        if not below.any():
            return np.log10(values), False
        positive = values[values > 0]
    floor = 0.5 * float(positive.min()) if len(positive) else 1e-12
    return np.log10(np.where(below, max(floor, 1e-300), values)), True


def _log10(values: Floats) -> Floats:
    """Return the logarithm; what is not positive has no place on a logarithmic axis and becomes a gap."""
    return np.log10(np.where(values > 0, values, np.nan))

"""One plot: a metric of all shown runs, with a header that reads the values out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.plots.canvas import LEFT_WIDTH, Canvas
from app.plots.checkpoint_marks import STRIP_HEIGHT, CheckpointMarks
from app.plots.crosshair import Crosshair, Dot
from app.plots.curve_layer import CurveLayer
from app.plots.dots import MOST, Dots
from app.plots.grid import Grid
from app.plots.line_look import main_look
from app.plots.lost_numbers import LostNumbers
from app.plots.mark_strip import MarkStrip
from app.plots.metric_groups import metrics_of, split_of
from app.plots.phase_bands import LABEL_HEIGHT, PhaseBands
from app.plots.readout import Entry, Reading, Readout
from app.plots.run_line import BackgroundLines, Extent, RunLine
from app.plots.run_on_plot import RunOnPlot
from app.plots.track import Track, Window
from app.plots.view import View
from app.plots.x_axis import XAxis, nearest_live
from app.theme import set_role, theme

_AIR = 10  # pixels between the curves and what lies along the edges


class MetricPlot(QWidget):
    """The plot of one group of metrics.  The first plot of a view is the leading one: it carries labels and marks."""

    run_chosen = Signal(str)

    def __init__(self, group: str, *, leading: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = group
        self.leading = leading
        self.canvas = Canvas(self)
        self.canvas.setObjectName(f"plot-{group}")
        self.canvas.setAccessibleName(f"Plot of {group}")
        self.bands = PhaseBands(self.canvas.box, labelled=leading)
        self._grid = Grid(self.canvas.box, self.canvas.y_axis, LABEL_HEIGHT if leading else 0)
        self.strip = MarkStrip(self.canvas.box)
        self.checkpoints = CheckpointMarks(self.canvas.box, leading=leading)
        self.lost = LostNumbers(self.canvas.box)
        self.dots = Dots(self.canvas.box)
        self.crosshair = Crosshair(self.canvas.box)
        self._curves = CurveLayer(self.canvas.box)
        self.lines: list[RunLine] = []
        self._background = BackgroundLines(self._curves)
        self._runs: Sequence[RunOnPlot] = ()
        self._background_runs: Sequence[RunOnPlot] = ()
        self._lost_key: tuple[object, ...] = ()
        self._extent: Extent | None = None
        self.held_up: frozenset[str] = frozenset()  # runs beside which the others stand aside; empty: none does
        self.clamped = False  # values that a logarithmic axis cannot show stand at its lower edge
        self._build()

    def _build(self) -> None:
        self.title = QLabel(self.group, self)
        set_role(self.title, "heading")
        self.title.setFixedHeight(24)
        self.readout = Readout(self, named=self.leading)
        self.readout.run_chosen.connect(self.run_chosen)
        self.at = QLabel(self)
        set_role(self.at, "small")
        self.at.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.at.setFixedHeight(24)
        header = QHBoxLayout()
        header.setContentsMargins(LEFT_WIDTH, theme().space(0.5), theme().space(2), theme().space(0.5))
        header.setSpacing(theme().space(2))
        for widget in (self.title, self.readout, self.at):
            header.addWidget(widget, 1 if widget is self.readout else 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, theme().space(2), 0)
        layout.setSpacing(0)
        layout.addLayout(header)
        layout.addWidget(self.canvas, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_runs(self, runs: Sequence[RunOnPlot], background: Sequence[RunOnPlot]) -> None:
        """Show these runs one by one, and the others as background.  Lines of runs that stay are kept."""
        self._runs, self._background_runs = runs, background
        kept = {(line.run.id, line.metric): line for line in self.lines}
        self.lines = []
        for run in runs:
            metrics = metrics_of(run.state, self.group)
            for metric in metrics:
                line = kept.pop((run.id, metric), None)
                light = split_of(metric) == "train" and len(metrics) > 1
                if line is None or not line.shows(run, light=light):
                    if line is not None:
                        line.remove()
                    line = RunLine(self._curves, run, metric, light=light)
                line.run = run
                self.lines.append(line)
        for line in kept.values():
            line.remove()
        self._background.tracks = [
            Track(run.state.series(metrics[-1]), run.state)
            for run in background
            if (metrics := metrics_of(run.state, self.group))
        ]

    @property
    def outdated(self) -> bool:
        """Whether a run has a metric of this group now that it had not when the runs were set."""
        return sum(len(metrics_of(run.state, self.group)) for run in self._runs) != len(self.lines)

    def follow(self, view: View) -> None:
        """Take up new points of all runs."""
        view = view.for_group(self.group)
        for line in self.lines:
            line.track.follow(view.smoothing_steps, of_logarithms=view.log_y)
        for track in self._background.tracks:
            track.follow(0.0)

    def extent(self, view: View) -> Extent | None:
        """Return the first and last x of all curves, as view coordinates."""
        known = [e for track in self._tracks() if (e := track.extent(view.axis)) is not None]
        if not known:
            return None
        first, last = min(e[0] for e in known), max(e[1] for e in known)
        if view.log_x and first <= 0:
            first = min((x for track in self._tracks() if (x := _first_positive(track, view.axis)) > 0), default=last)
        return view.to_view(first), view.to_view(last)

    def draw(self, view: View) -> None:
        """Draw all lines for the x range in view, and remember how far they reach in y."""
        view = view.for_group(self.group)
        (left, right), _ = self.canvas.box.viewRange()
        pixels = max(16, int(self.canvas.box.width() * self.devicePixelRatioF()))
        window = Window(view.axis, view.from_view(left), view.from_view(right), pixels, view.log_x)
        extents = [self._background.draw(window, log_y=view.log_y)]
        for line in self.lines:
            aside = bool(self.held_up) and line.run.id not in self.held_up
            extents.append(line.draw(window, log_y=view.log_y, runs=len(self._runs), aside=aside))
        known = [extent for extent in extents if extent is not None]
        self._extent = (min(e[0] for e in known), max(e[1] for e in known)) if known else None
        self.clamped = view.log_y and any(line.clamped for line in self.lines)
        self._show_dots()
        self._show_lost(view)

    def fit_y(self) -> None:
        """Let y reach over all that is drawn, with room for labels above and marks below."""
        if self._extent is None:
            return
        low, high = self._extent
        if high - low < 1e-9 * max(abs(low), abs(high), 1e-300):
            margin = 0.05 * max(abs(low), abs(high)) or 1.0
            low, high = low - margin, high + margin
        above = _AIR + (LABEL_HEIGHT if self.leading else 0)
        below = _AIR + (STRIP_HEIGHT if self.leading else 0)
        free = max(self.canvas.box.height() - above - below, 20.0)
        scale = (high - low) / free
        self.canvas.box.setYRange(low - below * scale, high + above * scale, padding=0)

    def show_axis(self, view: View, *, labelled: bool) -> None:
        """Set up the axes; only the lowest plot of a stack writes the x axis."""
        view = view.for_group(self.group)
        axis = view.axis
        counts = axis.column != "time_s" and not axis.size
        self.canvas.x_axis.set_kind(logarithmic=view.log_x, time=axis.key == "time", unit=axis.short, whole=counts)
        self.canvas.y_axis.set_kind(logarithmic=view.log_y)
        self.canvas.x_axis.setStyle(showValues=labelled)
        self.canvas.x_axis.setHeight(26 if labelled else 4)
        self._lost_key = ()

    def read_out(self, view: View, x: float | None) -> None:
        """Show the values at view coordinate `x`, or the last ones when None."""
        view = view.for_group(self.group)
        entries: list[Entry] = []
        dots: list[Dot] = []
        for run in self._runs:
            readings = []
            for line in (line for line in self.lines if line.run.id == run.id):
                place = _value_at(line, view, x)
                readings.append(Reading(split_of(line.metric), line.look, place[1] if place else None))
                if place and x is not None and math.isfinite(place[1]) and (place[1] > 0 or not view.log_y):
                    y = math.log10(place[1]) if view.log_y else place[1]
                    dots.append((view.to_view(place[0]), y, line.look.colour))
            if readings or self.leading:
                entries.append(Entry(run.id, run.name, run.colour, tuple(readings)))
        self.readout.show_entries(entries)
        self.crosshair.show_at(x, dots)

    def restyle(self) -> None:
        """Take the theme's colours."""
        self.canvas.restyle()
        self.readout.viewport().update()

    def on_screen(self, position: QPointF) -> QPoint:
        """Return where on the screen a position of the view, in its pixels, lies."""
        in_widget: QPoint = self.canvas.mapFromScene(self.canvas.box.mapToScene(position))
        return QPoint(self.canvas.viewport().mapToGlobal(in_widget))

    def tip_at(self, scene_position: object) -> str:
        """Return the tooltip for a position of the scene."""
        position = self.canvas.box.mapFromScene(scene_position)
        return next((tip for layer in (self.strip, self.lost, self.bands) if (tip := layer.tip_at(position))), "")

    def _tracks(self) -> list[Track]:
        return [line.track for line in self.lines] + self._background.tracks

    def _show_dots(self) -> None:
        shown = []
        for line in self.lines[:200]:
            points = line.dots(MOST)
            if len(points[0]):
                shown.append((points, main_look(line.run.colour, light=line.light).colour))
        self.dots.show_points(shown)

    def _show_lost(self, view: View) -> None:
        found = [(line, *line.track.non_finite(view.axis)) for line in self.lines]
        key = tuple(len(indices) for _, _, indices in found)
        if key == self._lost_key:
            return
        self._lost_key = key
        found = [entry for entry in found if len(entry[2])]
        x = np.concatenate([entry[1] for entry in found]) if found else np.empty(0)
        if view.log_x:
            x = np.log10(np.maximum(x, 1e-300))
        self.lost.show_points(x, _lost_tip(found))


Found = list[
    tuple[RunLine, "np.ndarray[tuple[int], np.dtype[np.float64]]", "np.ndarray[tuple[int], np.dtype[np.int64]]"]
]


def _lost_tip(found: Found) -> Callable[[int], str]:
    """Return what words the index-th lost number over all lines."""

    def tip(index: int) -> str:
        for line, _, indices in found:
            if index < len(indices):
                series, at = line.track.series, int(indices[index])
                value = series.value[at]
                word = "NaN" if math.isnan(value) else ("+∞" if value > 0 else "−∞")
                return f"<b>{line.metric} is {word}</b> at step {series.step[at]:,.0f} · {line.run.name}"
            index -= len(indices)
        return ""

    return tip


def _value_at(line: RunLine, view: View, x: float | None) -> tuple[float, float] | None:
    """Return x and value of the live point nearest to a view coordinate, or of the last one; None beyond its ends."""
    series = line.track.series
    if not series.live_ranges:
        return None
    column, divisor = view.axis.of(series), view.axis.divisor(line.run.state)
    if x is None:
        index: int | None = series.live_ranges[-1][1] - 1
    else:
        index = nearest_live(series, column, view.from_view(x) * divisor)
    return None if index is None else (float(column[index]) / divisor, float(series.value[index]))


def _first_positive(track: Track, axis: XAxis) -> float:
    column = axis.of(track.series)
    for start, stop in track.series.live_ranges:
        at = start + int(np.searchsorted(column[start:stop], 0.0, "right"))
        if at < stop:
            return float(column[at]) / axis.divisor(track.state)
    return 0.0

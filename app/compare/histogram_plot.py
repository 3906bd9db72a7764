"""One histogram of several checkpoints on common bins: the first filled, the others as outlines over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.compare.ramps import mixed
from app.compare.sides import Side
from app.plots.canvas import Canvas
from app.plots.grid import Grid
from app.plots.overlay import Overlay
from app.theme import theme
from core.comparison.result import Histogram

_AIR = 1.06
Shares = NDArray[np.float64]


class HistogramPlot(Canvas):
    """Heights are the percentage of a checkpoint's numbers that fall into a bin."""

    def __init__(self, name: str, accessible: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setMouseEnabled(x=False, y=False)
        self.setMinimumHeight(120)
        self.x_axis.set_kind(logarithmic=False, unit=unit)
        Grid(self.box, self.y_axis, 0)
        self._bars = _Bars(self)
        theme().theme_changed.connect(self.restyle)

    def show_histogram(self, made: Histogram, sides: Sequence[Side]) -> None:
        """Draw the checkpoints that have this histogram."""
        edges = np.array(made.edges)
        bars = []
        for side, counts in zip(sides, made.counts, strict=True):
            if counts is not None and any(counts):
                numbers = np.array(counts, np.float64)
                bars.append((side, numbers * (100.0 / numbers.sum())))
        top = max((float(shares.max()) for _, shares in bars), default=1.0)
        self._bars.show_bars(edges, bars)
        if edges[-1] > edges[0]:
            self.box.setRange(xRange=(edges[0], edges[-1]), yRange=(0.0, top * _AIR), padding=0)


class _Bars(Overlay):
    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.box, layer=1)
        self._edges: Shares = np.empty(0)
        self._bars: list[tuple[Side, Shares]] = []

    def show_bars(self, edges: Shares, bars: list[tuple[Side, Shares]]) -> None:
        """Draw these from now on."""
        self._edges, self._bars = edges, bars
        self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (side, shares) in enumerate(self._bars):
            outline = self._outline(shares)
            if number == 0:
                filled = QPainterPath()
                filled.addPolygon(outline)
                painter.fillPath(filled, mixed(theme().colour("plot"), side.tint, 0.35))
            painter.setPen(QPen(side.tint, 1.0 if number == 0 else 1.8))
            painter.drawPolyline(outline)

    def _outline(self, shares: Shares) -> QPolygonF:
        """Return the staircase over the bins, from the ground to the ground."""
        points = [QPointF(self.x_pixel(float(self._edges[0])), self.y_pixel(0.0))]
        for left, right, share in zip(self._edges[:-1], self._edges[1:], shares, strict=True):
            height = self.y_pixel(float(share))
            points += [QPointF(self.x_pixel(float(left)), height), QPointF(self.x_pixel(float(right)), height)]
        points.append(QPointF(self.x_pixel(float(self._edges[-1])), self.y_pixel(0.0)))
        return QPolygonF(points)

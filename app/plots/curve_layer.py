"""All lines of one plot, painted in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import pyqtgraph as pg
import shiboken6
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen

from app.plots.canvas import CurveBox
from app.plots.overlay import Overlay
from app.plots.strokes import Floats, Strokes, strokes

if TYPE_CHECKING:
    from app.plots.line_look import Look
    from app.plots.run_line import DrawnLine

Kind = TypeVar("Kind", QLineF, QRectF)
_OUTLINES = {QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf, QPaintEngine.Type.Picture}


class CurveLayer(Overlay):
    """Paints lines in the order of their depths; a line tells the layer when it changed."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, layer=1)
        self._lines: list[DrawnLine] = []

    def add(self, line: DrawnLine) -> None:
        """Paint a line from now on, above those of smaller depth."""
        self._lines.append(line)
        self._lines.sort(key=lambda one: one.depth)

    def remove(self, line: DrawnLine) -> None:
        """Paint a line no more."""
        self._lines.remove(line)
        self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Paint all lines; into a drawing that is to stay sharp at any size, as outlines."""
        (left, right), (low, high) = self._box.viewRange()
        if not (left < right and low < high):
            return
        outlines = painter.paintEngine().type() in _OUTLINES
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        column = 1.0 / max(painter.deviceTransform().m11(), 1e-9)
        x_scale, y_scale = area.width() / (right - left), area.height() / (high - low)
        for line in self._lines:
            x, y = line.points
            if not len(x):
                continue
            at, height = area.left() + (x - left) * x_scale, area.bottom() - (y - low) * y_scale
            if outlines:
                painter.setPen(line.look.pen(len(x)))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(pg.functions.arrayToQPath(at, height, connect="finite"))
            else:
                look = line.look.drawn(len(x))
                _paint(painter, strokes(at, height, look.width, look.pattern, column), look)


def _paint(painter: QPainter, made: Strokes, look: Look) -> None:
    if len(made.bars):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour)
        painter.drawRects(_as_array(made.bars, QRectF), len(made.bars))
    if len(made.lines):
        painter.setPen(_square(look.colour, look.width))
        painter.drawLines(_as_array(made.lines, QLineF), len(made.lines))


def _square(colour: QColor, width: float) -> QPen:
    """Return a pen with square ends: straight lines drawn with it are filled one by one, which is fast."""
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.SquareCap)
    return pen


def _as_array(rows: Floats, kind: type[Kind]) -> Kind:
    """Return the first of an array of Qt's objects of four floats each, which lie where the rows lie.

    The rows must outlive the call it is passed to.
    """
    assert rows.flags.c_contiguous
    assert rows.dtype == np.float64
    return cast("Kind", shiboken6.Shiboken.wrapInstance(rows.ctypes.data, kind))

"""The lines that lead from the ticks of the y axis across the plot."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPen

from app.plots.canvas import CurveBox
from app.plots.nice_axis import NiceAxis
from app.plots.overlay import Overlay
from app.theme import theme


class Grid(Overlay):
    """Draws one line for each tick of an axis, over the phases and under the curves."""

    def __init__(self, box: CurveBox, axis: NiceAxis, free: float) -> None:
        """Leave so many pixels `free` along the upper edge, where labels stand."""
        super().__init__(box, layer=-5)
        self._axis, self._free = axis, free

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Draw the lines, one pixel wide each."""
        painter.setPen(QPen(theme().colour("grid"), 1))
        rows = [round(self.y_pixel(tick)) + 0.5 for tick in self._axis.ticks[1]]
        top = area.top() + self._free
        painter.drawLines([QLineF(area.left(), row, area.right(), row) for row in rows if row > top])

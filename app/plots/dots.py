"""Dots on the points of sparse lines: a single evaluation must be seen too."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.plots.canvas import CurveBox
from app.plots.overlay import Overlay
from app.plots.track import Line

MOST = 16  # points; a line of more shows by itself where they are
_RADIUS = 2.5


class Dots(Overlay):
    """Draws points given in view coordinates."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, layer=10)
        self._lines: list[tuple[Line, QColor]] = []

    def show_points(self, lines: list[tuple[Line, QColor]]) -> None:
        """Show these points in these colours."""
        if lines or self._lines:
            self._lines = lines
            self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Draw a disc for every point."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for (xs, ys), colour in self._lines:
            painter.setBrush(colour)
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
                if y == y:  # not NaN
                    painter.drawEllipse(QPointF(self.x_pixel(x), self.y_pixel(y)), _RADIUS, _RADIUS)

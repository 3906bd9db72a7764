"""The crosshair: a hairline and a dot on every curve where it crosses."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from app.plots.canvas import CurveBox
from app.plots.overlay import Overlay
from app.theme import theme

Dot = tuple[float, float, QColor]


class Crosshair(Overlay):
    """Shows one x of the view and dots (x, y, colour), all in view coordinates."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, layer=30)
        self._x: float | None = None
        self._dots: list[Dot] = []

    def show_at(self, x: float | None, dots: list[Dot]) -> None:
        """Move the crosshair; None hides it."""
        if x is None and self._x is None:
            return
        self._x, self._dots = x, dots
        self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Draw the hairline and the dots."""
        if self._x is None:
            return
        line = theme().colour("crosshair")
        line.setAlphaF(0.7)
        painter.setPen(QPen(line, 1))
        x = round(self.x_pixel(self._x)) + 0.5
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for at, value, colour in self._dots:
            painter.setPen(QPen(theme().colour("plot"), 1.5))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(self.x_pixel(at), self.y_pixel(value)), 4.5, 4.5)

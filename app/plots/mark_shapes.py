"""The shapes of marks: diamonds and stars for checkpoints, flags for commands, bars for pauses."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.theme import theme


def diamond(at: QPointF, radius: float) -> QPolygonF:
    """Return a square on its corner."""
    x, y = at.x(), at.y()
    return QPolygonF([QPointF(x, y - radius), QPointF(x + radius, y), QPointF(x, y + radius), QPointF(x - radius, y)])


def star(at: QPointF, radius: float) -> QPolygonF:
    """Return a star of five points."""
    corners = []
    for number in range(10):
        angle, reach = number * math.pi / 5 - math.pi / 2, radius if number % 2 == 0 else 0.45 * radius
        corners.append(QPointF(at.x() + reach * math.cos(angle), at.y() + reach * math.sin(angle)))
    return QPolygonF(corners)


def draw_stack(painter: QPainter, shape: QPolygonF, fill: QColor) -> None:
    """Draw a shape, and behind it, a little to the right, the edge of another: there are more at this place."""
    painter.setBrush(fill)
    painter.setPen(QPen(theme().colour("plot"), 1.25))
    painter.drawPolygon(shape.translated(3, 0))
    painter.drawPolygon(shape)


def draw_letter(painter: QPainter, at: QPointF, letter: str, fill: QColor) -> None:
    """Draw a letter in a disc: one of several checkpoints that are compared."""
    painter.setPen(QPen(theme().colour("plot"), 1.5))
    painter.setBrush(fill)
    painter.drawEllipse(at, 8.5, 8.5)
    font = theme().font("small")
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(theme().colour("plot"))
    painter.drawText(QRectF(at.x() - 9, at.y() - 9, 18, 18), Qt.AlignmentFlag.AlignCenter, letter)


def draw_flag(painter: QPainter, at: QPointF, colour: QColor) -> None:
    """Draw a flag on a pole that stands at a point."""
    x, foot, top = at.x(), at.y() + 4, at.y() - 24
    painter.setPen(QPen(colour, 1.5))
    painter.drawLine(QPointF(x, foot), QPointF(x, top))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(x, top), QPointF(x + 10, top + 4), QPointF(x, top + 8)]))


def draw_bars(painter: QPainter, at: QPointF, colour: QColor) -> None:
    """Draw two upright bars around a point."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for offset in (-3.5, 1.0):
        painter.drawRect(QRectF(at.x() + offset, at.y() - 5, 2.5, 10))


def draw_upright(painter: QPainter, pen: QPen, x: float, top: float, bottom: float) -> None:
    """Draw a hairline in the middle of the pixels at x."""
    painter.setPen(pen)
    painter.drawLine(QPointF(math.floor(x) + 0.5, top), QPointF(math.floor(x) + 0.5, bottom))

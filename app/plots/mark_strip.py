"""The marks of the primary run along the lower edge, and lost numbers along the upper one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.plots.canvas import CurveBox
from app.plots.marks import Mark
from app.plots.overlay import Overlay
from app.plots.phase_bands import LABEL_HEIGHT
from app.theme import theme

STRIP_HEIGHT = 24
_REACH = 8  # pixels around a mark that still mean it
_ORDER = {"stage": 0, "resume": 1, "pause": 2, "command": 3, "checkpoint": 4, "model": 5}


class MarkStrip(Overlay):
    """Diamonds for checkpoints, a star for the model, flags for commands, bars for pauses, lines for stages."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, layer=20)
        self._marks: list[Mark] = []
        self._selected: int | None = None

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show these marks."""
        self._marks = sorted(marks, key=lambda mark: (_ORDER[mark.kind], mark.x))
        self.update()

    def select(self, step: int | None) -> None:
        """Mark the checkpoint at a step as selected."""
        self._selected = step
        self.update()

    def checkpoint_at(self, position: QPointF) -> Mark | None:
        """Return the checkpoint pointed at, or None."""
        mark = self._mark_at(position)
        return mark if mark is not None and mark.kind in ("checkpoint", "model") else None

    def tip_at(self, position: QPointF) -> str:
        """Return what the mark pointed at says."""
        mark = self._mark_at(position)
        return mark.tip() if mark is not None else ""

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Draw what is in view; of marks on one pixel only the most important one."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        baseline = area.bottom() - STRIP_HEIGHT / 2
        for mark in self._told_apart(area):
            self._draw(painter, mark, QPointF(self.x_pixel(mark.x), baseline), area)

    def _told_apart(self, area: QRectF) -> list[Mark]:
        """Return the marks to draw, the most important last and so on top, the selected one above all."""
        seen: set[tuple[bool, int]] = set()
        shown = []
        for mark in reversed(self._visible(area)):
            place = (mark.kind in ("checkpoint", "model"), round(self.x_pixel(mark.x) / 2))
            if place not in seen or mark.step == self._selected:
                seen.add(place)
                shown.append(mark)
        return sorted(shown, key=lambda mark: (mark.step == self._selected, _ORDER[mark.kind], mark.x))

    def _draw(self, painter: QPainter, mark: Mark, at: QPointF, area: QRectF) -> None:
        match mark.kind:
            case "checkpoint" | "model":
                self._draw_checkpoint(painter, mark, at)
            case "command":
                _draw_flag(painter, at, theme().colour("command"))
            case "pause":
                _draw_bars(painter, at, theme().colour("command"))
            case "stage":
                pen = QPen(theme().colour("text_faint"), 1, Qt.PenStyle.DashLine)
                _draw_upright(painter, pen, at.x(), area.top() + LABEL_HEIGHT, area.bottom())
            case "resume":
                pen = QPen(theme().colour("text_faint"), 1, Qt.PenStyle.DotLine)
                _draw_upright(painter, pen, at.x(), area.top() + LABEL_HEIGHT, area.bottom())

    def _draw_checkpoint(self, painter: QPainter, mark: Mark, at: QPointF) -> None:
        model = mark.kind == "model"
        fill = theme().colour("chosen" if model else "checkpoint")
        if not mark.live:
            fill.setAlphaF(0.35)
        if mark.step == self._selected:
            halo = QColor(fill)
            halo.setAlphaF(0.28)
            painter.setPen(QPen(fill, 1.5))
            painter.setBrush(halo)
            painter.drawEllipse(at, 9.5, 9.5)
        painter.setPen(QPen(theme().colour("plot"), 1.5))
        painter.setBrush(fill)
        painter.drawPolygon(_star(at, 8.5) if model else _diamond(at, 5.5))

    def _visible(self, area: QRectF) -> list[Mark]:
        return [mark for mark in self._marks if area.left() - 8 <= self.x_pixel(mark.x) <= area.right() + 8]

    def _mark_at(self, position: QPointF) -> Mark | None:
        area = self.boundingRect()
        if position.y() < area.bottom() - STRIP_HEIGHT - 18:
            return None
        near = [mark for mark in self._marks if abs(self.x_pixel(mark.x) - position.x()) <= _REACH]
        if position.y() < area.bottom() - STRIP_HEIGHT:
            near = [mark for mark in near if mark.kind == "command"]
        return min(
            near, key=lambda mark: (abs(self.x_pixel(mark.x) - position.x()) // 3, -_ORDER[mark.kind]), default=None
        )


class LostNumbers(Overlay):
    """Red crosses along the upper edge where a metric was NaN or infinite."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, layer=15)
        self._x: NDArray[np.float64] = np.empty(0)
        self._tip: Callable[[int], str] = str

    def show_points(self, x: NDArray[np.float64], tip: Callable[[int], str]) -> None:
        """Show crosses at view coordinates `x`, shape (n,); `tip` words the one at an index."""
        self._x, self._tip = x, tip
        self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Draw one cross per few pixels."""
        if not len(self._x):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("danger"), 2, c=Qt.PenCapStyle.RoundCap))
        y = area.top() + LABEL_HEIGHT + 8
        for column in np.unique(np.round(self._pixels() / 4)):
            x = 4 * float(column)
            if area.left() <= x <= area.right():
                painter.drawLine(QPointF(x - 4, y - 4), QPointF(x + 4, y + 4))
                painter.drawLine(QPointF(x - 4, y + 4), QPointF(x + 4, y - 4))

    def tip_at(self, position: QPointF) -> str:
        """Return which number was lost where."""
        if not len(self._x) or abs(position.y() - self.boundingRect().top() - LABEL_HEIGHT - 8) > _REACH:
            return ""
        distance = np.abs(self._pixels() - position.x())
        near = np.flatnonzero(distance <= _REACH)
        if not len(near):
            return ""
        more = f"<br>and {len(near) - 1:,} more here" if len(near) > 1 else ""
        return self._tip(int(np.argmin(distance))) + more

    def _pixels(self) -> NDArray[np.float64]:
        low, high = self._box.viewRange()[0]
        area = self.boundingRect()
        pixels: NDArray[np.float64] = area.left() + (self._x - low) / max(high - low, 1e-300) * area.width()
        return pixels


def _diamond(at: QPointF, radius: float) -> QPolygonF:
    x, y = at.x(), at.y()
    return QPolygonF([QPointF(x, y - radius), QPointF(x + radius, y), QPointF(x, y + radius), QPointF(x - radius, y)])


def _star(at: QPointF, radius: float) -> QPolygonF:
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    radii = np.where(np.arange(10) % 2 == 0, radius, radius * 0.45)
    return QPolygonF(
        [
            QPointF(at.x() + r * np.cos(angle), at.y() + r * np.sin(angle))
            for angle, r in zip(angles, radii, strict=True)
        ]
    )


def _draw_flag(painter: QPainter, at: QPointF, colour: QColor) -> None:
    x, foot, top = at.x(), at.y() + 4, at.y() - 24
    painter.setPen(QPen(colour, 1.5))
    painter.drawLine(QPointF(x, foot), QPointF(x, top))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([QPointF(x, top), QPointF(x + 10, top + 4), QPointF(x, top + 8)]))


def _draw_bars(painter: QPainter, at: QPointF, colour: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    for offset in (-3.5, 1.0):
        painter.drawRect(QRectF(at.x() + offset, at.y() - 5, 2.5, 10))


def _draw_upright(painter: QPainter, pen: QPen, x: float, top: float, bottom: float) -> None:
    painter.setPen(pen)
    painter.drawLine(QPointF(round(x) + 0.5, top), QPointF(round(x) + 0.5, bottom))

"""Where a metric was NaN or infinite, along the upper edge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.plots.canvas import CurveBox
from app.plots.overlay import Overlay
from app.plots.phase_bands import LABEL_HEIGHT
from app.theme import theme

_REACH = 8  # pixels around a mark that still mean it


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

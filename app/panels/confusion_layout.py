"""Where the cells and class names of a confusion matrix go."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontMetrics

from app.theme import theme

LARGEST_UNITS = 6  # side of a cell, in units of the grid
SINGLE = 40  # classes up to which cells have a gap between them and may have numbers
_LONGEST = 60  # characters of a class name that are measured


class ConfusionLayout:
    """Places for class names at the left and above, each beside an axis title, in a widget of `width` pixels.

    Names stand upright above their columns when all of them have room, else they are turned.
    """

    def __init__(self, width: int, names: Sequence[str], metrics: QFontMetrics) -> None:
        self._count = len(names)
        self.line = metrics.height()
        self.gap = theme().space(0.5)
        widest = max((metrics.horizontalAdvance(name[:_LONGEST]) for name in names), default=0)
        self.names = min(widest + 2, width // 4)
        left = self.line + self.gap + self.names + self.gap
        side = min(float(theme().space(LARGEST_UNITS)), (width - left) / max(1, self._count))
        # Whole pixels where there are gaps, or some of them would be wider.
        self.side = max(1.0, float(math.floor(side))) if self._count <= SINGLE else max(0.1, side)
        self.upright = widest <= self.side - 2
        top = self.line + self.gap + (self.line if self.upright else self.names) + self.gap
        # Rounded before it is rounded up: 98.00000000000001 pixels are 98.
        extent = math.ceil(round(self.side * self._count, 6))
        self.area = QRect(left, top, extent, extent)
        self.every = max(1, math.ceil(self.line / self.side))  # class whose name has room

    @property
    def height(self) -> int:
        """The pixels all of it needs."""
        return self.area.bottom() + 2

    def cell(self, row: int, column: int) -> QRect:
        """Return where a cell is."""
        left, right = self._edges(self.area.left(), column)
        top, bottom = self._edges(self.area.top(), row)
        return QRect(left, top, max(1, right - left), max(1, bottom - top))

    def cell_at(self, place: QPoint) -> tuple[int, int] | None:
        """Return the (true, predicted) cell at a place, None where there is none."""
        if not self.area.contains(place):
            return None
        return self._number(place.y() - self.area.top()), self._number(place.x() - self.area.left())

    def _number(self, pixel: int) -> int:
        """Return the class whose cells have this pixel, counted from the first cell's; see `_edges`."""
        return min(math.ceil((pixel + 1) / self.side) - 1, self._count - 1)

    def _edges(self, start: int, number: int) -> tuple[int, int]:
        return int(start + number * self.side), int(start + (number + 1) * self.side)

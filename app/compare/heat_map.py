"""A matrix as a heat map that the keyboard walks through."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.compare.ramps import STEPS, Ramp, table_of
from app.theme import theme

GAPS_FROM = 8  # pixels of a cell, from which on there is a line between cells
_LARGEST_UNITS = 7  # side of a square cell
_LONGEST = 22  # characters of a name that are shown
_SCALE = 80  # pixels of the bar that explains the colours

Tip = Callable[[int, int], str]


@dataclass(frozen=True)
class Matrix:
    """What a heat map shows.  `shares` (rows, columns) are -1 to 1 or 0 to 1, as the ramp has them; NaN: nothing."""

    shares: NDArray[np.float64]
    texts: list[list[str]]
    rows: Sequence[str]
    columns: Sequence[str]
    ramp: Ramp
    tip: Tip
    row_title: str
    column_title: str
    ends: tuple[str, str]  # what the lowest and the highest colour stand for
    square: bool = False
    outlined: Collection[tuple[int, int]] = field(default_factory=frozenset)


class HeatMap(QWidget):
    """Cells fill the widget; numbers stand in them where all have room, names where they do."""

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.matrix: Matrix | None = None
        self._images: dict[bool, QImage] = {}  # with numbers and without
        self.current = (0, 0)
        theme().theme_changed.connect(self._dress)

    def show_matrix(self, matrix: Matrix) -> None:
        """Show a matrix; the current cell stays where it is as far as there is one."""
        self.matrix = matrix
        rows, columns = matrix.shares.shape
        self._dress()
        self._go(min(self.current[0], max(0, rows - 1)), min(self.current[1], max(0, columns - 1)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().space(16), theme().space(14))

    def sizeHint(self) -> QSize:
        return QSize(theme().space(40), theme().space(40))

    def area(self) -> QRect:
        """Return where the cells are, below and right of the names."""
        if self.matrix is None or not self.matrix.shares.size:
            return QRect()
        metrics = QFontMetrics(theme().font("small"))
        line, gap = metrics.height(), theme().space(0.5)
        rows, columns = self.matrix.shares.shape
        widest = max(metrics.horizontalAdvance(name[:_LONGEST]) for name in self.matrix.rows) + 2
        left = line + gap + min(widest, self.width() // 4) + gap
        highest = max(metrics.horizontalAdvance(name[:_LONGEST]) for name in self.matrix.columns) + 2
        side = (self.width() - left - 1) / columns
        top = line + gap + (line if highest <= side - 4 else min(highest, self.height() // 4)) + gap
        wide, high = float(self.width() - left - 1), float(self.height() - top - 1)
        if self.matrix.square:
            most = theme().space(_LARGEST_UNITS)
            one = max(1.0, min(wide / columns, high / rows, most))
            one = math.floor(one) if one >= GAPS_FROM else one
            wide, high = one * columns, one * rows
        return QRect(left, top, max(1, int(wide)), max(1, int(high)))

    def cell(self, row: int, column: int) -> QRect:
        """Return where a cell is."""
        area, (rows, columns) = self.area(), self._shape()
        left, right = (area.left() + area.width() * place // columns for place in (column, column + 1))
        top, bottom = (area.top() + area.height() * place // rows for place in (row, row + 1))
        return QRect(left, top, max(1, right - left), max(1, bottom - top))

    def cell_at(self, place: QPoint) -> tuple[int, int] | None:
        """Return the (row, column) at a place, None where there is no cell."""
        area, (rows, columns) = self.area(), self._shape()
        if not area.contains(place):
            return None
        row = (place.y() - area.top()) * rows // area.height()
        return min(row, rows - 1), min((place.x() - area.left()) * columns // area.width(), columns - 1)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(event.pos())
            if cell is None:
                QToolTip.hideText()
            else:
                self._tell(cell, event.globalPos())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (cell := self.cell_at(event.position().toPoint())) is not None:
            self._go(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        (row, column), (rows, columns) = self.current, self._shape()
        steps = {
            Qt.Key.Key_Up: (row - 1, column),
            Qt.Key.Key_Down: (row + 1, column),
            Qt.Key.Key_Left: (row, column - 1),
            Qt.Key.Key_Right: (row, column + 1),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, columns - 1),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or self.matrix is None:
            super().keyPressEvent(event)
            return
        self._go(min(max(step[0], 0), rows - 1), min(max(step[1], 0), columns - 1))
        self._tell(self.current, self.mapToGlobal(self.cell(*self.current).bottomLeft()))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.matrix is None or not self.matrix.shares.size:
            return
        area, painter = self.area(), QPainter(self)
        painter.setFont(theme().font("small"))
        first, numbered = self.cell(0, 0), self._numbers_fit(painter.fontMetrics())
        painter.drawImage(QRectF(area), self._image(numbered=numbered))
        if min(first.width(), first.height()) >= GAPS_FROM:
            self._paint_gaps(painter, area)
        if numbered:
            self._paint_texts(painter)
        self._paint_scale(painter, numbered=numbered)
        self._paint_names(painter, area)
        painter.setPen(QPen(theme().colour("text"), 1))
        for cell in self.matrix.outlined:
            painter.drawRect(self.cell(*cell).adjusted(0, 0, -2, -2))
        if self.hasFocus():
            painter.setPen(QPen(theme().colour("text"), 2))
            painter.drawRect(self.cell(*self.current).adjusted(0, 0, -1, -1))

    def _dress(self) -> None:
        """Take the colours of the theme."""
        self._images.clear()
        self.update()

    def _image(self, *, numbered: bool) -> QImage:
        """Return the picture of one pixel for each cell."""
        if numbered not in self._images and self.matrix is not None:
            shares, lowest = self.matrix.shares, 0.0 if self.matrix.ramp == "much" else -1.0
            place = np.rint((np.clip(np.nan_to_num(shares), lowest, 1.0) - lowest) / (1.0 - lowest) * (STEPS - 1))
            colours = table_of(self.matrix.ramp, numbered=numbered)[place.astype(np.intp)]
            colours[np.isnan(shares)] = theme().colour("sunken").rgb()
            rows, columns = shares.shape
            image = QImage(colours.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGB32)
            self._images[numbered] = image.copy()
        return self._images[numbered]

    def _numbers_fit(self, metrics: QFontMetrics) -> bool:
        """Say whether all numbers have room: some alone would mislead."""
        assert self.matrix is not None
        first = self.cell(0, 0)
        widest = max((metrics.horizontalAdvance(text) for row in self.matrix.texts for text in row), default=0)
        return 0 < widest <= first.width() - 4 and metrics.height() <= first.height()

    def _paint_scale(self, painter: QPainter, *, numbered: bool) -> None:
        """Show at the upper right what the colours stand for."""
        assert self.matrix is not None
        metrics, gap, (low, high) = painter.fontMetrics(), theme().space(0.5), self.matrix.ends
        line, right = metrics.height(), self.area().right()
        bar = QRect(right - metrics.horizontalAdvance(high) - gap - _SCALE, 2, _SCALE, line - 4)
        if bar.left() - metrics.horizontalAdvance(self.matrix.column_title + low) - 3 * gap < self.area().left():
            return
        colours = table_of(self.matrix.ramp, numbered=numbered)
        painter.drawImage(bar, QImage(colours.tobytes(), STEPS, 1, 4 * STEPS, QImage.Format.Format_RGB32))
        painter.setPen(theme().colour("text_muted"))
        painter.drawText(QRect(bar.right() + gap, 0, right - bar.right(), line), _LEFT, high)
        painter.drawText(QRect(0, 0, bar.left() - gap, line), _RIGHT, low)

    def _paint_gaps(self, painter: QPainter, area: QRect) -> None:
        painter.setPen(QPen(theme().colour("surface"), 1))
        rows, columns = self._shape()
        for row in range(rows):
            y = self.cell(row, 0).bottom()
            painter.drawLine(area.left(), y, area.right(), y)
        for column in range(columns):
            x = self.cell(0, column).right()
            painter.drawLine(x, area.top(), x, area.bottom())

    def _paint_texts(self, painter: QPainter) -> None:
        assert self.matrix is not None
        painter.setPen(theme().colour("text"))
        for row, texts in enumerate(self.matrix.texts):
            for column, text in enumerate(texts):
                if text:
                    painter.drawText(self.cell(row, column), Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter, area: QRect) -> None:
        assert self.matrix is not None
        metrics, gap = painter.fontMetrics(), theme().space(0.5)
        line = metrics.height()
        painter.setPen(theme().colour("text_muted"))
        painter.drawText(QRect(area.left(), 0, self.width() - area.left(), line), _LEFT, self.matrix.column_title)
        _turned(painter, QPoint(0, area.bottom()), QRect(0, 0, area.height(), line), _RIGHT, self.matrix.row_title)
        room = area.left() - line - 2 * gap
        first = self.cell(0, 0)
        for row in range(0, len(self.matrix.rows), max(1, math.ceil(line / first.height()))):
            centre = self.cell(row, 0).center().y()
            name = metrics.elidedText(self.matrix.rows[row], Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRect(line + gap, centre - line // 2, room, line), _RIGHT, name)
        above = area.top() - line - 2 * gap
        upright = above <= line
        for column in range(0, len(self.matrix.columns), max(1, math.ceil(line / first.width()))):
            place, name = self.cell(0, column), self.matrix.columns[column]
            if upright:
                head = QRect(place.left(), area.top() - gap - line, place.width(), line)
                painter.drawText(head, Qt.AlignmentFlag.AlignCenter, name)
            else:
                elided = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, above)
                foot = QPoint(place.center().x() - line // 2, area.top() - gap)
                _turned(painter, foot, QRect(0, 0, above, line), _LEFT, elided)

    def _shape(self) -> tuple[int, int]:
        rows, columns = self.matrix.shares.shape if self.matrix is not None else (1, 1)
        return max(1, rows), max(1, columns)

    def _go(self, row: int, column: int) -> None:
        """Make a cell the current one."""
        self.current = (row, column)
        if self.matrix is not None and self.matrix.shares.size:
            self.setAccessibleDescription(self.matrix.tip(row, column).replace("\n", "; "))
        self.update()

    def _tell(self, cell: tuple[int, int], place: QPoint) -> None:
        if self.matrix is not None:
            words = f"<p style='white-space:pre'>{escape(self.matrix.tip(*cell))}</p>"
            QToolTip.showText(place, words, self, self.cell(*cell))


def _turned(painter: QPainter, foot: QPoint, box: QRect, flags: Qt.AlignmentFlag, text: str) -> None:
    """Draw text upwards from a foot; `box` is where it is as if it were not turned."""
    painter.save()
    painter.translate(foot)
    painter.rotate(-90)
    painter.drawText(box, flags, text)
    painter.restore()


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

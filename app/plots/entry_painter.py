"""Where the entries of a read-out stand, and how one is painted: a colour, a name, and for every line its value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter

from app.plots import wording
from app.theme import theme

if TYPE_CHECKING:
    from app.plots.readout import Entry, Reading

ROW = 24
NO_POINTS = "no points"
MOST_ROWS = 3
_SAMPLE = 18  # pixels of line before a value
_AFTER_SAMPLE = 6
_BETWEEN_READINGS = 16
_APART, _CLOSE = 28, 12  # between entries
_BAR = 3  # the colour of a run, before its name
_AFTER_BAR = 6
_MOST_NAME, _SHORT_NAME = 220, 104
_WIDEST = "0.000e−0"
_FEW = 40  # entries; more never fit in one row


class EntryPainter:
    """Entries in one row, each as wide as it needs, where they fit; else in columns of equal width.

    Where columns would be so few that rows had to be scrolled, or a row is too narrow for an entry, words and names are
    shortened, and then only the last line of a run keeps its value: validation, where there is one.
    """

    def __init__(self, entries: Sequence[Entry], width: int, metrics: QFontMetrics, *, named: bool) -> None:
        self._entries = entries
        self._metrics = metrics
        self._single = len(entries) == 1
        self._labelled = self._single
        self._named = named and not self._single
        self._number = metrics.horizontalAdvance(_WIDEST) + 1
        self._readings = max((len(entry.readings) for entry in entries), default=0)
        self._names = [self._name_width(entry) for entry in entries[:_FEW]]
        if self._single:
            self._shorten(width)
        self._lefts = self._in_one_row(width)
        if self._lefts is None:
            self._lay_in_columns(width)
        else:
            self._columns, self.rows = max(1, len(entries)), min(1, len(entries))

    def place(self, index: int) -> QRect:
        """Return the rectangle of an entry, in pixels."""
        if self._lefts is not None:
            return QRect(self._lefts[index], 0, self._width(self._names[index]), ROW)
        return QRect(index % self._columns * self._cell, index // self._columns * ROW, self._cell, ROW)

    def index_at(self, position: QPoint) -> int | None:
        """Return the number of the entry pointed at, or None."""
        return next((index for index in range(len(self._entries)) if self.place(index).contains(position)), None)

    def paint(self, painter: QPainter, top: int, bottom: int) -> None:
        """Paint the entries between two heights."""
        painter.setFont(theme().font("body"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first, last = max(0, top // ROW) * self._columns, (bottom // ROW + 1) * self._columns
        for index in range(first, min(last, len(self._entries))):
            name = self._names[index] if self._lefts is not None else self._name
            self._paint(painter, self.place(index), self._entries[index], name)

    def _shorten(self, width: int) -> None:
        """Where a single run's values do not fit, leave out the words before them, then all values but the last."""
        self._labelled = self._width(0) <= width
        if self._width(0) > width:
            self._readings = min(self._readings, 1)
            self._labelled = True
            self._labelled = self._width(0) <= width

    def _in_one_row(self, width: int) -> list[int] | None:
        """Return where the entries begin side by side, or None where they do not fit."""
        if len(self._entries) > _FEW:
            return None
        widths = [self._width(name) for name in self._names]
        gap = min(_APART, (width - sum(widths)) // max(1, len(widths) - 1))
        if len(widths) > 1 and gap < (_APART if self._named else _CLOSE):
            return None
        return [sum(widths[:at]) + gap * at for at in range(len(widths))]

    def _lay_in_columns(self, width: int) -> None:
        longest = max(self._names)
        self._name = min(longest, _SHORT_NAME)
        if self._readings > 1 and (self._row_count(width) > MOST_ROWS or self._width(self._name) > width):
            self._readings = 1
        gap = _APART if self._named else _CLOSE
        self._columns = self._column_count(width)
        self._cell = (width + gap) // self._columns
        # Names take what the columns leave.
        least = max(0, min(self._name, width - self._width(0)))
        self._name = max(least, min(longest, self._cell - gap - self._width(0)))
        self._cell = min(self._cell, self._width(self._name) + gap)
        self.rows = self._row_count(width)

    def _column_count(self, width: int) -> int:
        gap = _APART if self._named else _CLOSE
        return max(1, (width + gap) // (self._width(self._name) + gap))

    def _row_count(self, width: int) -> int:
        return -(-len(self._entries) // self._column_count(width))

    def _name_width(self, entry: Entry) -> int:
        if not self._named:
            return 0
        # Advances are rounded; without a pixel to spare a name that fits would be shortened.
        return min(self._metrics.horizontalAdvance(entry.name) + 2, _MOST_NAME)

    def _width(self, name: int) -> int:
        """Return the width of an entry with a name of so many pixels, without what parts it from the next."""
        count = max(1, self._readings)
        width = count * (_SAMPLE + _AFTER_SAMPLE + self._number) + (count - 1) * _BETWEEN_READINGS
        if self._named:
            width += _BAR + _AFTER_BAR + name + _BETWEEN_READINGS
        if self._labelled:
            width += sum(self._label_width(reading) for reading in self._entries[0].readings[-count:])
        return width

    def _label_width(self, reading: Reading) -> int:
        return self._metrics.horizontalAdvance(f"{reading.label} ") if self._labelled else 0

    def _paint(self, painter: QPainter, place: QRect, entry: Entry, name: int) -> None:
        x = place.left()
        if self._named:
            painter.fillRect(QRectF(x, place.center().y() - 6, _BAR, 13), theme().series(entry.colour))
            x += _BAR + _AFTER_BAR
            text = self._metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, name)
            self._write(painter, x, place, text, "text")
            x += name + _BETWEEN_READINGS
        for reading in entry.readings[-self._readings :] if self._readings else ():
            x = self._paint_reading(painter, x, place, reading) + _BETWEEN_READINGS
        if not entry.readings:
            self._write(painter, x, place, NO_POINTS, "text_faint")

    def _paint_reading(self, painter: QPainter, x: int, place: QRect, reading: Reading) -> int:
        painter.setPen(reading.look.pen(2))
        middle = place.center().y() + 0.5
        painter.drawLine(QPointF(x, middle), QPointF(x + _SAMPLE, middle))
        x += _SAMPLE + _AFTER_SAMPLE
        if self._labelled:
            self._write(painter, x, place, reading.label, "text_muted")
            x += self._label_width(reading)
        text = wording.number(reading.value) if reading.value is not None else "–"
        self._write(painter, x, place, text, "text" if reading.value is not None else "text_faint")
        return x + self._number

    def _write(self, painter: QPainter, x: int, place: QRect, text: str, token: str) -> None:
        painter.setPen(theme().colour(token))
        baseline = place.center().y() + (self._metrics.ascent() - self._metrics.descent()) // 2 + 1
        painter.drawText(x, baseline, text)

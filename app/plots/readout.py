"""The legend that is also the read-out: every run with its values, at the crosshair or at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.plots import wording
from app.plots.line_look import Look
from app.theme import theme

ROW = 24
MOST_ROWS = 3
_SAMPLE = 20
_GAP = 8
_MOST_NAME = 150


@dataclass(frozen=True)
class Reading:
    """One line's value; `label` (train, valid) is written only when a single run is shown."""

    label: str
    look: Look
    value: float | None


@dataclass(frozen=True)
class Entry:
    """One run."""

    run_id: str
    name: str
    readings: tuple[Reading, ...]


class Readout(QScrollArea):
    """Entries side by side, wrapped into rows, scrolled beyond three."""

    run_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheet = _Sheet()
        self._sheet.run_chosen.connect(self.run_chosen)
        self.setWidget(self._sheet)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(ROW)
        self.viewport().setAutoFillBackground(False)
        self._sheet.setAutoFillBackground(False)
        self.setAccessibleName("Values")

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these runs; only what is visible is painted."""
        self._sheet.show_entries(entries)
        self._lay_out()
        self.setAccessibleDescription(
            "; ".join(f"{entry.name}: {_spoken(entry)}" for entry in entries[:20]) or "no values"
        )

    def paint_into(self, painter: QPainter, width: int) -> int:
        """Paint all entries for an exported picture; return the height used."""
        return self._sheet.paint_entries(painter, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap anew."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        rows = self._sheet.wrap(max(self.viewport().width(), 80))
        self.setFixedHeight(ROW * max(1, min(rows, MOST_ROWS)))


class _Sheet(QWidget):
    """Paints the entries in cells of equal width."""

    run_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._entries: Sequence[Entry] = ()
        self._columns = 1

    def show_entries(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.update()

    def wrap(self, width: int) -> int:
        """Choose the number of columns for a width; return the number of rows."""
        self._columns = max(1, width // self._cell().width())
        rows = -(-len(self._entries) // self._columns)
        self.setFixedSize(width, ROW * max(rows, 1))
        return rows

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        cell = self._cell()
        first = max(0, event.rect().top() // ROW) * self._columns
        last = (event.rect().bottom() // ROW + 1) * self._columns
        for index in range(first, min(last, len(self._entries))):
            self._paint_entry(painter, self._place(index, cell), self._entries[index])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell()
        for index, entry in enumerate(self._entries):
            if self._place(index, cell).contains(event.position().toPoint()):
                self.run_chosen.emit(entry.run_id)
                return

    def paint_entries(self, painter: QPainter, width: int) -> int:
        cell = self._cell()
        columns = max(1, width // cell.width())
        for index, entry in enumerate(self._entries):
            place = QRect(index % columns * cell.width(), index // columns * ROW, cell.width(), ROW)
            self._paint_entry(painter, place, entry)
        return ROW * -(-len(self._entries) // columns)

    def _place(self, index: int, cell: QSize) -> QRect:
        return QRect(index % self._columns * cell.width(), index // self._columns * ROW, cell.width(), ROW)

    def _cell(self) -> QSize:
        metrics = QFontMetrics(theme().font("body"))
        readings = max((len(entry.readings) for entry in self._entries), default=1)
        width = self._name_width(metrics) + readings * (_SAMPLE + _number_width(metrics)) + 2 * _GAP
        if len(self._entries) == 1:
            width += sum(metrics.horizontalAdvance(f"{reading.label} ") for reading in self._entries[0].readings)
        return QSize(width, ROW)

    def _name_width(self, metrics: QFontMetrics) -> int:
        """Return the room for names; a single run is named elsewhere."""
        if len(self._entries) <= 1:
            return 0
        return min(max(metrics.horizontalAdvance(entry.name) for entry in self._entries), _MOST_NAME) + _GAP

    def _paint_entry(self, painter: QPainter, place: QRect, entry: Entry) -> None:
        font = theme().font("body")
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = place.left()
        single = len(self._entries) == 1
        if not single:
            name = metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, _MOST_NAME)
            _text(painter, x, place, name, metrics, "text")
            x += self._name_width(metrics)
        for reading in entry.readings:
            painter.setPen(reading.look.pen(2))
            middle = place.center().y() + 0.5
            painter.drawLine(QPointF(x, middle), QPointF(x + _SAMPLE - 6, middle))
            x += _SAMPLE
            if single:
                x = _text(painter, x, place, f"{reading.label} ", metrics, "text_muted")
            known = reading.value is not None
            text = wording.number(reading.value) if reading.value is not None else "–"
            _text(painter, x, place, text, metrics, "text" if known else "text_faint")
            x += _number_width(metrics)


def _number_width(metrics: QFontMetrics) -> int:
    return metrics.horizontalAdvance("0.000000") + _GAP


def _text(painter: QPainter, x: int, place: QRect, text: str, metrics: QFontMetrics, token: str) -> int:
    """Write on the row's baseline; return where the next word begins."""
    painter.setPen(theme().colour(token))
    baseline = place.center().y() + (metrics.ascent() - metrics.descent()) // 2 + 1
    painter.drawText(x, baseline, text)
    return x + metrics.horizontalAdvance(text)


def _spoken(entry: Entry) -> str:
    return ", ".join(
        f"{reading.label} {'none' if reading.value is None else wording.number(reading.value)}"
        for reading in entry.readings
    )

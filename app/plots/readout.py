"""The legend that is also the read-out: every run with its values, at the crosshair or at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.plots import wording
from app.plots.entry_painter import MOST_ROWS, ROW, EntryPainter
from app.plots.line_look import Look
from app.theme import theme


@dataclass(frozen=True)
class Reading:
    """One line's value; `label` (train, valid) is written only when a single run is shown."""

    label: str
    look: Look
    value: float | None


@dataclass(frozen=True)
class Entry:
    """One run; without readings it has no point yet."""

    run_id: str
    name: str
    colour: int
    readings: tuple[Reading, ...]


class Readout(QScrollArea):
    """Entries side by side, wrapped into rows, scrolled beyond three."""

    run_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, named: bool) -> None:
        """Write names where `named`; below it, colours and their order are enough."""
        super().__init__(parent)
        self._sheet = _Sheet(named=named)
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
    """Paints the entries where they were laid."""

    run_chosen = Signal(str)

    def __init__(self, *, named: bool) -> None:
        super().__init__()
        self._entries: Sequence[Entry] = ()
        self._named = named
        self._painter = EntryPainter((), 1, QFontMetrics(theme().font("body")), named=named)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.update()

    def wrap(self, width: int) -> int:
        """Lay the entries out for a width; return the number of rows."""
        self._painter = self._laid(width)
        self.setFixedSize(width, ROW * max(self._painter.rows, 1))
        return self._painter.rows

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._painter.paint(painter, event.rect().top(), event.rect().bottom())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._painter.index_at(event.position().toPoint())
        if index is not None:
            self.run_chosen.emit(self._entries[index].run_id)

    def paint_entries(self, painter: QPainter, width: int) -> int:
        laid = self._laid(width)
        laid.paint(painter, 0, ROW * laid.rows)
        return ROW * laid.rows

    def _laid(self, width: int) -> EntryPainter:
        return EntryPainter(self._entries, width, QFontMetrics(theme().font("body")), named=self._named)


def _spoken(entry: Entry) -> str:
    if not entry.readings:
        return "no points"
    return ", ".join(
        f"{reading.label} {'none' if reading.value is None else wording.number(reading.value)}"
        for reading in entry.readings
    )

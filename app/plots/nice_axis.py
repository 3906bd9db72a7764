"""An axis with few, round ticks: linear, logarithmic (1-2-5 where there is room), or time."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app.plots import wording
from app.theme import theme

UNIT_WIDTH = 72
_TEXT_GAP = 6  # pixels between the line and the texts
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


class NiceAxis(pg.AxisItem):  # type: ignore[misc]
    """Ticks and their texts.  On a logarithmic axis the view's coordinates are powers of ten."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation, maxTickLength=0)
        self.logarithmic = False
        self.time = False
        self._unit, self._whole = "", False
        self.enableAutoSIPrefix(False)
        self.restyle()

    def restyle(self) -> None:
        """Take the theme's colours and fonts."""
        self._font = theme().font("small")
        self._metrics = QFontMetricsF(self._font)
        self.update()

    @property
    def ticks(self) -> tuple[float, list[float]]:
        """How far ticks stand apart, and where, in view coordinates."""
        low, high = self.range
        size = self.size().height() if self.orientation == "left" else self.size().width()
        return next(iter(self.tickValues(low, high, size)), (1.0, []))

    def tickValues(self, lowest: float, highest: float, size: float) -> list[tuple[float, list[float]]]:
        """Return one level of ticks: its spacing and values in view coordinates."""
        low, high = sorted((lowest, highest))
        if not (math.isfinite(low) and math.isfinite(high)) or high <= low or size < 10:
            return []
        room = size / (52 if self.orientation == "left" else 96)
        if self.logarithmic:
            return [(1.0, _log_ticks(low, high, room))]
        spacing = _spacing((high - low) / max(room, 3.5), self.time)
        spacing = max(spacing, 1.0) if self._whole else spacing
        first, last = math.ceil(low / spacing - 1e-9), math.floor(high / spacing + 1e-9)
        return [(spacing, [number * spacing for number in range(first, last + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Return the texts of the ticks."""
        if self.logarithmic:
            plain = [10.0**value for value in values]
            return [wording.duration(value) if self.time else wording.tick_log(value) for value in plain]
        if self.time:
            return [wording.duration(value) if value else "0" for value in values]
        largest = max(map(abs, values), default=0.0)
        return [wording.tick(value, spacing, largest) for value in values]

    def set_kind(self, *, logarithmic: bool, time: bool = False, unit: str = "", whole: bool = False) -> None:
        """Choose how ticks are placed and written; `unit` stands in the corner left of the ticks.

        An axis that counts has ticks at `whole` numbers only.
        """
        self.logarithmic, self.time, self._unit, self._whole = logarithmic, time, unit, whole
        self.update()

    def boundingRect(self) -> QRectF:
        """Return what is painted; the unit of an x axis stands under the y axis."""
        place: QRectF = self.mapRectFromParent(self.geometry())
        return place.adjusted(-UNIT_WIDTH, 0, 0, 0) if self.orientation == "bottom" else place

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the line, the texts of ticks that fit beside it, and the unit."""
        place: QRectF = self.mapRectFromParent(self.geometry())
        at_left = self.orientation == "left"
        painter.setPen(QPen(theme().colour("grid"), 1))
        if at_left:
            painter.drawLine(QLineF(place.topRight(), place.bottomRight()))
        else:
            painter.drawLine(QLineF(place.topLeft(), place.topRight()))
        if not self.style["showValues"]:
            return
        painter.setFont(self._font)
        painter.setPen(theme().colour("axis"))
        spacing, ticks = self.ticks
        for value, text in zip(ticks, self.tickStrings(ticks, 1.0, spacing), strict=True):
            (self._write_left if at_left else self._write_below)(painter, place, value, text)
        if self._unit and not at_left:
            painter.setPen(theme().colour("text_faint"))
            corner = QRectF(place.left() - UNIT_WIDTH, place.top(), UNIT_WIDTH - 14, place.height())
            painter.drawText(corner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._unit)

    def _write_left(self, painter: QPainter, place: QRectF, value: float, text: str) -> None:
        low, high = self.range
        half = self._metrics.height() / 2
        y = place.bottom() - (value - low) / (high - low) * place.height()
        if place.top() + half <= y <= place.bottom() - half:
            x = place.right() - _TEXT_GAP - self._metrics.horizontalAdvance(text)
            painter.drawText(QPointF(x, y - half + self._metrics.ascent()), text)

    def _write_below(self, painter: QPainter, place: QRectF, value: float, text: str) -> None:
        low, high = self.range
        half = self._metrics.horizontalAdvance(text) / 2
        x = place.left() + (value - low) / (high - low) * place.width()
        if place.left() - UNIT_WIDTH + half <= x <= place.right() - half:
            painter.drawText(QPointF(x - half, place.top() + _TEXT_GAP + self._metrics.ascent()), text)


def _spacing(wanted: float, time: bool) -> float:
    """Return the smallest round spacing that is at least `wanted`."""
    if time and wanted > 1:
        return float(next((step for step in _TIME_STEPS if step >= wanted), 86400 * math.ceil(wanted / 86400)))
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= wanted * (1 - 1e-9))


def _log_ticks(low: float, high: float, room: float) -> list[float]:
    """Return ticks in powers of ten: decades, or within them 1-2-5, or round linear values when less is in view."""
    decades = high - low
    if decades > room:
        every = math.ceil(decades / room)
        return [float(power) for power in range(math.ceil(low), math.floor(high) + 1) if power % every == 0]
    for digits in ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10))):
        ticks = [power + math.log10(digit) for power in range(math.floor(low), math.ceil(high) + 1) for digit in digits]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= max(min(3.0, room), 0.5 * room) and len(ticks) <= max(1.5 * room, 4):
            return ticks
    values = np.array([10.0**low, 10.0**high])
    spacing = _spacing(float(values[1] - values[0]) / max(room, 3.5), time=False)
    first, last = math.ceil(values[0] / spacing), math.floor(values[1] / spacing)
    return [math.log10(number * spacing) for number in range(max(first, 1), last + 1)]

"""Things drawn in a view that keep their size in pixels: bands, markers, the crosshair."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app.plots.canvas import CurveBox


class Overlay(pg.GraphicsObject):  # type: ignore[misc]
    """An item that covers the view and paints in the view's own pixels; `paint_in` does the work."""

    def __init__(self, box: CurveBox, layer: float) -> None:
        """`layer` below 0 lies under the curves, above 0 over them."""
        super().__init__()
        self._box = box
        self.setParentItem(box)
        self.setZValue(layer)
        box.sigRangeChanged.connect(self._redraw)
        box.sigResized.connect(self._resize)

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._box.rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint inside the view only."""
        painter.save()
        painter.setClipRect(self.boundingRect())
        self.paint_in(painter, self.boundingRect())
        painter.restore()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Paint in pixels; `area` is the whole view."""
        raise NotImplementedError

    def tip_at(self, position: QPointF) -> str:
        """Return what a tooltip at a position (pixels of the view) says; nothing when nothing is there."""
        return ""

    def x_pixel(self, x: float) -> float:
        """Return where a view coordinate lies, in pixels."""
        (low, high), width = self._box.viewRange()[0], self.boundingRect().width()
        return self.boundingRect().left() + (x - low) / (high - low) * width if high > low else 0.0

    def y_pixel(self, y: float) -> float:
        """Return where a view coordinate lies, in pixels from the top."""
        (low, high), height = self._box.viewRange()[1], self.boundingRect().height()
        return self.boundingRect().bottom() - (y - low) / (high - low) * height if high > low else 0.0

    def _redraw(self, *_: object) -> None:
        self.update()

    def _resize(self, *_: object) -> None:
        self.prepareGeometryChange()
        self.update()

"""One plot's drawing area: axes, view, and the gestures of mouse and wheel."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from app.plots.nice_axis import NiceAxis
from app.theme import theme

LEFT_WIDTH = 72


class CurveBox(pg.ViewBox):  # type: ignore[misc]
    """The view.  Left drag zooms into a rectangle, middle drag pans, the wheel zooms x (with Ctrl: y)."""

    reset_wanted = Signal()
    zoomed_x = Signal()
    zoomed_y = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.setMouseMode(pg.ViewBox.RectMode)
        self.disableAutoRange()
        self.setDefaultPadding(0)

    def restyle(self) -> None:
        """Take the theme's colours."""
        accent = theme().colour("accent")
        pen = QPen(accent)
        pen.setCosmetic(True)
        self.rbScaleBox.setPen(pen)
        accent.setAlphaF(0.12)
        self.rbScaleBox.setBrush(accent)

    def wheelEvent(self, ev: Any, axis: int | None = None) -> None:
        """Zoom one axis around the mouse."""
        if axis is None:
            axis = 1 if ev.modifiers() & Qt.KeyboardModifier.ControlModifier else 0
        super().wheelEvent(ev, axis)
        (self.zoomed_x if axis == 0 else self.zoomed_y).emit()

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Zoom into a rectangle (left button) or pan (middle button, or left with Shift)."""
        if ev.button() == Qt.MouseButton.RightButton:
            ev.ignore()
            return
        pans = ev.button() == Qt.MouseButton.MiddleButton or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if pans:
            self.state["mouseMode"] = pg.ViewBox.PanMode
        super().mouseDragEvent(ev, axis)
        self.state["mouseMode"] = pg.ViewBox.RectMode
        if pans or ev.isFinish():
            self.zoomed_x.emit()
            self.zoomed_y.emit()

    def mouseClickEvent(self, ev: Any) -> None:
        """Show everything again after a double click."""
        if ev.button() == Qt.MouseButton.LeftButton and ev.double():
            ev.accept()
            self.reset_wanted.emit()


class Canvas(pg.PlotWidget):  # type: ignore[misc]
    """A plot widget with our axes and view; `box` is its view."""

    left = Signal()  # the mouse left the widget

    def __init__(self, parent: QWidget | None = None) -> None:
        self.box = CurveBox()
        self.x_axis = NiceAxis("bottom")
        self.y_axis = NiceAxis("left")
        super().__init__(parent, viewBox=self.box, axisItems={"bottom": self.x_axis, "left": self.y_axis})
        self.plotItem.hideButtons()
        self.plotItem.setMenuEnabled(False)
        self.plotItem.layout.setContentsMargins(0, 0, 0, 0)
        self.y_axis.setWidth(LEFT_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setAcceptDrops(False)  # a scene takes every drop and does nothing with it; the window takes files
        self.viewport().setAcceptDrops(False)
        self.restyle()

    def restyle(self) -> None:
        """Take the theme's colours."""
        self.setBackground(theme().colour("plot"))
        self.box.restyle()
        self.x_axis.restyle()
        self.y_axis.restyle()

    def viewportEvent(self, ev: QEvent) -> bool:
        """Keep tooltips: they are shown as the mouse moves, and the scene, knowing none, would hide them."""
        if ev.type() == QEvent.Type.ToolTip:
            return True
        return bool(super().viewportEvent(ev))

    def leaveEvent(self, ev: Any) -> None:
        """Tell that the mouse is gone, so that the crosshair can go too."""
        super().leaveEvent(ev)
        self.left.emit()

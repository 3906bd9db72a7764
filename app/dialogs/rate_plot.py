"""The learning rate of the parent and of the run to be, over the steps, before anything starts."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.plots.canvas import Canvas
from app.plots.curve_layer import CurveLayer
from app.plots.grid import Grid
from app.plots.line_look import Look, towards_plot
from app.plots.overlay import Overlay
from app.plots.run_line import DrawnLine
from app.theme import set_role, theme
from core.spec.rate_curve import RateCurve

_AIR = 1.08


class _Here(Overlay):
    """An upright line where the new run begins."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.box, layer=0.5)
        self.step: float | None = None

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        if self.step is None:
            return
        painter.setPen(QPen(theme().colour("text_muted"), 1, Qt.PenStyle.DashLine))
        x = round(self.x_pixel(self.step)) + 0.5
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))


class RatePlot(QWidget):
    """Two curves: the old one faint, the new one strong, and where they part."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("going_back_rates")
        self.setAccessibleName("Learning rate before and after")
        self.canvas = Canvas(self)
        self.canvas.setMinimumHeight(130)
        self.canvas.setMouseEnabled(x=False, y=False)
        self.canvas.x_axis.set_kind(logarithmic=False, unit="step")
        Grid(self.canvas.box, self.canvas.y_axis, 0)
        layer = CurveLayer(self.canvas.box)
        self.old, self.new = DrawnLine(layer, 1.0), DrawnLine(layer, 2.0)
        self._here = _Here(self.canvas)
        self._curves: tuple[RateCurve, RateCurve, float | None] | None = None
        title = QLabel("Learning rate")
        head = QHBoxLayout()
        head.setSpacing(theme().space(2))
        head.addWidget(title)
        head.addStretch(1)
        self._legend = [QLabel(), QLabel()]
        for label in self._legend:
            set_role(label, "small")
            head.addWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().space(0.5))
        column.addLayout(head)
        column.addWidget(self.canvas, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().theme_changed.connect(self._restyle)
        self._restyle()

    def show_rates(self, old: RateCurve, new: RateCurve, begins: float | None) -> None:
        """Draw both; `begins` is the step at which the new run begins on the axis."""
        self._curves = (old, new, begins)
        self._here.step = begins
        old_look = Look(towards_plot(theme().colour("text_muted"), 0.7), 1.5)
        self.old.show((old.step, old.rate), old_look, log_x=False, log_y=False)
        ahead = new.step >= (begins or 0.0)  # up to there both are the same
        self.new.show((new.step[ahead], new.rate[ahead]), Look(theme().colour("accent"), 2.0), log_x=False, log_y=False)
        ends = [curve.step[-1] for curve in (old, new) if len(curve.step)]
        tops = [float(np.max(curve.rate)) for curve in (old, new) if len(curve.rate)]
        last, top = max([*ends, 1.0]), max([*tops, 1e-12])
        self.canvas.box.setRange(xRange=(0.0, float(last) * 1.01), yRange=(0.0, top * _AIR), padding=0)

    def _restyle(self) -> None:
        self.canvas.restyle()
        for label, words, token in zip(
            self._legend, ("as it was", "as it will be"), ("text_muted", "accent"), strict=True
        ):
            colour = theme().colour(token).name()
            label.setText(f'<span style="color:{colour}">&#9644;</span> {words}')
        if self._curves is not None:
            self.show_rates(*self._curves)

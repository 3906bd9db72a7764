"""Loss along the straight line between two checkpoints: whether a hill lies between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.compare.part import PartView
from app.compare.sides import Side, paint_badge
from app.compare.wording import examples_words, reasons, value
from app.plots.canvas import Canvas
from app.plots.crosshair import Crosshair
from app.plots.curve_layer import CurveLayer
from app.plots.grid import Grid
from app.plots.line_look import Look, main_look
from app.plots.overlay import Overlay
from app.plots.run_line import DrawnLine
from app.theme import set_role, theme
from core.comparison.result import Comparison, Line, as_array, as_float

_AIR = 0.06  # of the range, around the curves
_BADGE = 18  # pixels
_RULE = "Loss along the straight line of the weights from A (0) to {letter} (1), {count} places. {barrier} {method}"


class LinePart(PartView):
    """The curves of training and validation loss, with both ends marked; arrow keys read the values out."""

    title = "Line"
    tip = "Loss along the straight line between the weights"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("line", parent)
        self._made: Line | None = None
        self._sides: Sequence[Side] = ()
        self._place = 0
        self.canvas = Canvas(self)
        self.canvas.setObjectName("compare.line.plot")
        self.canvas.setAccessibleName("Loss along the line")
        self.canvas.setToolTip("Loss at a place of the line, 0 is A and 1 the other")
        self.canvas.setMouseEnabled(x=False, y=False)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.canvas.installEventFilter(self)
        self.canvas.x_axis.set_kind(logarithmic=False, unit="place")
        Grid(self.canvas.box, self.canvas.y_axis, 0)
        layer = CurveLayer(self.canvas.box)
        self.train, self.valid = DrawnLine(layer, 1.0), DrawnLine(layer, 2.0)
        self._ends = _Ends(self.canvas)
        self._crosshair = Crosshair(self.canvas.box)
        self.readout, self.legend = QLabel(), QLabel()
        self.readout.setObjectName("compare.line.readout")
        for label in (self.legend, self.readout):
            set_role(label, "small")
        head = QHBoxLayout()
        head.addWidget(self.legend)
        head.addStretch(1)
        head.addWidget(self.readout)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.canvas, 1)
        self.canvas.scene().sigMouseMoved.connect(self._follow)
        theme().theme_changed.connect(self._restyle)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        made = next((one for one in found.line if one.other == other), None)
        self._made, self._sides, self._place = made, [sides[0], sides[other]], 0
        if made is None:
            self.tell("", reasons(found, "line", other) or ["No line was asked for."])
            return
        letter = sides[other].letter
        examples = examples_words(made.train_examples)
        if made.valid_examples is not None:
            examples += f" and {examples_words(made.valid_examples)}"
        words = _RULE.format(letter=letter, count=len(made.positions), barrier=_barrier_words(made), method=made.method)
        self.tell(f"{words} Over {examples}.")
        self._draw()

    def eventFilter(self, watched: object, event: object) -> bool:
        """Let the arrow keys walk along the line."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress and self._made is not None:
            step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            if step is not None:
                self._read_out(min(max(self._place + step, 0), len(self._made.positions) - 1))
                return True
        return bool(super().eventFilter(watched, event))  # type: ignore[arg-type]

    def _draw(self) -> None:
        made = self._made
        if made is None:
            return
        x, (train, valid) = np.array(made.positions), self._curves(made)
        light = made.valid_examples is not None
        train_look, valid_look = self._looks(light=light)
        self.train.show((x, train), train_look, log_x=False, log_y=False)
        self.valid.show((x, valid), valid_look, log_x=False, log_y=False)
        self._ends.show_ends(self._sides, valid if light else train)
        known = np.concatenate([train, valid])
        known = known[np.isfinite(known)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        air = _AIR * (high - low or abs(high) or 1.0)
        self.canvas.box.setRange(xRange=(-0.04, 1.04), yRange=(low - air, high + 2 * air), padding=0)
        names = [f'<span style="color:{valid_look.colour.name()}">&#9644;</span> valid/loss'] if light else []
        names.append(f'<span style="color:{train_look.colour.name()}">- - -</span> train/loss')
        self.legend.setText("&nbsp;&nbsp; ".join(names))
        self._read_out(self._place)

    def _looks(self, *, light: bool) -> tuple[Look, Look]:
        colour = self._sides[-1].colour
        return main_look(colour, light=light), main_look(colour, light=False)

    def _curves(self, made: Line) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return as_array(made.train), as_array(made.valid)

    def _follow(self, position: object) -> None:
        if self._made is not None and self.canvas.box.sceneBoundingRect().contains(position):
            x = self.canvas.box.mapSceneToView(position).x()
            self._read_out(int(np.abs(np.array(self._made.positions) - x).argmin()))

    def _read_out(self, place: int) -> None:
        made = self._made
        if made is None or not made.positions:
            return
        self._place, x = place, made.positions[place]
        light = made.valid_examples is not None
        words = [f"at {x:.2f}", f"train/loss {value(made.train[place])}"]
        dots = [(x, as_float(made.train[place]), self._looks(light=light)[0].colour)]
        if light:
            words.append(f"valid/loss {value(made.valid[place])}")
            dots.append((x, as_float(made.valid[place]), self._looks(light=light)[1].colour))
        self._crosshair.show_at(x, [dot for dot in dots if np.isfinite(dot[1])])
        self.readout.setText("  ·  ".join(words))
        self.canvas.setAccessibleDescription(", ".join(words))

    def _restyle(self) -> None:
        self.canvas.restyle()
        self._draw()


class _Ends(Overlay):
    """Upright lines at both ends, with the letters of the checkpoints above."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.box, layer=5)
        self._sides: Sequence[Side] = ()
        self._heights: tuple[float, float] = (0.0, 0.0)

    def show_ends(self, sides: Sequence[Side], curve: NDArray[np.float64]) -> None:
        """Mark both ends of a curve."""
        self._sides, self._heights = sides, (float(curve[0]), float(curve[-1]))
        self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for side, x in zip(self._sides, (0.0, 1.0), strict=False):
            pixel = round(self.x_pixel(x)) + 0.5
            painter.setPen(QPen(theme().colour("line_strong"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QLineF(pixel, area.top() + _BADGE, pixel, area.bottom()))
            paint_badge(painter, QRectF(pixel - _BADGE / 2, area.top(), _BADGE, _BADGE), side)


def _barrier_words(made: Line) -> str:
    """Say how far the loss rises on the way, over validation examples where there are any."""
    which = "training" if made.barrier_valid is None else "validation"
    height = as_float(made.barrier_train if made.barrier_valid is None else made.barrier_valid)
    if height <= 0:
        return f"No hill lies between them: the {which} loss nowhere rises above the straight line of its two ends."
    return f"On the way the {which} loss rises by up to {value(height)} above the straight line of its two ends."

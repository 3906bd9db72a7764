"""What happened to the first run besides checkpoints: flags, bars and lines at the lower edge."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.plots.canvas import CurveBox
from app.plots.checkpoint_marks import STRIP_HEIGHT
from app.plots.mark_shapes import draw_bars, draw_flag, draw_upright
from app.plots.marks import Mark
from app.plots.overlay import Overlay
from app.plots.phase_bands import LABEL_HEIGHT
from app.theme import theme

_REACH = 8  # pixels around a mark that still mean it
_ORDER = {"stage": 0, "resume": 1, "pause": 2, "command": 3}


class MarkStrip(Overlay):
    """Flags for commands, bars for pauses, upright lines for stages and for where a resume went back to."""

    def __init__(self, box: CurveBox) -> None:
        super().__init__(box, layer=18)
        self._marks: list[Mark] = []

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show these marks."""
        if marks or self._marks:
            self._marks = sorted(marks, key=lambda mark: (_ORDER[mark.kind], mark.x))
            self.update()

    def tip_at(self, position: QPointF) -> str:
        """Return what the mark pointed at says."""
        mark = self._mark_at(position)
        return mark.tip() if mark is not None else ""

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Draw what is in view; of marks on one pixel only the most important one."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        baseline = area.bottom() - STRIP_HEIGHT / 2
        for mark in self._told_apart(area):
            _draw(painter, mark, QPointF(self.x_pixel(mark.x), baseline), area)

    def _told_apart(self, area: QRectF) -> list[Mark]:
        """Return the marks to draw, the most important last and so on top."""
        seen: set[int] = set()
        shown = []
        for mark in reversed(self._marks):
            x = self.x_pixel(mark.x)
            if area.left() - 8 <= x <= area.right() + 8 and round(x / 2) not in seen:
                seen.add(round(x / 2))
                shown.append(mark)
        return shown[::-1]

    def _mark_at(self, position: QPointF) -> Mark | None:
        area = self.boundingRect()
        if position.y() < area.bottom() - STRIP_HEIGHT - 18:
            return None
        near = [mark for mark in self._marks if abs(self.x_pixel(mark.x) - position.x()) <= _REACH]
        if position.y() < area.bottom() - STRIP_HEIGHT:
            near = [mark for mark in near if mark.kind == "command"]
        return min(
            near, key=lambda mark: (abs(self.x_pixel(mark.x) - position.x()) // 3, -_ORDER[mark.kind]), default=None
        )


def _draw(painter: QPainter, mark: Mark, at: QPointF, area: QRectF) -> None:
    match mark.kind:
        case "command":
            draw_flag(painter, at, theme().colour("command"))
        case "pause":
            draw_bars(painter, at, theme().colour("command"))
        case "stage" | "resume":
            style = Qt.PenStyle.DashLine if mark.kind == "stage" else Qt.PenStyle.DotLine
            pen = QPen(theme().colour("text_faint"), 1, style)
            draw_upright(painter, pen, at.x(), area.top() + LABEL_HEIGHT, area.bottom())

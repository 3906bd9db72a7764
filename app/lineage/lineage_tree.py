"""The lineage tree: every run of a family as a line over its steps, hanging from the run it came from."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from app.icons import pixmap
from app.lineage.family import Branch
from app.plots.wording import tick
from app.runs_view.words import STATUS_TOKENS, descent_words, number, progress_words
from app.theme import theme

ROW = 34
_LEFT, _TOP, _AXIS = 16, 8, 26
_DOT = 4.5
_NAME = 190  # pixels kept for the names right of the lines


class LineageTree(QWidget):
    """Draws the branches; a click or the arrow keys choose a run."""

    run_chosen = Signal(str)

    def __init__(self, colour_of: Callable[[str], int | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lineage_tree")
        self.setAccessibleName("Lineage tree")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._colour_of = colour_of
        self._branches: list[Branch] = []
        self._current = ""
        theme().theme_changed.connect(self.update)

    def show_family(self, branches: list[Branch], current: str) -> None:
        """Show these branches; one of them is the current run."""
        self._branches, self._current = branches, current
        chosen = next((one.run for one in branches if one.run.id == current), None)
        words = f"{len(branches)} runs" if len(branches) != 1 else "1 run"
        self.setAccessibleDescription(f"{words}; {chosen.name}, {descent_words(chosen)}" if chosen else words)
        self.setMinimumHeight(_TOP + ROW * max(1, len(branches)) + _AXIS)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(600, _TOP + ROW * max(1, len(self._branches)) + _AXIS)

    def place_of(self, step: float, row: int) -> QPointF:
        """Return where a step of a row lies, in pixels."""
        last = max([branch.last for branch in self._branches] + [1])
        width = max(80, self.width() - _LEFT - _NAME)
        return QPointF(_LEFT + step / last * width, _TOP + ROW * (row + 0.5))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("surface"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_axis(painter)
        for branch in self._branches:
            self._paint_link(painter, branch)
        for branch in self._branches:
            self._paint_line(painter, branch)
            self._paint_name(painter, branch)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        branch = self._branch_at(event.position().y())
        if branch is not None and event.button() == Qt.MouseButton.LeftButton:
            self.run_chosen.emit(branch.run.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        rows = [branch.run.id for branch in self._branches]
        if by is None or self._current not in rows:
            super().keyPressEvent(event)
            return
        self.run_chosen.emit(rows[max(0, min(len(rows) - 1, rows.index(self._current) + by))])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            branch = self._branch_at(event.pos().y())
            QToolTip.showText(event.globalPos(), _tip(branch) if branch else "", self)
            return True
        return super().event(event)

    def _branch_at(self, y: float) -> Branch | None:
        row = int((y - _TOP) // ROW)
        return self._branches[row] if 0 <= row < len(self._branches) else None

    def _paint_axis(self, painter: QPainter) -> None:
        """Draw a few upright lines with their steps below."""
        painter.setFont(theme().font("small"))
        last = max([branch.last for branch in self._branches] + [1])
        bottom = _TOP + ROW * len(self._branches)
        spacing = _spacing(last, max(2, (self.width() - _LEFT - _NAME) // 110))
        for count in range(int(last / spacing) + 1):
            x = round(self.place_of(count * spacing, 0).x()) + 0.5
            painter.setPen(QPen(theme().colour("grid"), 1))
            painter.drawLine(QLineF(x, _TOP, x, bottom))
            painter.setPen(theme().colour("axis"))
            text = tick(count * spacing, spacing, last) if count else "step 0"
            painter.drawText(QPointF(x - (3 if not count else 8), bottom + 17), text)

    def _paint_link(self, painter: QPainter, branch: Branch) -> None:
        """Draw where a run left its parent; a warm start, which counts from 0, leaves by a dashed line."""
        if branch.parent_row is None or branch.parent_step is None:
            return
        left, begun = self.place_of(branch.parent_step, branch.parent_row), self.place_of(branch.first, branch.row)
        style = Qt.PenStyle.SolidLine if branch.run.kind == "fork" else Qt.PenStyle.DashLine
        painter.setPen(QPen(theme().colour("line_strong"), 1.5, style))
        painter.drawLine(QLineF(left.x(), left.y(), left.x(), begun.y()))
        painter.drawLine(QLineF(left.x(), begun.y(), begun.x(), begun.y()))
        painter.setPen(QPen(theme().colour("surface"), 1.5))
        painter.setBrush(theme().colour("checkpoint"))
        painter.drawEllipse(left, _DOT, _DOT)

    def _paint_line(self, painter: QPainter, branch: Branch) -> None:
        first, last = self.place_of(branch.first, branch.row), self.place_of(branch.last, branch.row)
        series = self._colour_of(branch.run.id)
        colour = theme().series(series) if series is not None else theme().colour("text_muted")
        pen = QPen(colour, 3 if branch.run.id == self._current else 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(first, last)

    def _paint_name(self, painter: QPainter, branch: Branch) -> None:
        """Write the name behind the line's end, how the run stands before it, and mark the current one."""
        at = self.place_of(branch.last, branch.row)
        ratio = self.devicePixelRatioF()
        drawn = pixmap(f"status-{branch.run.status}", STATUS_TOKENS[branch.run.status], 14, ratio)
        painter.drawPixmap(QPointF(at.x() + 8, at.y() - 7), drawn)
        font = theme().font("body")
        font.setBold(branch.run.id == self._current)
        painter.setFont(font)
        painter.setPen(theme().colour("text"))
        room = QRectF(at.x() + 28, at.y() - ROW / 2, self.width() - at.x() - 34, ROW)
        best = number(branch.run.best_value)
        name = QFontMetricsF(font).elidedText(branch.run.name, Qt.TextElideMode.ElideRight, room.width())
        used = QFontMetricsF(font).horizontalAdvance(name) + 8
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(theme().font("small"))
        painter.setPen(theme().colour("text_muted"))
        if best and used + 50 < room.width():
            painter.drawText(room.adjusted(used, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, best)


def _tip(branch: Branch) -> str:
    run = branch.run
    came = f"{descent_words(run)} of {run.parent}" if run.parent else "from scratch"
    best = f"\nbest {run.best_metric} {number(run.best_value)}" if run.best_value is not None else ""
    return f"{run.name} ({run.id})\n{came}\nstep {branch.first:,} to {branch.last:,}, {progress_words(run)}{best}"


def _spacing(last: int, most: int) -> float:
    """Return a round distance at which at most `most` lines lie below `last`."""
    power = 1.0
    while True:
        for factor in (1, 2, 5):
            if last / (factor * power) <= most:
                return factor * power
        power *= 10

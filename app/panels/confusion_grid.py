"""A confusion matrix as a heat map: a row for each true class, a column for each predicted one."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.panels.confusion_layout import SINGLE, ConfusionLayout
from app.panels.confusion_wording import cell_words, compact, short, summary_words, tooltip
from app.theme import theme
from core.runs.confusion import ConfusionMatrix

STRONGEST = {"light": 0.7, "dark": 0.5}  # share of accent in the deepest shade under a number, which stays readable
_FAINTEST = 0.12  # of the way there, for a cell that is not empty


class ConfusionGrid(QWidget):
    """Cells are shaded by their share of the true class: one hue, deeper for more.

    Arrow keys move from cell to cell; what a cell means is in its tooltip and in the accessible description.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("details.confusion.grid")
        self.setAccessibleName("Confusion matrix")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._matrix: ConfusionMatrix | None = None
        self._names: list[str] = []
        self._current = (0, 0)
        theme().theme_changed.connect(self.update)

    @property
    def current(self) -> tuple[int, int]:
        """The cell that the keyboard is on: (true, predicted)."""
        return self._current

    def show_matrix(self, matrix: ConfusionMatrix) -> None:
        """Show a matrix; the current cell stays where it is."""
        self._matrix = matrix
        self._names = [short(name) for name in matrix.classes]
        last = max(0, len(self._names) - 1)
        self._go(min(self._current[0], last), min(self._current[1], last))
        self.updateGeometry()

    def layout_now(self) -> ConfusionLayout:
        """Return where everything is at the present width."""
        return self._layout_at(self.width())

    def sizeHint(self) -> QSize:
        width = theme().space(36)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().space(20), 0)

    def heightForWidth(self, width: int) -> int:
        return self._layout_at(width).height

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.layout_now().cell_at(event.pos())
            if cell is None:
                QToolTip.hideText()
            else:
                self._tell(cell, event.globalPos())
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.layout_now().cell_at(event.position().toPoint())
        if cell is not None:
            self._go(*cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        (row, column), last = self._current, len(self._names) - 1
        match event.key():
            case Qt.Key.Key_Up:
                row -= 1
            case Qt.Key.Key_Down:
                row += 1
            case Qt.Key.Key_Left:
                column -= 1
            case Qt.Key.Key_Right:
                column += 1
            case Qt.Key.Key_Home:
                column = 0
            case Qt.Key.Key_End:
                column = last
            case _:
                super().keyPressEvent(event)
                return
        self._go(max(0, min(row, last)), max(0, min(column, last)))
        self._tell(self._current, self.mapToGlobal(self.layout_now().cell(*self._current).bottomLeft()))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._matrix is None or not self._names:
            return
        places = self.layout_now()
        painter = QPainter(self)
        painter.setFont(theme().font("small"))
        self._paint_axes(painter, places)
        if len(self._names) <= SINGLE:
            self._paint_cells(painter, places, self._matrix)
        else:
            self._paint_image(painter, places, self._matrix)
        if self.hasFocus():
            painter.setPen(QPen(theme().colour("text"), 2))
            painter.drawRect(places.cell(*self._current).adjusted(0, 0, -1, -1))

    def _paint_cells(self, painter: QPainter, places: ConfusionLayout, matrix: ConfusionMatrix) -> None:
        texts = _texts(matrix, painter.fontMetrics(), places.side - 4)
        painter.setPen(theme().colour("text"))
        for (row, column), share in np.ndenumerate(matrix.shares):
            cell = places.cell(row, column).adjusted(0, 0, -1, -1)
            painter.fillRect(cell, shade(float(share), numbered=bool(texts)))
            if texts and matrix.counts[row, column]:
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, texts[row][column])

    def _paint_image(self, painter: QPainter, places: ConfusionLayout, matrix: ConfusionMatrix) -> None:
        """Paint a pixel for each cell and let it be scaled; of cells smaller than a pixel the deepest one shows."""
        area = QRectF(places.area)
        merged = math.ceil(len(self._names) / (area.width() * self.devicePixelRatioF()))
        starts = np.arange(0, len(self._names), merged)
        shares = np.maximum.reduceat(np.maximum.reduceat(matrix.shares, starts, axis=0), starts, axis=1)
        ramp = np.array([shade(step / 255, numbered=False).rgb() for step in range(256)], np.uint32)
        pixels = ramp[np.ceil(shares * 255).astype(np.intp)].tobytes()
        side = len(starts)
        painter.drawImage(area, QImage(pixels, side, side, 4 * side, QImage.Format.Format_RGB32))

    def _paint_axes(self, painter: QPainter, places: ConfusionLayout) -> None:
        area, line = places.area, places.line
        painter.setPen(theme().colour("text_muted"))
        painter.drawText(QRect(area.left(), 0, self.width() - area.left(), line), _LEFT, "predicted")
        _turned(painter, QPoint(0, area.bottom()), QRect(0, 0, area.height(), line), _RIGHT, "true")
        for number in range(0, len(self._names), places.every):
            name, cell = self._names[number], places.cell(number, number)
            elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, places.names)
            beside = QRect(area.left() - places.gap - places.names, cell.center().y() - line // 2, places.names, line)
            painter.drawText(beside, _RIGHT, elided)
            if places.upright:
                above = QRect(cell.left(), area.top() - places.gap - line, cell.width() - 1, line)
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, name)
            else:
                foot = QPoint(cell.center().x() - line // 2, area.top() - places.gap)
                _turned(painter, foot, QRect(0, 0, places.names, line), _LEFT, elided)

    def _layout_at(self, width: int) -> ConfusionLayout:
        return ConfusionLayout(width, self._names, QFontMetrics(theme().font("small")))

    def _go(self, row: int, column: int) -> None:
        """Make a cell the current one."""
        self._current = (row, column)
        if self._matrix is not None and self._names:
            words = cell_words(self._matrix, row, column).replace("\n", "; ")
            self.setAccessibleDescription(f"{summary_words(self._matrix)} {words}.")
        self.update()

    def _tell(self, cell: tuple[int, int], place: QPoint) -> None:
        """Show what a cell means, at a place of the screen."""
        if self._matrix is not None and self._names:
            QToolTip.showText(place, tooltip(self._matrix, *cell), self, self.layout_now().cell(*cell))


def shade(share: float, *, numbered: bool) -> QColor:
    """Return the colour of a cell that holds this share (0 to 1) of its true class, with a number in it or without."""
    empty, full = theme().colour("hover"), theme().colour("accent")
    strongest = STRONGEST[theme().mode] if numbered else 1.0
    part = strongest * (_FAINTEST + (1 - _FAINTEST) * share) if share > 0 else 0.0
    return QColor.fromRgbF(
        empty.redF() + (full.redF() - empty.redF()) * part,
        empty.greenF() + (full.greenF() - empty.greenF()) * part,
        empty.blueF() + (full.blueF() - empty.blueF()) * part,
    )


def _texts(matrix: ConfusionMatrix, metrics: QFontMetrics, room: float) -> list[list[str]]:
    """Return the numbers of all cells; none when one of them has no room, for some alone would mislead."""
    for words in ("{:,}".format, compact):
        texts = [[words(count) for count in row] for row in matrix.counts.tolist()]
        if max(metrics.horizontalAdvance(text) for row in texts for text in row) <= room:
            return texts
    return []


def _turned(painter: QPainter, foot: QPoint, box: QRect, flags: Qt.AlignmentFlag, text: str) -> None:
    """Draw text upwards from a foot; `box` is where it is as if it were not turned."""
    painter.save()
    painter.translate(foot)
    painter.rotate(-90)
    painter.drawText(box, flags, text)
    painter.restore()


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

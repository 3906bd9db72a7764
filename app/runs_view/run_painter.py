"""A run in the narrow column: name and best value above, progress and tags below, a thin bar while it runs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.icons import pixmap
from app.runs_view.run_rows import GROUP_ROLE, SUMMARY_ROLE
from app.runs_view.words import STATUS_TOKENS, descent_words, fraction_done, number, progress_words
from app.theme import theme
from core.runs.summary import RunSummary

ICON = 16
SHORT_METRICS = {"accuracy": "acc", "precision": "prec", "recall": "rec", "roc_auc": "auc"}
Index = QModelIndex | QPersistentModelIndex


class RunPainter(QStyledItemDelegate):
    """Paints rows of two lines, all of one height; a run on the plot wears its series colour on the left edge."""

    def __init__(self, colour_of: Callable[[str], int | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colour_of = colour_of

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        body = QFontMetrics(theme().font("body")).height()
        small = QFontMetrics(theme().font("small")).height()
        return QSize(120, body + small + theme().space(2))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme().colour("selection"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme().colour("hover"))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme().colour("accent"))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
        run = index.data(SUMMARY_ROLE)
        if run is None:
            _text(painter, box.adjusted(theme().space(), 0, 0, 0), str(index.data(GROUP_ROLE)), "body", "text_muted")
        else:
            _paint_run(painter, box, run)
            colour = self._colour_of(run.id)
            if colour is not None:
                painter.fillRect(QRect(box.left(), box.top(), 3, box.height()), theme().series(colour))
        painter.restore()


class RunLine(QStyledItemDelegate):
    """Paints rows of one line for the table; a run on the plot wears its series colour here too."""

    def __init__(self, colour_of: Callable[[str], int | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colour_of = colour_of

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        run = index.data(SUMMARY_ROLE) if index.column() == 0 else None
        colour = self._colour_of(run.id) if run else None
        if colour is not None:
            box: QRect = option.rect
            painter.fillRect(QRect(0, box.top(), 3, box.height()), theme().series(colour))


def _paint_run(painter: QPainter, box: QRect, run: RunSummary) -> None:
    space = theme().space
    inner = box.adjusted(space(1.5), space(0.75), -space(), -space(0.75))
    body = QFontMetrics(theme().font("body")).height()
    ratio = painter.device().devicePixelRatioF()
    drawn = pixmap(f"status-{run.status}", STATUS_TOKENS[run.status], ICON, ratio)
    painter.drawPixmap(inner.left(), inner.top() + (body - ICON) // 2, drawn)
    upper = QRect(inner.left() + ICON + space(), inner.top(), inner.width() - ICON - space(), body)
    _text(painter, upper.adjusted(0, 0, -_paint_best(painter, upper, run), 0), run.name, "body", "text")
    lower = QRect(upper.left(), upper.bottom() + 2, upper.width(), inner.bottom() - upper.bottom())
    tags = "  ".join(f"#{tag}" for tag in run.tags)
    words = ", ".join(filter(None, (progress_words(run), descent_words(run))))
    token = "danger" if run.status in ("failed", "killed") else "text_muted"
    _text(painter, lower, words, "small", token)
    used = QFontMetrics(theme().font("small")).horizontalAdvance(words) + space(2)
    if tags and used < lower.width():
        _text(painter, lower.adjusted(used, 0, 0, 0), tags, "small", "text_muted", Qt.AlignmentFlag.AlignRight)
    done = fraction_done(run)
    if run.status in ("running", "paused") and done is not None:
        bar = QRect(upper.left(), box.bottom() - 2, upper.width(), 2)
        painter.fillRect(bar, theme().colour("line"))
        bar.setWidth(round(bar.width() * done))
        painter.fillRect(bar, QColor(theme().colour(STATUS_TOKENS[run.status])))


def _paint_best(painter: QPainter, line: QRect, run: RunSummary) -> int:
    """Paint the best value at the end of a line, and what it measures where the name leaves room; return its width."""
    metrics, small = QFontMetrics(theme().font("body")), QFontMetrics(theme().font("small"))
    best = number(run.best_value)
    if not best:
        return 0
    used = metrics.horizontalAdvance(best) + theme().space()
    _text(painter, line, best, "body", "text", Qt.AlignmentFlag.AlignRight)
    full = run.best_metric.rpartition("/")[2]
    for measured in (full, SHORT_METRICS.get(full, full)):
        wider = used + small.horizontalAdvance(measured) + theme().space(0.5)
        if metrics.horizontalAdvance(run.name) + wider <= line.width():
            beside = line.adjusted(0, 0, -(used - theme().space(0.5)), 0)
            _text(painter, beside, measured, "small", "text_muted", Qt.AlignmentFlag.AlignRight)
            return wider
    return used


def _text(
    painter: QPainter,
    box: QRect,
    text: str,
    font: str,
    token: str,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    chosen = theme().font("small" if font == "small" else "body")
    painter.setFont(chosen)
    painter.setPen(theme().colour(token))
    shown = QFontMetrics(chosen).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

"""The order in which Tab goes through a window: the one in which things are laid out, however late they were made."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLayout,
    QMainWindow,
    QMenuBar,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QTextEdit,
    QToolBar,
    QWidget,
)

_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit)  # what is inside is their own


def follow_layout(window: QWidget) -> None:
    """Let Tab follow the layout.  Qt goes by the order of making, and sections and pages are made when first opened."""
    for before, after in pairwise(focusable(window)):
        if before.nextInFocusChain() is not after:
            QWidget.setTabOrder(before, after)


def focusable(widget: QWidget) -> Iterator[QWidget]:
    """Yield what Tab can reach in a widget and below it, in the order of the layout, hidden or not."""
    if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
        yield widget
    if not isinstance(widget, _WHOLE):
        for child in _children(widget):
            yield from focusable(child)


def _children(widget: QWidget) -> list[QWidget]:
    """Return the children as they are laid out; those in no layout come last, in the order of making."""
    laid_out: list[QWidget | None]
    match widget:
        case QMainWindow():
            bars = widget.findChildren(QToolBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
            laid_out = [*bars, widget.centralWidget()]
        case QTabWidget():
            laid_out = [widget.tabBar(), *(widget.widget(index) for index in range(widget.count()))]
        case QSplitter() | QStackedWidget():
            laid_out = [widget.widget(index) for index in range(widget.count())]
        case QScrollArea():
            laid_out = [widget.widget()]
        case _:
            laid_out = list(_in_layout(widget.layout()))
    others = [child for child in widget.children() if isinstance(child, QWidget) and child not in laid_out]
    wanted = [child for child in (*laid_out, *others) if child is not None and not child.isWindow()]
    return [child for child in wanted if not isinstance(child, QMenuBar)]


def _in_layout(layout: QLayout | None) -> Iterator[QWidget]:
    for index in range(layout.count() if layout is not None else 0):
        item = layout.itemAt(index) if layout is not None else None
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield widget
        elif (inner := item.layout()) is not None:
            yield from _in_layout(inner)

"""How far each part of the model moved, as bars over the tree of layers in execution order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.compare.part import PartView
from app.compare.ramps import mixed
from app.compare.sides import Side, badge_icon
from app.compare.wording import reasons, value
from app.theme import theme
from core.comparison.result import Comparison, LayerRow, Number, as_float

_SHARE, _TINT = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NUMBER = 64  # pixels at the right of a bar
_BAR_COLUMNS = 3  # columns before the bars
_RULE = (
    "Relative change ‖B − A‖ / ‖A‖ of the parameters, buffers apart: 0 did not move, 1 moved as far as it was long. "
    "The bars share one scale, which ends at {end}. Layers stand in the order in which they compute."
)

Index = QModelIndex | QPersistentModelIndex


class WeightsPart(PartView):
    """A tree: modules, layers, and folded under them their tensors."""

    title = "Weights"
    tip = "Relative change of the weights, layer by layer"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("weights", parent)
        self.tree = QTreeWidget()
        self.tree.setObjectName("compare.weights.tree")
        self.tree.setAccessibleName("Change of the weights by layer")
        self.tree.setUniformRowHeights(True)
        self.tree.setAllColumnsShowFocus(True)
        self.tree.setItemDelegate(_Bar(self.tree))
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tree)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        places = range(1, len(sides))
        why = [reason for place in places for reason in reasons(found, "layers", place)]
        known = [row for row in found.layers if any(row.changes[place] is not None for place in places)]
        if not known:
            self.tell("", list(dict.fromkeys(why)) or ["The models have no layer in common."])
            return
        longest = _longest(known, places)
        self.tell(_RULE.format(end=value(longest, 2)) + "".join(f" {one}" for one in dict.fromkeys(why)))
        self.tree.clear()
        heads = ["layer", "type", "parameters", *(f" change to {sides[place].letter}" for place in places)]
        head = QTreeWidgetItem(heads)
        head.setTextAlignment(2, _RIGHT)
        for place in places:
            head.setIcon(_BAR_COLUMNS - 1 + place, badge_icon(sides[place]))
        self.tree.setColumnCount(len(heads))
        self.tree.setHeaderItem(head)
        self._fill(found.layers, sides, longest)
        self._set_widths(len(heads))

    def _fill(self, rows: Sequence[LayerRow], sides: Sequence[Side], longest: float) -> None:
        above: list[QTreeWidgetItem] = []
        folded = []
        for row in rows:
            item = _item(row, sides, longest)
            del above[row.depth :]
            if above:
                above[-1].addChild(item)
            else:
                self.tree.addTopLevelItem(item)
            above.append(item)
            if row.kind == "layer":
                folded.append(item)
        self.tree.expandAll()
        for item in folded:
            item.setExpanded(False)

    def _set_widths(self, columns: int) -> None:
        header = self.tree.header()
        header.setStretchLastSection(False)
        for column in range(_BAR_COLUMNS):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for column in range(_BAR_COLUMNS, columns):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)


class _Bar(QStyledItemDelegate):
    """Paints a cell that has a share as a bar with its number at the right end of the cell."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        share = index.data(_SHARE)
        if share is None:
            super().paint(painter, option, index)
            return
        place: QRect = option.rect
        chosen = option.state & QStyle.StateFlag.State_Selected
        ground = theme().colour("selection" if chosen else "surface")
        painter.fillRect(place, ground)
        inner = place.adjusted(theme().space(1), theme().space(0.5), -theme().space(1) - _NUMBER, -theme().space(0.5))
        if share > 0:
            bar = QRect(inner.left(), inner.top(), max(1, round(inner.width() * min(share, 1.0))), inner.height())
            painter.fillRect(bar, mixed(ground, theme().series(index.data(_TINT)), 0.8))
        painter.setPen(theme().colour("text"))
        painter.setFont(theme().font("body"))
        painter.drawText(place.adjusted(0, 0, -theme().space(1), 0), _RIGHT, str(index.data() or ""))


def _item(row: LayerRow, sides: Sequence[Side], longest: float) -> QTreeWidgetItem:
    name = row.name.rpartition(".")[2] if row.depth > 1 else row.name
    frozen = "" if row.trainable else ", frozen" if row.kind != "buffer" else ", buffer"
    item = QTreeWidgetItem([name or "whole model", row.type + frozen, f"{row.elements:,}"])
    item.setTextAlignment(2, _RIGHT)
    for place in range(1, len(sides)):
        column, change = _BAR_COLUMNS - 1 + place, row.changes[place]
        item.setText(column, value(change) or "not in both")
        item.setData(column, _SHARE, _share(change, longest))
        item.setData(column, _TINT, sides[place].colour)
        item.setToolTip(column, _tip(row, sides, place))
    item.setToolTip(0, f"{row.name or 'whole model'}\nshape {' × '.join(map(str, row.shape)) or 'single number'}")
    return item


def _share(change: Number | None, longest: float) -> Any:
    """Return how long a bar is, 0 to 1; 0 for no bar."""
    known = as_float(change)
    return 0.0 if math.isnan(known) else min(known / longest, 1.0) if longest else 0.0


def _longest(rows: Sequence[LayerRow], places: range) -> float:
    """Return the largest finite change of a layer or the model; tensors alone would make all else tiny."""
    wide = [row for row in rows if row.kind in ("model", "module", "layer")] or list(rows)
    known = [as_float(row.changes[place]) for row in wide for place in places]
    return max((one for one in known if math.isfinite(one)), default=0.0)


def _tip(row: LayerRow, sides: Sequence[Side], place: int) -> str:
    letter = sides[place].letter
    if row.changes[place] is None:
        return f"{letter} has no such tensor of the same shape."
    return (
        f"relative change {value(row.changes[place])}\n"
        f"distance ‖{letter} − A‖ {value(row.distances[place])}\n"
        f"cosine of the angle between them {value(row.cosines[place]) or 'none: one is zero'}\n"
        f"norm of A {value(row.norms[0])}, of {letter} {value(row.norms[place])}"
    )

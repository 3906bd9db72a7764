"""Histograms of a layer's weights and of its outputs, without any gradient: forward passes alone."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.compare.histogram_plot import HistogramPlot
from app.compare.part import PartView
from app.compare.sides import Side
from app.compare.wording import examples_words, reasons
from app.theme import set_role, theme
from core.comparison.result import Comparison, Histogram

_LIST_UNITS = 24
_WEIGHTS = "weights"
_OUTPUTS = "outputs"


class HistogramsPart(PartView):
    """A list of tensors and layers in execution order, and the histogram of the one chosen in it."""

    title = "Histograms"
    tip = "Weights and activations, layer by layer"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("histograms", parent)
        self._sides: Sequence[Side] = ()
        self._known: dict[tuple[str, str], Histogram] = {}
        self._examples = ""
        self.list = QListWidget()
        self.list.setObjectName("compare.histograms.list")
        self.list.setAccessibleName("Weights and outputs of layers")
        self.list.setFixedWidth(theme().space(_LIST_UNITS))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.currentItemChanged.connect(lambda item, _: self._show(item))
        self.heading, self.legend = QLabel(), QLabel()
        for label in (self.heading, self.legend):
            set_role(label, "small")
        self.plot = HistogramPlot("compare.histograms.plot", "Histogram", "value")
        self.plot.setToolTip("Across: values. Up: percentage of a checkpoint's numbers that fall into a bin")
        right = QVBoxLayout()
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.legend)
        right.addLayout(head)
        right.addWidget(self.plot, 1)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().space(1))
        row.addWidget(self.list)
        row.addLayout(right, 1)
        theme().theme_changed.connect(self._dress)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        self._sides = sides
        self._examples = examples_words(found.activation_examples) if found.activation_examples else ""
        self._known = {(_WEIGHTS, one.name): one for one in found.weights}
        self._known |= {(_OUTPUTS, one.name): one for one in found.activations}
        if not self._known:
            self.tell("", reasons(found, "weights", other) + reasons(found, "activations", other))
            return
        missing = " ".join(reasons(found, "activations", other))
        outputs = f"outputs of layers over {self._examples}" if self._examples else "no outputs of layers"
        self.tell(
            f"Percentage of the numbers in each bin: weights of the checkpoints, {outputs}, without gradients, dropout "
            f"and augmentation. A is filled, the others are lines. {missing}".rstrip()
        )
        self._fill()

    def _fill(self) -> None:
        """List what there is: of every layer its weights, then its outputs."""
        before = self.list.currentItem()
        kept = before.data(Qt.ItemDataRole.UserRole) if before is not None else None
        outputs = [name for kind, name in self._known if kind == _OUTPUTS]
        order: list[tuple[str, str]] = []
        for layer in outputs:
            order += [key for key in self._known if key[0] == _WEIGHTS and key[1].rpartition(".")[0] == layer]
            order.append((_OUTPUTS, layer))
        order += [key for key in self._known if key not in order]
        self.list.clear()
        for kind, name in order:
            item = QListWidgetItem(name if kind == _WEIGHTS else f"{name} →")
            item.setData(Qt.ItemDataRole.UserRole, (kind, name))
            item.setToolTip(f"{'Weights' if kind == _WEIGHTS else 'Outputs of layer'} {name}")
            self.list.addItem(item)
        first = next((place for place, (kind, _) in enumerate(order) if kind == _WEIGHTS), 0)
        self.list.setCurrentRow(order.index(kept) if kept in order else first)

    def _dress(self) -> None:
        self._show(self.list.currentItem())

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        kind, name = item.data(Qt.ItemDataRole.UserRole)
        made = self._known[kind, name]
        self.heading.setText(f"weights {name}" if kind == _WEIGHTS else f"outputs of {name}")
        known = [side for side, counts in zip(self._sides, made.counts, strict=True) if counts is not None]
        names = [
            f'<span style="color:{side.tint.name()}">{"■" if side is self._sides[0] else "━"}</span> {side.letter}'
            for side in known
        ]
        gone = [side.letter for side, counts in zip(self._sides, made.counts, strict=True) if counts is None]
        if gone:
            names.append(f"not in {', '.join(gone)}")
        if any(made.not_finite):
            names.append(f"{sum(made.not_finite):,} NaN or infinite, left out")
        self.legend.setText("&nbsp;&nbsp; ".join(names))
        self.plot.show_histogram(made, self._sides)

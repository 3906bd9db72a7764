"""Errors of predicted numbers: how large they are, and whether the same examples are missed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.compare.histogram_plot import HistogramPlot
from app.compare.part import PartView
from app.compare.plain_table import PlainTable
from app.compare.sides import Side
from app.compare.wording import examples_words, reasons, short_value, value
from core.comparison.result import Comparison, Residuals

_RULE = (
    "Errors, prediction minus truth, in the target's own unit, over {examples}. A correlation of 1 with those of A "
    "says that the same mistakes are made. Below: percentage of the errors in each bin, A filled."
)


class ErrorsPart(PartView):
    """A table of what the errors are like, and their histogram."""

    title = "Errors"
    tip = "Errors of the predicted numbers"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("errors", parent)
        self.table = PlainTable("compare.errors.table", "Errors of the checkpoints")
        self.plot = HistogramPlot("compare.errors.plot", "Histogram of the errors", "error")
        self.plot.setToolTip("Across: error in the target's own unit. Up: percentage of the examples")
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addWidget(self.plot, 1)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        made = found.residuals
        if made is None:
            classes = "These models predict classes; see Confusion." if found.task == "classification" else ""
            self.tell("", reasons(found, "residuals", other) or [classes or "There are no errors to compare."])
            return
        self.tell(_RULE.format(examples=examples_words(made.examples)))
        self.table.set_columns(["", *(side.letter for side in sides), ""], range(1, len(sides) + 1))
        for name, cells in _rows(made):
            self.table.add_row([name, *cells, ""])
        self.table.fit()
        self.plot.show_histogram(made.histogram, sides)


def _rows(made: Residuals) -> list[tuple[str, list[str]]]:
    return [
        ("mean error", [short_value(one) for one in made.mean]),
        ("standard deviation", [short_value(one) for one in made.deviation]),
        ("median |error|", [short_value(one) for one in made.median_absolute]),
        ("correlation with the errors of A", [value(one) for one in made.correlation]),
        ("predicted closer than by A", ["" if one is None else f"{one:,}" for one in made.closer]),
        ("predicted farther than by A", ["" if one is None else f"{one:,}" for one in made.farther]),
    ]

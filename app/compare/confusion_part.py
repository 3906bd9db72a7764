"""What two checkpoints take for what: the difference of their confusion matrices, and both beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.compare.heat_map import HeatMap, Matrix
from app.compare.part import PartView
from app.compare.ramps import Ramp
from app.compare.sides import Side
from app.compare.wording import MINUS, examples_words, reasons
from app.theme import set_role, theme
from core.comparison.result import Comparison, ConfusionCounts

_RULE = (
    "How often each true class is predicted as each class, over {examples}. Left: counts of {letter} minus those of A, "
    "blue more often, orange less often; on the diagonal blue is better. Right: shades are shares of the true class."
)
_MOST_TEXTS = 40  # classes, with more no number has room


class ConfusionPart(PartView):
    """Three heat maps of one layout."""

    title = "Confusion"
    tip = "Confusion matrices and their difference"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("confusion", parent)
        self.difference = HeatMap("compare.confusion.difference", "Difference of the confusion matrices")
        self.before = HeatMap("compare.confusion.before", "Confusion matrix of A")
        self.after = HeatMap("compare.confusion.after", "Confusion matrix of the other")
        self._titles = [QLabel(), QLabel(), QLabel()]
        large, small = QVBoxLayout(), QVBoxLayout()
        for column, title, view in zip(
            (large, small, small), self._titles, (self.difference, self.before, self.after), strict=True
        ):
            set_role(title, "muted")
            title.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
            column.setSpacing(0)
            column.addWidget(title)
            column.addWidget(view, 1)
        row = QHBoxLayout(self.body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().space(3))
        row.addLayout(large, 3)
        row.addLayout(small, 2)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        made = found.confusion
        if made is None or made.counts[0] is None or made.counts[other] is None or made.differences[other] is None:
            why = reasons(found, "confusion", other) or [_no_classes(found)]
            self.tell("", why)
            return
        letter = sides[other].letter
        self.tell(_RULE.format(examples=examples_words(made.examples), letter=letter))
        for title, words in zip(self._titles, (f"{letter} {MINUS} A", "A", letter), strict=True):
            title.setText(words)
        difference = np.array(made.differences[other], np.int64)
        most = max(1, int(np.abs(difference).max(initial=0)))
        self.difference.show_matrix(_matrix(made, difference, difference / most, "difference", f"{letter} {MINUS} A"))
        for view, place, name in ((self.before, 0, "A"), (self.after, other, letter)):
            counts = np.array(made.counts[place], np.int64)
            shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
            view.show_matrix(_matrix(made, counts, shares, "much", name))


def _no_classes(found: Comparison) -> str:
    if found.task == "regression":
        return "These models predict numbers, so there are no classes to confuse; see Flipped for the errors."
    return "There are no confusion matrices."


def _matrix(
    made: ConfusionCounts, counts: NDArray[np.int64], shares: NDArray[np.float64], ramp: Ramp, whose: str
) -> Matrix:
    """Return what a heat map shows of counts (classes, classes), shaded by `shares` of the same shape."""
    classes = made.classes
    most = max(1, int(np.abs(counts).max(initial=0)))
    ends = (f"{MINUS}{most:,}", f"+{most:,}") if ramp == "difference" else ("0 %", "100 %")

    def tip(row: int, column: int) -> str:
        count = _text(int(counts[row, column]), ramp) or "0"
        return f"{whose}: true {classes[row]}, predicted {classes[column]}: {count}"

    few = len(classes) <= _MOST_TEXTS
    return Matrix(
        shares=shares,
        texts=[[_text(count, ramp) for count in row] for row in counts.tolist()] if few else [],
        rows=classes,
        columns=classes,
        ramp=ramp,
        tip=tip,
        row_title="true",
        column_title="predicted",
        ends=ends,
        square=True,
    )


def _text(count: int, ramp: Ramp) -> str:
    if not count:
        return ""
    return f"{count:+,}".replace("-", MINUS) if ramp == "difference" else f"{count:,}"

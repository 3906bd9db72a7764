"""How alike the layers of two checkpoints represent examples: linear CKA of every layer with every layer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.compare.heat_map import HeatMap, Matrix
from app.compare.part import PartView
from app.compare.sides import Side
from app.compare.wording import examples_words, reasons, value
from core.comparison.result import Comparison, Similarity, as_array

_RULE = "How alike layers represent {examples}: 1 alike, 0 nothing in common. Framed: layers of the same name. {method}"


class SimilarityPart(PartView):
    """A heat map: rows are layers of A, columns layers of the other."""

    title = "Similarity"
    tip = "Linear CKA between the layers"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("similarity", parent)
        self.map = HeatMap("compare.similarity.map", "Similarity of layers")
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.map, 1)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        made = next((one for one in found.similarity if one.other == other), None)
        if made is None or not made.rows or not made.columns:
            self.tell("", reasons(found, "similarity", other) or ["There is no layer to compare."])
            return
        self.tell(_RULE.format(examples=examples_words(made.examples), method=made.method))
        self.map.show_matrix(_matrix(made, sides[other].letter))


def _matrix(made: Similarity, letter: str) -> Matrix:
    def tip(row: int, column: int) -> str:
        cka = value(made.matrix[row][column], 3) or "none: a layer gives the same for every example"
        return f"A: {made.rows[row]}\n{letter}: {made.columns[column]}\nlinear CKA {cka}"

    place = {name: number for number, name in enumerate(made.columns)}
    return Matrix(
        shares=as_array([one for row in made.matrix for one in row]).reshape(len(made.rows), len(made.columns)),
        texts=[[value(one, 2) for one in row] for row in made.matrix],
        rows=made.rows,
        columns=made.columns,
        ramp="much",
        tip=tip,
        row_title="layers of A",
        column_title=f"layers of {letter}",
        ends=("0", "1"),
        outlined=frozenset((row, place[name]) for row, name in enumerate(made.rows) if name in place),
    )

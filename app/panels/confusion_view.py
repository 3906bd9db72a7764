"""How a run confuses its classes: which split and step, the matrix, and what stands out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.panels.confusion_grid import ConfusionGrid
from app.panels.confusion_wording import summary_words
from app.theme import set_role, theme
from core.runs.confusion import ConfusionMatrix

_TITLES = {"valid": "the validation split", "test": "the test split"}


class ConfusionView(QWidget):
    """Shows one split; where a run has both, buttons choose.  Without any matrix there is nothing to see."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("details.confusion")
        self._matrices: list[ConfusionMatrix] = []
        self._wanted = "valid"
        self.title = QLabel()
        self.title.setObjectName("details.confusion.title")
        self.grid = ConfusionGrid()
        self.words = QLabel()
        self.words.setObjectName("details.confusion.words")
        self.words.setWordWrap(True)
        set_role(self.words, "small")
        self.choices = {split: self._choice(split) for split in _TITLES}
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(theme().space(0.5))
        head.addWidget(self.title, 1)
        for button in self.choices.values():
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme().space(1), 0, theme().space(1))
        column.setSpacing(theme().space(0.5))
        column.addLayout(head)
        column.addWidget(self.grid)
        column.addWidget(self.words)
        self.show_matrices([])

    def show_matrices(self, matrices: Sequence[ConfusionMatrix]) -> None:
        """Show the newest matrix of each split; none hides the view."""
        self._matrices = [matrix for matrix in matrices if matrix.classes]
        for split, button in self.choices.items():
            button.setVisible(len(self._matrices) > 1 and any(matrix.split == split for matrix in self._matrices))
        self.setVisible(bool(self._matrices))
        if self._matrices:
            self._show()

    def _choice(self, split: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"details.confusion.{split}")
        button.setText(split)
        button.setAccessibleName(f"Confusion on {_TITLES[split]}")
        button.setToolTip(f"Show {_TITLES[split]}")
        button.setCheckable(True)
        button.setAutoExclusive(True)
        set_role(button, "quiet")
        button.clicked.connect(lambda: self._choose(split))
        return button

    def _choose(self, split: str) -> None:
        self._wanted = split
        self._show()

    def _show(self) -> None:
        matrix = next((one for one in self._matrices if one.split == self._wanted), self._matrices[0])
        self.choices[matrix.split].setChecked(True)
        self.title.setText(f"Confusion on {matrix.split}, step {matrix.step:,}")
        self.grid.show_matrix(matrix)
        self.words.setText(f"{summary_words(matrix)} Shaded by the share of the true class.")

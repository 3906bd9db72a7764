"""A part of the comparison: one sentence on what it shows and by which rule, and below it the picture or the reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.compare.sides import Side
from app.theme import set_role, theme
from core.comparison.result import Comparison


class PartView(QWidget):
    """What all parts have in common.  A part fills `body` and says in `tell` what it shows."""

    title = ""  # of its tab
    tip = ""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"compare.{name}")
        self.words = QLabel(self)
        self.words.setObjectName(f"compare.{name}.words")
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(self.words, "small")
        self.reason = QLabel(self)
        self.reason.setObjectName(f"compare.{name}.reason")
        self.reason.setWordWrap(True)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.reason.setMargin(theme().space(4))
        set_role(self.reason, "muted")
        self.body = QWidget(self)
        held = QWidget(self)
        self._stack = QStackedLayout(held)
        self._stack.addWidget(self.reason)
        self._stack.addWidget(self.body)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme().space(2), theme().space(1), theme().space(2), theme().space(1))
        column.setSpacing(theme().space(1))
        column.addWidget(self.words)
        column.addWidget(held, 1)
        self.wait("")

    def wait(self, why: str) -> None:
        """Show why there is nothing yet."""
        self.words.clear()
        self.words.hide()
        self.reason.setText(why)
        self._stack.setCurrentIndex(0)

    def tell(self, words: str, reasons: Sequence[str] = ()) -> bool:
        """Show the body under its sentence, or the reasons against it; return whether it is the body."""
        self.words.setText(words)
        self.words.setVisible(not reasons)
        self.reason.setText("\n\n".join(reasons))
        self._stack.setCurrentIndex(0 if reasons else 1)
        return not reasons

    @property
    def absent(self) -> bool:
        """Whether a reason stands where the part would be."""
        return self._stack.currentIndex() == 0

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        """Show this part of a comparison; of parts that hold two against each other, checkpoint `other`."""
        raise NotImplementedError

"""The head of the page of a comparison: the way back, who is compared, the answer, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from app.compare.sides import Side, badge_icon
from app.icons import bind_icon
from app.runs_view.words import duration
from app.theme import set_role, theme
from core.comparison.request import Progress
from core.errors import EpochalError

_NAME = 26  # characters of a run's name on a button
_MOST_NAMED = 3  # checkpoints; with more only the steps have room
_FULL = 1000


class Head(QWidget):
    """Buttons for each checkpoint choose what A is held against where only two can be."""

    back_wanted = Signal()
    swap_wanted = Signal()
    again_wanted = Signal()
    cancel_wanted = Signal()
    other_chosen = Signal(int)  # place among the sides

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare.head")
        self.back = self._tool("back", "Curves", "back", "Back to the curves (Esc)")
        self.swap = self._tool("swap", "Swap", "swap", "Make the chosen checkpoint the one that A is")
        self.again = self._tool("again", "Try again", "redo", "Compare once more")
        self.cancel = self._tool("cancel", "Cancel", "cancel", "End the comparison; nothing of it is kept")
        self.title = QLabel("Compare checkpoints")
        set_role(self.title, "muted")
        self.verdict, self.doing = QLabel(), QLabel()
        for label, name in ((self.verdict, "verdict"), (self.doing, "doing")):
            label.setObjectName(f"compare.{name}")
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(self.verdict, "heading")
        set_role(self.doing, "small")
        self.bar = QProgressBar()
        self.bar.setObjectName("compare.progress")
        self.bar.setAccessibleName("Progress of the comparison")
        self.bar.setRange(0, _FULL)
        self.bar.setTextVisible(False)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.other_chosen)
        self._sides_row = QHBoxLayout()
        self._buttons: list[QToolButton] = []
        self._lay_out()
        self.rest()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.back)
        top.addWidget(self.title)
        top.addStretch(1)
        self._sides_row.setSpacing(theme().space(1))
        progress = QHBoxLayout()
        progress.setSpacing(theme().space(1))
        progress.addWidget(self.bar, 1)
        progress.addWidget(self.doing, 2)
        progress.addWidget(self.again)
        progress.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme().space(1), theme().space(1), theme().space(2), theme().space(0.5))
        column.setSpacing(theme().space(0.5))
        for row in (top, self._sides_row):
            column.addLayout(row)
        held = QHBoxLayout()
        held.setContentsMargins(theme().space(1), 0, 0, 0)
        held.addWidget(self.verdict)
        column.addLayout(held)
        held = QHBoxLayout()
        held.setContentsMargins(theme().space(1), 0, 0, 0)
        held.addLayout(progress)
        column.addLayout(held)

    def show_sides(self, sides: Sequence[Side], other: int) -> None:
        """Show who is compared; `other` is the one that A is held against."""
        for old in self._buttons:
            self._group.removeButton(old)
            old.hide()
            old.deleteLater()
        self._buttons = []
        while self._sides_row.count():
            self._sides_row.takeAt(0)  # the swap button and the buttons that go
        for place, side in enumerate(sides):
            button = QToolButton(self)
            button.setObjectName(f"compare.side.{side.letter}")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIcon(badge_icon(side))
            button.setText(f" {_short(side, len(sides))}")
            button.setAccessibleName(f"{side.letter}: {side.words}")
            role = "The reference that all others are held against" if place == 0 else "Hold this one against A"
            button.setToolTip(f"{side.letter}: {side.words}\n{role}")
            set_role(button, "quiet")
            if place:
                button.setCheckable(len(sides) > 2)
                button.setChecked(place == other)
                self._group.addButton(button, place)
            self._buttons.append(button)
            self._sides_row.addWidget(button)
        self._sides_row.addWidget(self.swap)
        self._sides_row.addStretch(1)
        self.swap.setText("Swap A and B" if len(sides) == 2 else f"Make {sides[other].letter} the reference")

    def progress(self, said: Progress) -> None:
        """Show how far it is."""
        self.bar.setValue(round(said.fraction * _FULL))
        left = f" · {duration(said.seconds_left)} left" if said.seconds_left is not None else ""
        self.doing.setText(f"{said.doing}{left}")
        self._show(bar=True, again=False)

    def fail(self, error: Exception) -> None:
        """Say in one sentence what went wrong, and what helps."""
        words = str(error)
        if not (isinstance(error, EpochalError) and error.remedy):
            words += " Choose other checkpoints, or try again."
        set_role(self.doing, "danger")
        self.doing.setText(words)
        self._show(bar=False, again=True)

    def stopped(self) -> None:
        """Say that it was cancelled."""
        self.doing.setText("The comparison was cancelled; the recorded metrics stay.")
        self._show(bar=False, again=True)

    def rest(self) -> None:
        """There is nothing to wait for."""
        self._show(bar=False, again=False)
        self.doing.clear()
        self.doing.hide()

    def _show(self, *, bar: bool, again: bool) -> None:
        if not again:
            set_role(self.doing, "small")
        self.bar.setVisible(bar)
        self.cancel.setVisible(bar)
        self.again.setVisible(again)
        self.doing.show()

    def _tool(self, name: str, text: str, symbol: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"compare.{name}")
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_role(button, "quiet")
        bind_icon(button, symbol)
        button.clicked.connect(getattr(self, f"{name}_wanted"))
        return button


def _short(side: Side, count: int) -> str:
    if count > _MOST_NAMED:
        return f"step {side.step:,}"
    name = side.name if len(side.name) <= _NAME else side.name[: _NAME - 1] + "…"
    return f"{name} · step {side.step:,}"

"""What can be chosen when going back: name, length, schedule, rate and head; everything else is the parent's."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from app.theme import set_role, theme
from core.runs.fork_spec import length_of
from core.runs.forking import Kind, Outlook, Point
from core.spec.lengthening import CHOICES, Choice
from core.spec.steerable import find
from core.spec.toml import inline
from core.spec.training import Budget

Head = Literal["keep", "new"]
_CHOICES = {
    "keep": ("Keep", "The schedule as it was, then on at the rate it reached"),
    "stretch": ("Stretch", "As if this length had been asked for from the beginning; the rate jumps there now"),
    "restart": ("Restart", "The schedule begins anew from here, with a warm-up"),
}
_HEADS = {
    "keep": ("Keep", "The last layer too, where the number of outputs is the same"),
    "new": ("New", "Draw the last layer anew: for another task with the same features"),
}


class GoingBackForm(QWidget):
    """The few fields; `overrides` says what differs from the parent."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._length = Budget()
        self._rate, self._rate_path = 0.0, ""
        self._choice: Choice | None = None
        self.name = self._line("name", "Name", "What the list of runs shows")
        self.length = self._line("length", "Train until", "Counted from the first run's beginning")
        self.unit = QLabel()
        self.double = QPushButton("× 2")
        self.double.setObjectName("going_back_double")
        self.double.setAccessibleName("Twice as long")
        self.double.setToolTip("Twice as long")
        self.double.setAutoDefault(False)
        self.double.clicked.connect(self._twice)
        self.rate = self._line("rate", "Learning rate", "The full rate, before the schedule")
        self._choices = self._row("schedule", _CHOICES)
        self._heads = self._row("head", _HEADS)
        self.because = QLabel()
        self.because.setObjectName("going_back_because")
        self.because.setWordWrap(True)
        set_role(self.because, "small")
        self._lay_out()
        self._choices[1].idClicked.connect(self._chosen)
        self._heads[1].idClicked.connect(lambda _: self.changed.emit())

    @property
    def choice(self) -> Choice | None:
        """What the user chose for the schedule; None while the recommended choice holds."""
        return self._choice

    @property
    def head(self) -> Head:
        """What is done with the last layer of a warm start."""
        return "new" if self._heads[1].checkedId() == 1 else "keep"

    def begin(self, kind: Kind, point: Point, length: Budget | None) -> None:
        """Show the values of a checkpoint's run, or another length than its own."""
        plan = point.plan
        stage = plan.stage_at(point.step).number if kind == "fork" else 0
        rate = find(plan.training, "learning_rate", stage)
        self._rate, self._rate_path = float(rate.value), rate.path
        self._length, self._choice = length_of(plan), None
        stages = bool(plan.training.stages)
        with QSignalBlocker(self.name), QSignalBlocker(self.length), QSignalBlocker(self.rate):
            if not self.name.isModified():
                self.name.setText(f"{point.spec.name.partition(' @ ')[0][:100]} @ {point.step:,}")
            self.length.setText(_typed((length or self._length).stop_point))
            self.rate.setText(_typed(self._rate))
        self.unit.setText(self._length.unit.replace("_", " "))
        rows = self.layout()
        assert isinstance(rows, QFormLayout)
        new = kind != "resume"
        for row, shown in enumerate(
            (
                new,
                new and not (stages and kind == "warm_start"),
                kind == "fork",
                kind == "fork",
                new,
                kind == "warm_start",
            )
        ):
            rows.setRowVisible(row, shown)
        self._heads[1].buttons()[0].setChecked(True)

    def overrides(self) -> list[str]:
        """Return what differs from the parent, as `path=value`."""
        found = [f"name={inline(self.name.text().strip())}"]
        if self.length.text().strip() != _typed(self._length.stop_point):
            found += [
                f"training.budget.unit={self._length.unit}",
                f"training.budget.stop_point={self.length.text().strip() or 'nothing'}",
            ]
        if self.rate.text().strip() != _typed(self._rate):
            found.append(f"{self._rate_path}={self.rate.text().strip() or 'nothing'}")
        return found

    def tell(self, outlook: Outlook) -> None:
        """Show what the length comes to, and which choices there are."""
        group = self._choices[1]
        group.setExclusive(False)  # none is pressed while there is nothing to choose
        for number, choice in enumerate(CHOICES):
            button = group.button(number)
            # Without a new length a restart still makes sense; the others would change nothing.
            button.setEnabled(choice in outlook.options or (outlook.choice is None and choice == "restart"))
            button.setChecked(choice == outlook.choice)
        group.setExclusive(True)
        if outlook.choice is None:
            self.because.setText("The schedule goes on as it was.")
        else:
            recommended = _CHOICES[outlook.recommended or outlook.choice][0]
            self.because.setText(f"{recommended} is recommended. {outlook.because}")

    def refuse(self) -> None:
        """What is typed makes no sense: offer no choice about it."""
        for button in self._choices[1].buttons():
            button.setEnabled(False)

    def _chosen(self, number: int) -> None:
        self._choice = CHOICES[number]
        self.changed.emit()

    def _twice(self) -> None:
        try:
            self.length.setText(_typed(2 * float(self.length.text())))
        except ValueError:
            self.length.setText(_typed(2 * self._length.stop_point))

    def _line(self, name: str, label: str, tip: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(f"going_back_{name}")
        line.setAccessibleName(label)
        line.setToolTip(tip)
        line.textChanged.connect(lambda _: self.changed.emit())
        return line

    def _row(self, name: str, choices: dict[str, tuple[str, str]]) -> tuple[QWidget, QButtonGroup]:
        """Return buttons of which one is pressed, in the order of `choices`."""
        held, group = QWidget(self), QButtonGroup(self)
        row = QHBoxLayout(held)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().space(0.5))
        for number, (choice, (label, tip)) in enumerate(choices.items()):
            button = QToolButton(held)
            button.setObjectName(f"going_back_{name}_{choice}")
            button.setAccessibleName(f"{label} the {name}")
            button.setText(label)
            button.setToolTip(tip)
            button.setCheckable(True)
            group.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        return held, group

    def _lay_out(self) -> None:
        length = QHBoxLayout()
        length.setSpacing(theme().space(1))
        length.addWidget(self.length, 1)
        length.addWidget(self.unit)
        length.addWidget(self.double)
        rows = QFormLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addRow("Name", self.name)
        rows.addRow("Train until", length)
        rows.addRow("Schedule", self._choices[0])
        rows.addRow("", self.because)
        rows.addRow("Learning rate", self.rate)
        rows.addRow("Head", self._heads[0])


def _typed(number: float) -> str:
    """Write a number as a person would type it."""
    return f"{number:.12g}"

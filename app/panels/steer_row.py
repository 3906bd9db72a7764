"""One value of a running job: what it is now, what it shall be, and what is wrong with that or follows from it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.forms.inputs import Line
from app.theme import set_role, theme
from core.spec.field import plain
from core.spec.schema import parse
from core.spec.steerable import Number, Steerable

FACTORS = (("÷ 10", 0.1), ("÷ 2", 0.5), ("× 2", 2.0))  # for rates


class SteerRow(QWidget):
    """A label, the value in force, and a line for another one; an empty line changes nothing."""

    edited = Signal()
    submitted = Signal()

    def __init__(self, one: Steerable, label: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.one = one
        self.setObjectName(f"steer.{one.path}")
        title = QLabel(label)
        if unit:
            title.setText(f"{label} ({unit})")
        title.setToolTip(f"{one.field.help}\n{one.path}: {one.field.describe()}")
        self.now = QLabel(plain(one.value))
        self.now.setObjectName(f"steer_now.{one.path}")
        self.now.setToolTip("What the run goes by now")
        self.now.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.line = Line()
        self.line.setObjectName(f"steer_value.{one.path}")
        self.line.setAccessibleName(f"New {label.lower()}")
        self.line.setToolTip(f"{one.field.help}\nGive {one.field.describe()}.")
        self.line.setPlaceholderText("new value")
        self.line.setFixedWidth(theme().space(13))
        self.line.textChanged.connect(self.edited)
        self.line.returnPressed.connect(self.submitted)
        self.said = QLabel()
        self.said.setObjectName(f"steer_said.{one.path}")
        self.said.setWordWrap(True)
        set_role(self.said, "small")
        head = QHBoxLayout()
        head.setSpacing(theme().space(1))
        head.addWidget(title, 1)
        head.addWidget(self.now)
        head.addWidget(self.line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().space(0.5))
        column.addLayout(head)
        self._factors = self._make_factors() if one.name.endswith("learning_rate") else None
        if self._factors is not None:
            column.addWidget(self._factors)
        column.addWidget(self.said)
        self.say("")

    @property
    def text(self) -> str:
        """What is typed."""
        return self.line.text().strip()

    def value(self) -> object:
        """Return what the text means; text that means nothing is returned as it is, for the check."""
        text = self.text
        return parse(text.replace(",", ".") if text.count(",") == 1 else text, self.one.field)

    def open_to_change(self, is_open: bool) -> None:
        """Show the line for a new value, or, where nothing can be changed, only the present one."""
        self.line.setVisible(is_open)
        self.line.setEnabled(is_open)
        if self._factors is not None:
            self._factors.setVisible(is_open)

    def say(self, text: str, problem: bool = False) -> None:
        """Show what is wrong, or what follows."""
        self.said.setVisible(bool(text))
        self.said.setText(text)
        set_role(self.said, "danger" if problem else "muted")
        self.line.setProperty("invalid", problem)
        self.line.style().unpolish(self.line)
        self.line.style().polish(self.line)

    def _make_factors(self) -> QWidget:
        held = QWidget()
        row = QHBoxLayout(held)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().space(0.5))
        row.addStretch(1)
        for text, factor in FACTORS:
            button = QPushButton(text)
            button.setObjectName(f"steer_times_{factor:g}.{self.one.path}")
            button.setAccessibleName(f"Times {factor:g}")
            button.setToolTip(f"Put {text} of the present or the typed rate into the line")
            button.setAutoDefault(False)
            set_role(button, "quiet")
            button.clicked.connect(lambda _=False, by=factor: self._scale(by))
            row.addWidget(button)
        return held

    def _scale(self, factor: float) -> None:
        typed = self.value() if self.text else self.one.value
        base: Number = typed if isinstance(typed, int | float) and not isinstance(typed, bool) else self.one.value
        self.line.setText(f"{base * factor:.6g}")
        self.line.setFocus()

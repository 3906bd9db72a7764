"""A new learning rate for a running job: checked as it is typed."""

from __future__ import annotations

import math

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.theme import set_role, theme

HIGHEST = 1000.0


def checked_rate(text: str) -> tuple[float | None, str]:
    """Return the rate a text means, and "" or what would be valid."""
    try:
        rate = float(text.strip().replace(",", "."))
    except ValueError:
        return None, "A number such as 0.001 or 3e-4."
    if not math.isfinite(rate) or not 0 < rate <= HIGHEST:
        return None, f"A number above 0, at most {HIGHEST:g}."
    return rate, ""


class LearningRateDialog(QDialog):
    """Shows the full rate, which the schedule scales, and what is in force now; halve and double are one click."""

    def __init__(self, run_name: str, full: float | None, effective: float | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("learning_rate")
        self.setWindowTitle("Set learning rate")
        self._full = full
        about = QLabel(
            f"{run_name}: the schedule goes on from this full rate at the next step; the change is marked on the curve."
        )
        about.setWordWrap(True)
        now = QLabel("not known yet" if effective is None else f"{effective:.6g}, after the schedule")
        now.setObjectName("learning_rate_current")
        self.field = QLineEdit("" if full is None else f"{full:.6g}", self)
        self.field.setObjectName("learning_rate_field")
        self.field.setAccessibleName("New learning rate")
        self.field.selectAll()
        self.field.textChanged.connect(self._check)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        self._factors = [
            self._factor_button(text, factor) for text, factor in (("÷ 10", 0.1), ("÷ 2", 0.5), ("× 2", 2.0))
        ]
        for button in self._factors:
            row.addWidget(button)
        self.problem = QLabel(self)
        self.problem.setObjectName("learning_rate_problem")
        set_role(self.problem, "danger")
        form = QFormLayout()
        form.addRow("Now", now)
        form.addRow("Full rate", row)
        form.addRow("", self.problem)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.apply = self.buttons.addButton("Set", QDialogButtonBox.ButtonRole.AcceptRole)
        self.apply.setObjectName("learning_rate_set")
        set_role(self.apply, "primary")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme().space(2))
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(420)
        self._check()

    @property
    def rate(self) -> float | None:
        """The rate as typed, or None while it is not valid."""
        return checked_rate(self.field.text())[0]

    def give_up(self, why: str) -> None:
        """Say why there is nothing to set any more."""
        self.field.setEnabled(False)
        self.field.textChanged.disconnect(self._check)
        for button in (self.apply, *self._factors):
            button.setEnabled(False)
        self.problem.setText(why)

    def _factor_button(self, text: str, factor: float) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"learning_rate_times_{factor:g}")
        button.setAccessibleName(f"Times {factor:g}")
        button.setAutoDefault(False)
        button.setEnabled(self._full is not None)
        button.clicked.connect(lambda: self.field.setText(f"{(self.rate or 0.0) * factor:.6g}"))
        return button

    def _check(self) -> None:
        rate, problem = checked_rate(self.field.text())
        self.problem.setText(problem)
        self.field.setProperty("invalid", bool(problem))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)
        self.apply.setEnabled(rate is not None)

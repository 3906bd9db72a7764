"""What to do with running jobs when the last window closes."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from app.theme import set_role


class Closing(Enum):
    """What the user chose."""

    KEEP = "keep"
    STOP = "stop"
    CANCEL = "cancel"


def closing_question(jobs: int, parent: QWidget) -> tuple[QMessageBox, dict[QPushButton, Closing]]:
    """Return the question, not shown yet, and what each of its buttons means."""
    box = QMessageBox(parent)
    box.setObjectName("closing")
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Close Epochal")
    one = jobs == 1
    box.setText("A run is training." if one else f"{jobs} runs are training or waiting.")
    box.setInformativeText(
        f"Runs do not need the window. {'It goes' if one else 'They go'} on in the background, "
        f"and {'is' if one else 'are'} there when you open it again."
    )
    meanings = {}
    for name, text, role, choice in (
        ("closing_keep", "Keep running", QMessageBox.ButtonRole.AcceptRole, Closing.KEEP),
        ("closing_stop", "Stop after saving", QMessageBox.ButtonRole.DestructiveRole, Closing.STOP),
        ("closing_cancel", "Cancel", QMessageBox.ButtonRole.RejectRole, Closing.CANCEL),
    ):
        button = box.addButton(text, role)
        button.setObjectName(name)
        button.setAccessibleName(text)
        meanings[button] = choice
        if choice is Closing.KEEP:
            set_role(button, "primary")
            box.setDefaultButton(button)
        elif choice is Closing.CANCEL:
            box.setEscapeButton(button)
    return box, meanings

"""The words that stand where there is nothing to show yet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.theme import set_role


def empty_words(name: str, text: str) -> QLabel:
    """Return a quiet, centred sentence."""
    label = QLabel(text)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    label.setMargin(16)
    set_role(label, "muted")
    return label

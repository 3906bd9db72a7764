"""A line that opens to show a long text, such as a traceback."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.icons import bind_icon
from app.theme import set_role, theme


class Disclosure(QWidget):
    """One line; opened, the whole text in a fixed-width font, to be read and copied."""

    def __init__(self, words: str, text: str, name: str, parent: QWidget | None = None, *, lines: int = 10) -> None:
        super().__init__(parent)
        self.button = QPushButton()
        self.button.setStyleSheet("text-align: left")
        self.button.setObjectName(name)
        self.button.setText(words)
        self.button.setAccessibleName(words)
        self.button.setToolTip(words)
        self.button.setCheckable(True)
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.button.setMinimumWidth(theme().space(12))
        set_role(self.button, "quiet")
        self.text = QPlainTextEdit(text.strip())
        self.text.setReadOnly(True)
        self.text.setAccessibleName(words)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(theme().font("mono"))
        shown = min(lines, self.text.blockCount()) + 1  # one for the scroll bar
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * shown + theme().space(2))
        self.copy = QToolButton()
        self.copy.setAccessibleName("Copy")
        self.copy.setToolTip("Copy the text")
        set_role(self.copy, "quiet")
        bind_icon(self.copy, "copy", "text_muted")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.button, 1)
        head.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().space(0.5))
        column.addLayout(head)
        column.addWidget(self.text)
        self.button.toggled.connect(self.set_open)
        self.set_open(False)

    def show_end(self) -> None:
        """Scroll to the last lines, each from its beginning."""
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.text.moveCursor(QTextCursor.MoveOperation.StartOfLine)
        self.text.ensureCursorVisible()

    def set_open(self, opened: bool) -> None:
        """Show or hide the text."""
        self.button.setChecked(opened)
        self.text.setVisible(opened)
        self.copy.setVisible(opened)
        bind_icon(self.button, "chevron-down" if opened else "chevron-right", "text_muted")

"""The head of the draft: its name, how far it is from the run it is compared with, undo and redo."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.inputs import Line
from app.icons import bind_icon
from app.panels.start_line import StartLine
from app.theme import set_role, theme


class _OneLine(QLabel):
    """A line that is cut with an ellipsis where it does not fit; the tooltip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def tell(self, words: str) -> None:
        self._words = words
        self.setAccessibleName(words)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip("" if shown == self._words else self._words)


class DraftHead(QWidget):
    """Name, edits, history."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self.name = Line()
        self.name.setObjectName("field.name")
        self.name.setAccessibleName("Name of the run")
        self.name.setToolTip("<b>Name</b><br>Shown in the list of runs.<br><code>name</code>")
        self.name.setPlaceholderText("Name")
        self.name.textEdited.connect(lambda text: draft.set("name", text, typing=True))
        self.undo = self._button("undo", "Undo", "Undo the last edit (Ctrl+Z)", draft.undo)
        self.redo = self._button("redo", "Redo", "Make the undone edit again (Ctrl+Shift+Z)", draft.redo)
        self.message = QLabel()
        self.message.setWordWrap(True)
        set_role(self.message, "danger")
        self.edits = _OneLine()
        self.edits.setObjectName("draft.edits")
        set_role(self.edits, "small")
        self.take_back = QPushButton("Take all back")
        self.take_back.setObjectName("draft.take_all_back")
        set_role(self.take_back, "quiet")
        self.take_back.clicked.connect(draft.take_back_all)
        kept = self.take_back.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # the fields below must not move under a hand that types
        self.take_back.setSizePolicy(kept)
        self.compared = QWidget()
        first, second = QHBoxLayout(), QHBoxLayout(self.compared)
        second.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(theme().space(0.5))
        for widget, stretch in ((self.name, 1), (self.undo, 0), (self.redo, 0)):
            first.addWidget(widget, stretch)
        second.addWidget(self.edits, 1)
        second.addWidget(self.take_back)
        column = QVBoxLayout(self)
        unit = theme().space(1)
        column.setContentsMargins(unit * 2, unit, unit, unit)
        column.setSpacing(theme().space(0.5))
        column.addLayout(first)
        column.addWidget(StartLine(draft))
        column.addWidget(self.message)
        column.addWidget(self.compared)
        draft.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show name, edits and history as they are."""
        name = str(self._draft.value("name") or "")
        if name != self.name.text():
            with QSignalBlocker(self.name):
                self.name.setText(name)
        problem = self._draft.problem_at("name")
        self.message.setText(f"{problem.message} {problem.remedy}" if problem else "")
        self.message.setVisible(problem is not None)
        self.undo.setEnabled(self._draft.can_undo)
        self.redo.setEnabled(self._draft.can_redo)
        reference = self._draft.reference_name
        count = self._draft.edits()
        edits = "1 edit" if count == 1 else f"{count} edits" if count else "no edits"
        self.edits.tell(f"{edits} against {reference}")
        self.compared.setVisible(bool(reference))
        self.take_back.setVisible(count > 0)

    def _button(self, icon: str, name: str, tip: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"draft.{icon}")
        button.setAccessibleName(name)
        button.setToolTip(tip)
        set_role(button, "quiet")
        bind_icon(button, icon)
        button.clicked.connect(act)
        return button

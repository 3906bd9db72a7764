"""The foot of the draft: Train, always in sight, with why it waits or what to know before, and the equal command."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.draft import Draft
from app.icons import bind_icon
from app.theme import set_role, theme
from core.spec.cautions import cautions


class TrainBar(QWidget):
    """Asks to train when the draft has no mistake, and says what to be cautious of; else shows the first mistake."""

    train_clicked = Signal()
    copy_clicked = Signal()
    problem_clicked = Signal(str)  # path

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._block = ""
        self.train = QPushButton("Train")
        self.train.setObjectName("draft.train")
        self.train.setAccessibleName("Train")
        self.train.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_role(self.train, "primary")
        bind_icon(self.train, "train", "on_accent")
        self.train.clicked.connect(self.train_clicked)
        self.copy = QToolButton()
        self.copy.setObjectName("draft.copy_command")
        self.copy.setAccessibleName("Copy as command")
        bind_icon(self.copy, "command-line")
        self.copy.clicked.connect(self.copy_clicked)
        self.reason = QLabel()
        self.reason.setObjectName("draft.reason")
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.RichText)
        self.reason.linkActivated.connect(self.problem_clicked)
        set_role(self.reason, "small")
        row = QHBoxLayout()
        row.setSpacing(theme().space(1))
        row.addWidget(self.train)
        row.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(*[theme().space(1.5)] * 4)
        column.setSpacing(theme().space(1))
        column.addWidget(self.reason)
        column.addLayout(row)
        draft.changed.connect(self.refresh)
        draft.problems_changed.connect(self.refresh)
        theme().theme_changed.connect(self.refresh)
        self.refresh()

    def block(self, reason: str) -> None:
        """Say that training is not possible for a reason outside the draft; an empty reason lifts it."""
        self._block = reason
        self.refresh()

    def refresh(self) -> None:
        """Say whether Train can be pressed, and if not, why."""
        problems = self._draft.problems
        self.train.setEnabled(not problems and not self._block)
        self.copy.setEnabled(not problems)
        self.copy.setToolTip("Copy the equal command line" if not problems else "First mend what is wrong above")
        self.train.setToolTip("Start a run from this draft (Ctrl+Return)" if self.train.isEnabled() else "")
        if self._block:
            self._say(self._block)
        elif problems:
            first = problems[0]
            others = f" {len(problems) - 1} more to mend." if len(problems) > 1 else ""
            colour = theme().colour("danger").name()
            link = f'<a href="{first.path}" style="color: {colour}">{first.path}</a>'
            self._say(f"{link}: {_escaped(first.message)} {_escaped(first.remedy)}{others}")
        elif warned := list(cautions(self._draft.spec())):
            self._say("<br>".join(_escaped(caution) for caution in warned))
        else:
            self.reason.hide()

    def _say(self, text: str) -> None:
        self.reason.setText(text)
        self.reason.show()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")

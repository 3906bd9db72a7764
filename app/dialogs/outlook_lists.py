"""What going back will restore, change, begin anew and leave behind: one sentence a line, under headings."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.icons import pixmap
from app.theme import set_role, theme
from core.runs.fork_words import value_in_words
from core.runs.forking import Outlook

Group = tuple[str, str, str, Sequence[str]]  # heading, icon, colour token, sentences


class OutlookLists(QScrollArea):
    """The sentences of an outlook."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("going_back_outlook")
        self.setAccessibleName("What will be restored, changed and left behind")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._shown: tuple[Outlook, Sequence[str]] | None = None
        theme().theme_changed.connect(self._again)

    def show_outlook(self, outlook: Outlook, differences: Sequence[str]) -> None:
        """Show what an outlook says, and how this machine differs from the one that saved the checkpoint."""
        self._shown = (outlook, differences)
        page = QWidget()
        set_role(page, "surface")
        column = QVBoxLayout(page)
        unit = theme().space(1)
        column.setContentsMargins(unit * 2, unit, unit * 2, unit)
        column.setSpacing(unit)
        for group in groups_of(outlook, differences):
            if group[3]:
                column.addWidget(_group(*group))
        column.addStretch(1)
        place = self.verticalScrollBar().value()
        self.setWidget(page)
        self.verticalScrollBar().setValue(place)

    def words(self) -> str:
        """Return everything that is shown, as text."""
        page = self.widget()
        return "\n".join(label.text() for label in page.findChildren(QLabel)) if page else ""

    def _again(self) -> None:
        if self._shown is not None:
            self.show_outlook(*self._shown)


def groups_of(outlook: Outlook, differences: Sequence[str]) -> list[Group]:
    """Return headings with their sentences, what asks for attention first."""
    changed = [
        f"<code>{escape(one.path)}</code>: {escape(value_in_words(one.left))} → "
        f"<b>{escape(value_in_words(one.right))}</b>"
        for one in outlook.changed
    ]
    return [
        ("Not bit for bit the same here", "warning", "warning", [escape(words) for words in differences]),
        ("Changed", "draft", "accent", changed),
        ("Restored", "check", "success", [escape(words) for words in outlook.restored]),
        ("Begins anew", "restore", "text_muted", [escape(words) for words in outlook.anew]),
        ("Left behind", "remove", "text_muted", [escape(words) for words in outlook.ignored]),
    ]


def _group(heading: str, icon: str, token: str, sentences: Sequence[str]) -> QWidget:
    group = QWidget()
    grid = QGridLayout(group)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme().space(1))
    grid.setVerticalSpacing(theme().space(0.5))
    grid.setColumnStretch(1, 1)
    title = QLabel(f"<b>{heading}</b>")
    grid.addWidget(title, 0, 0, 1, 2)
    for row, sentence in enumerate(sentences, start=1):
        mark = QLabel()
        mark.setPixmap(pixmap(icon, token, 14, mark.devicePixelRatioF()))
        mark.setFixedWidth(theme().space(2.5))
        text = QLabel(sentence)
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(text, row, 1)
    return group

"""Where the draft's run will start, when that is another run's checkpoint; taken back with one click."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.draft import Draft
from app.icons import bind_icon, pixmap
from app.theme import set_role, theme

_WORDS = {"fork": "Fork of", "warm_start": "Warm start from"}
_TIPS = {
    "fork": "The run goes on from everything that this checkpoint holds and counts on from its step",
    "warm_start": "The run begins with the weights of this checkpoint; everything else begins anew",
}
SCRATCH = {"kind": "scratch"}


class StartLine(QFrame):
    """Shows the section `[start]` of the draft; not there while the run starts from scratch."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draft.start")
        set_role(self, "card")
        self._draft = draft
        self._mark = QLabel()
        self.words = QLabel()
        self.words.setObjectName("draft.start_words")
        self.words.setWordWrap(True)
        self.clear = QToolButton()
        self.clear.setObjectName("draft.start_clear")
        self.clear.setAccessibleName("Start from scratch")
        self.clear.setToolTip("Start from scratch instead")
        set_role(self.clear, "quiet")
        bind_icon(self.clear, "cancel")
        self.clear.clicked.connect(lambda: draft.set("start", SCRATCH))
        row = QHBoxLayout(self)
        unit = theme().space(0.5)
        row.setContentsMargins(unit * 2, 0, 0, 0)
        row.setSpacing(unit)
        row.addWidget(self._mark)
        row.addWidget(self.words, 1)
        row.addWidget(self.clear)
        draft.changed.connect(self.refresh)
        theme().theme_changed.connect(self._draw_mark)
        self._draw_mark()
        self.refresh()

    def refresh(self) -> None:
        """Show the start as it is."""
        start = self._draft.value("start") or SCRATCH
        kind = str(start.get("kind"))
        self.setVisible(kind in _WORDS)
        if kind not in _WORDS:
            return
        head = ", with a new head" if start.get("head") == "new" else ""
        step = start.get("step", 0)
        shown = f"{step:,}" if isinstance(step, int) else str(step)
        problem = self._draft.problem_at("start")
        self.words.setText(f"{_WORDS[kind]} <b>{start.get('run', '')}</b> at step {shown}{head}")
        self.words.setAccessibleName(self.words.text())
        self.setToolTip(problem.message if problem else _TIPS[kind])

    def _draw_mark(self) -> None:
        self._mark.setPixmap(pixmap("fork", "accent", 16, self.devicePixelRatioF()))

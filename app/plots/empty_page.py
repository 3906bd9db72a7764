"""What stands where the curves will be: nothing selected, or a run that has no point yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.icons import pixmap
from app.plots.run_on_plot import RunOnPlot
from app.theme import set_role, theme
from core.runs.state import RunState


class EmptyPage(QWidget):
    """A drawing, a heading and a sentence, in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plot-empty")
        self._picture = QLabel(self)
        self._heading = QLabel(self)
        self._text = QLabel(self)
        set_role(self._heading, "heading")
        set_role(self._text, "muted")
        self._text.setWordWrap(True)
        self._text.setMaximumWidth(theme().space(56))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme().space(1))
        layout.addStretch(2)
        for label in (self._picture, self._heading):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(label)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        # A wrapped label gets the height it needs only where the layout may ask it, without an alignment.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._text, 100)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(3)
        theme().theme_changed.connect(self._draw)
        self._draw()

    def show_for(self, runs: Sequence[RunOnPlot]) -> None:
        """Say why there is no curve."""
        heading, text = words_for(runs)
        if heading != self._heading.text() or text != self._text.text():
            self._heading.setText(heading)
            self._text.setText(text)
            self.setAccessibleName(heading)
            self.setAccessibleDescription(text)

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("curves", "text_faint", 48, self.devicePixelRatioF()))


def words_for(runs: Sequence[RunOnPlot]) -> tuple[str, str]:
    """Return heading and sentence for runs of which none has a point."""
    if not runs:
        return "No run selected", "Select a run on the left, or press Train to start one. Its curve grows here."
    if len(runs) > 1:
        return "No points yet", f"None of the {len(runs):,} selected runs has recorded a metric so far."
    return _words_for_one(runs[0].name, runs[0].state)


def _words_for_one(name: str, state: RunState) -> tuple[str, str]:
    match state.status:
        case "queued":
            return f"{name} waits in the queue", "It starts as soon as a slot is free."
        case "starting" if state.prepared is None:
            return f"{name} is starting", "The worker is up; it loads the data and builds the model."
        case "starting" | "running" if state.prepared is not None:
            data = f"{state.prepared.train_examples:,} training examples, {state.prepared.parameters:,} parameters"
            text = (
                f"Data and model are ready ({data}). The first point comes after the first steps; "
                "with compile switched on that can take a minute or two."
            )
            return f"{name} takes its first steps", text
        case "paused":
            return f"{name} is paused", "It was paused before it recorded a metric. Resume it to go on."
        case "failed" | "killed" | "interrupted":
            reason = state.ended.message if state.ended is not None and state.ended.message else "See the log for why."
            return f"{name} ended before its first point", reason
        case _:
            return f"{name} has no points", "It recorded no metric."

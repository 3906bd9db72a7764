"""The proof of resume of one checkpoint: made beside the window, with its progress, and its verdict in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.live.background import Background
from app.live.proofs import day
from app.runs_view.words import duration
from app.theme import set_role, theme
from core.errors import EpochalError
from core.jobs.throwaway import Cancelled, Done, Progress, Throwaway
from core.runs.proof import Difference, Proof, in_words
from core.runs.run_folder import RunFolder

ABOUT = (
    "A process of its own trains on from this checkpoint in a copy, and compares every point and the whole state "
    "with what the run recorded. The run itself is not touched."
)
_LOOKS = {
    "bit-equal": ("check", "success", "Proved bit-equal on"),
    "within tolerance": ("warning", "warning", "Equal within a tolerance, proved on"),
    "differs": ("error", "danger", "Not the same, tried on"),
    "damaged": ("error", "danger", "Damaged, found on"),
}
_COLUMNS = ("what", "step", "then", "now", "difference")


@dataclass(frozen=True)
class Place:
    """The checkpoint that is proved, as the dialog is told of it.  `known` is an earlier proof of the same state."""

    run: RunFolder
    name: str
    step: int
    known: Proof | None = None


class ProofDialog(QDialog):
    """Shows the proof there is, or makes one; closing it gives up one that is being made."""

    proved = Signal(object)  # Proof
    _said = Signal(object)  # Progress, from the thread that waits for the process

    def __init__(self, place: Place, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("proof")
        self.setWindowTitle("Verify checkpoint")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.place = place
        # A thread of its own: a long proof must not keep the window from reading runs.
        self._background = Background(threads=1, parent=self)
        self._question: Throwaway | None = None
        self._said.connect(self._tell)
        self._lay_out()
        self.finished.connect(self._leave)
        if place.known is not None:
            self.show_proof(place.known)
        else:
            self.begin()

    @property
    def busy(self) -> bool:
        """Whether a proof is being made."""
        return self._question is not None

    def begin(self) -> None:
        """Make a proof."""
        question = self._question = self._ask()
        self.destroyed.connect(question.cancel)  # with the window, without a word
        self._show_parts(working=True)
        self.bar.setRange(0, 0)
        self.doing.setText("Starting …")
        self._background.run(
            lambda: question.answer(self._said.emit),
            lambda done: self._done(question, done),
            lambda error: self._failed(question, error),
        )

    def cancel(self) -> None:
        """Give up; nothing of it is left."""
        if self._question is not None:
            self._question.cancel()
            self._question = None
            self._show_parts(working=False)
            self._head("", "", "Cancelled")
            self.words.setText("Nothing was proved, and nothing of it is left.")

    def show_proof(self, proof: Proof) -> None:
        """Show a verdict, when it was made, and what differs."""
        self._show_parts(working=False)
        name, token, title = _LOOKS[proof.verdict]
        self._head(name, token, f"{title} {day(proof.time)}")
        self.words.setText(in_words(proof))
        self.notes.setText("\n".join(proof.notes))
        self.notes.setVisible(bool(proof.notes))
        self._fill(proof.differences)

    def _ask(self) -> Throwaway:
        return Throwaway("core.prove", str(self.place.run.path), str(self.place.step))

    def _lay_out(self) -> None:
        unit = theme().space(1)
        title = QLabel(f"“{self.place.name}”, step {self.place.step:,}")
        set_role(title, "heading")
        about = _text("proof.about", "muted")
        about.setText(ABOUT)
        self.bar = QProgressBar()
        self.bar.setObjectName("proof.progress")
        self.bar.setAccessibleName("Progress of the proof")
        self.bar.setTextVisible(False)
        self.doing = _text("proof.doing", "small")
        self.mark = QLabel()
        self.head = _text("proof.verdict", "")
        self.words, self.notes = _text("proof.words", ""), _text("proof.notes", "small")
        verdict = QHBoxLayout()
        verdict.setSpacing(unit)
        verdict.addWidget(self.mark)
        verdict.addWidget(self.head, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(unit * 3, unit * 2, unit * 3, unit * 2)
        column.setSpacing(theme().space(1.5))
        for widget in (title, about, self.bar, self.doing):
            column.addWidget(widget)
        column.addLayout(verdict)
        column.addWidget(self.words)
        column.addWidget(self._make_table(), 1)
        column.addWidget(self.notes)
        column.addStretch()
        column.addLayout(self._make_buttons())
        self.setMinimumWidth(560)

    def _make_table(self) -> QTableWidget:
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setObjectName("proof.differences")
        self.table.setAccessibleName("What differs")
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        if (first := self.table.horizontalHeaderItem(0)) is not None:
            first.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setMinimumHeight(theme().space(20))
        return self.table

    def _make_buttons(self) -> QHBoxLayout:
        self.again = _button("proof.again", "Verify again", "Make the proof once more", self.begin)
        self.stop = _button("proof.cancel", "Cancel", "Give up; the run is not touched either way", self.cancel)
        self.leave = _button("proof.close", "Close", "Close this dialog", self.close)
        row = QHBoxLayout()
        row.addWidget(self.again)
        row.addStretch(1)
        row.addWidget(self.stop)
        row.addWidget(self.leave)
        return row

    def _show_parts(self, *, working: bool) -> None:
        for widget in (self.bar, self.doing, self.stop):
            widget.setVisible(working)
        for widget in (self.mark, self.head, self.words, self.again, self.leave):
            widget.setVisible(not working)
        self.table.hide()
        self.notes.hide()
        (self.stop if working else self.leave).setFocus()

    def _head(self, name: str, token: str, text: str) -> None:
        self.mark.setVisible(bool(name))
        if name:
            self.mark.setPixmap(icon(name, token).pixmap(theme().space(2.5), theme().space(2.5)))
        self.head.setText(text)
        set_role(self.head, "heading")

    def _fill(self, differences: list[Difference]) -> None:
        self.table.setVisible(bool(differences))
        if differences:
            self.resize(max(self.width(), 760), max(self.height(), 560))
        self.table.setRowCount(len(differences))
        for row, one in enumerate(differences):
            for column, text in enumerate(cells(one)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)

    @Slot(object)
    def _tell(self, progress: Progress) -> None:
        if self._question is None:
            return
        self.bar.setRange(0, 1000 if progress.fraction > 0 else 0)
        self.bar.setValue(round(1000 * progress.fraction))
        left = f", {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        self.doing.setText(f"{progress.doing}{left}")

    def _done(self, question: Throwaway, done: Done) -> None:
        if question is self._question:
            self._question = None
            proof = msgspec.convert(done.answer, Proof)
            self.show_proof(proof)
            self.proved.emit(proof)

    def _failed(self, question: Throwaway, error: Exception) -> None:
        if question is not self._question or isinstance(error, Cancelled):
            return
        self._question = None
        self._show_parts(working=False)
        self._head("error", "danger", "It could not be tried")
        self.words.setText(
            str(error) if not isinstance(error, EpochalError) else f"{error.message} {error.remedy}".strip()
        )

    def _leave(self) -> None:
        if self._question is not None:
            self._question.cancel()
            self._question = None
        self._background.close()


def cells(one: Difference) -> tuple[str, ...]:
    """Return a difference as the table shows it."""
    values = (
        "" if value is None else value if isinstance(value, str) else f"{value:.6g}"
        for value in (one.expected, one.found)
    )
    size = f"{one.relative:.2g}" if one.relative is not None else "another value"
    return (one.what, f"{one.step:,}", *values, size)


def _text(name: str, role: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        set_role(label, role)
    return label


def _button(name: str, text: str, tip: str, do: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: do())
    return button

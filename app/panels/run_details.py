"""What belongs to a run that exists, read-only: end, the checkpoint that is the model, spec, environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.icons import bind_icon
from app.panels.checkpoints_model import size_words
from app.panels.confusion_view import ConfusionView
from app.panels.disclosure import Disclosure
from app.panels.spec_tree import SpecTree
from app.runs_view.words import STATUS_TOKENS, STATUS_WORDS, number
from app.theme import set_role, theme
from core.runs.confusion import confusion_matrices
from core.runs.events import Ended, Environment
from core.runs.state import RunState


@dataclass(frozen=True)
class RunFacts:
    """What the details show of one run.  `spec` is the flat table that it was frozen with."""

    id: str
    name: str
    status: str
    spec: Mapping[str, Any]
    state: RunState | None = None
    parent: str = ""
    parent_step: int | None = None


class RunDetails(QWidget):
    """Shows a run; it cannot be edited, only used as the next draft."""

    use_as_draft_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("details")
        self._facts: RunFacts | None = None
        self._told: tuple[object, ...] = ()
        self.title = QLabel()
        self.title.setObjectName("details.title")
        self.title.setWordWrap(True)
        set_role(self.title, "heading")
        self.status = QLabel()
        self.status.setObjectName("details.status")
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.draft = QPushButton("Use as draft")
        self.draft.setObjectName("details.use_as_draft")
        self.draft.setToolTip("Copy this run's spec into the draft of the next run")
        bind_icon(self.draft, "draft")
        self.draft.clicked.connect(self._use)
        self.spec = SpecTree()
        self.spec.setObjectName("details.spec")
        self.confusion = ConfusionView()
        self._outcome = QVBoxLayout()
        self._outcome.setSpacing(theme().space(1))
        self._environment = QLabel()
        self._environment.setObjectName("details.environment")
        self._environment.setWordWrap(True)
        self._environment.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(self._environment, "small")
        self._lay_out()
        theme().theme_changed.connect(self._again)
        self.show_run(None)

    def show_run(self, facts: RunFacts | None) -> None:
        """Show a run, or that none is selected; called again whenever its state has grown."""
        told = _told(facts)
        if told == self._told and facts is not None:
            return
        self._told, self._facts = told, facts
        self.draft.setVisible(facts is not None)
        self.spec.setVisible(facts is not None)
        self._environment.setVisible(facts is not None)
        _clear(self._outcome)
        self.confusion.show_matrices(confusion_matrices(facts.state) if facts and facts.state else [])
        if facts is None:
            self.title.setText("")
            self.status.setText("No run is selected.")
            return
        self.title.setText(facts.name)
        token = STATUS_TOKENS.get(facts.status, "text_muted")
        origin = f", from {facts.parent}" + (f"@{facts.parent_step}" if facts.parent_step is not None else "")
        words = STATUS_WORDS.get(facts.status, facts.status)
        tail = origin if facts.parent else ""
        self.status.setText(f'<span style="color: {theme().colour(token).name()}">{words}</span> · {facts.id}{tail}')
        self.spec.show_spec(facts.spec)
        self._show_outcome(facts.state)
        environment = facts.state.environment if facts.state else None
        self._environment.setText(environment_words(environment) if environment else "Not started yet.")

    def _lay_out(self) -> None:
        unit = theme().space(1)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.draft, 0, Qt.AlignmentFlag.AlignTop)
        inner = QWidget()
        set_role(inner, "surface")
        held = QVBoxLayout(inner)
        held.setContentsMargins(unit * 2, unit, unit * 2, unit * 2)
        held.setSpacing(unit)
        held.addLayout(head)
        held.addWidget(self.status)
        held.addLayout(self._outcome)
        held.addWidget(self.confusion)
        held.addWidget(self.spec)
        held.addWidget(self._environment)
        held.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)

    def _show_outcome(self, state: RunState | None) -> None:
        if state is None:
            return
        if state.best is not None:
            self._say(f"Best {state.best.metric}: {number(state.best.value)} at step {state.best.step:,}.", "")
        if words := state.saving.in_words():
            on_disk = size_words(sum(row.bytes for row in state.checkpoints))
            self._say(f"Checkpoints: {on_disk} on disk. {words}", "small")
        ended = state.ended
        if ended is None:
            return
        self._say(ending_words(ended), "danger" if ended.outcome in ("failed", "killed") else "")
        if ended.remedy:
            self._say(ended.remedy, "")
        if ended.model_step is not None:
            why = ended.model_rule or f"the checkpoint of step {ended.model_step:,}"
            self._say(f"★ The model: {why[:1].lower()}{why[1:]}", "")
        if ended.traceback:
            # What a worker leaves behind that was killed is no traceback, only what it printed last.
            title = "Traceback" if any(mark in ended.traceback for mark in _TRACES) else "Last lines of the log"
            shown = Disclosure(title, ended.traceback, "details.traceback", lines=14)
            shown.set_open(True)
            if _TRACES[0] in ended.traceback:
                shown.show_end()  # where it says what was raised, and by which line
            self._outcome.addWidget(shown)

    def _say(self, text: str, role: str) -> None:
        label = QLabel(text)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if role:
            set_role(label, role)
        self._outcome.addWidget(label)

    def _use(self) -> None:
        if self._facts is not None:
            self.use_as_draft_requested.emit(self._facts.id)

    def _again(self) -> None:
        facts, self._told = self._facts, ()
        self.show_run(facts)


def ending_words(ended: Ended) -> str:
    """Say how a run ended and why."""
    at = f"{ended.outcome.capitalize()} at step {ended.step:,}"
    if ended.message and ended.reason in ("died", "error"):
        return f"{at}. {ended.message}"  # which says more than the reason
    why = _REASONS.get(ended.reason, ended.reason.replace("_", " "))
    cause = f" (signal {ended.signal})" if ended.signal is not None else ""
    message = f". {ended.message}" if ended.message else "."
    return f"{at}: {why}{cause}{message}"


def environment_words(environment: Environment) -> str:
    """Say what a run ran under, on a few lines."""
    lines = [
        f"{environment.device}, {environment.threads} threads, {environment.platform}",
        f"torch {environment.torch}, Python {environment.python}"
        + (f", Epochal {environment.epochal}" if environment.epochal else ""),
    ]
    lines += [f"{name} {digest[:12]}" for name, digest in _digests(environment) if digest]
    return "\n".join(lines)


def _digests(environment: Environment) -> list[tuple[str, str]]:
    return [("code", environment.code_sha256), ("data", environment.data_sha256)]


def _told(facts: RunFacts | None) -> tuple[object, ...]:
    """What the details are made from; as long as it stays, they need not be made again."""
    if facts is None:
        return ()
    state = facts.state
    seen = (state.ended, state.best, len(state.segments), state.saving.saves) if state else ()
    told = tuple(event.seq for event in state.confusions.values()) if state else ()
    return (facts.id, facts.name, facts.status, facts.parent, facts.parent_step, *seen, told)


def _clear(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()


_TRACES = ("Traceback (most recent call last)", "Fatal Python error", "most recent call first")
_REASONS = {
    "budget": "the budget is spent",
    "early_stop": "no more improvement",
    "command": "as it was told",
    "non_finite": "a value was not finite",
    "out_of_memory": "memory did not suffice",
    "bad_input": "something it was given cannot be used",
    "error": "an error",
    "died": "its process died",
    "environment": "the environment differs",
}

"""What the draft's checkpoints will take on disk, and a warning when that is too much."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.draft import Draft
from app.panels.preview_process import PreviewProcess
from app.panels.section_body import SectionBody
from app.theme import set_role, theme
from core.spec.checkpoint_cost import Sizes, expected_cost, in_words, warning
from core.spec.spec import Spec


class CheckpointsBody(SectionBody):
    """The form of the section, and what it comes to."""

    def __init__(self, draft: Draft, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(draft, "checkpoints", folder, parent)
        self.cost = CostLine(draft, folder, self)
        self.column.addWidget(self.cost)

    def close_down(self) -> None:
        """End what runs beside: the window closes."""
        self.cost.process.close()


class CostLine(QWidget):
    """Says how large the checkpoints are, how many there will be, what all take and what is free.

    A process of its own reads the data and sizes the model, again whenever one of them changes; the rest is
    arithmetic.
    """

    def __init__(self, draft: Draft, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft, self._folder = draft, folder
        self._known: dict[str, Any] = {}
        self._asked: tuple[object, ...] = ()
        self._reason = ""
        self.words, self.warning = _label("cost.words", "small"), _label("cost.warning", "warning")
        self.words.setToolTip("At most, by the policy above; the size is exact to a few percent")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme().space(0.5), 0, 0)
        column.setSpacing(theme().space(0.5))
        column.addWidget(self.words)
        column.addWidget(self.warning)
        self.process = PreviewProcess(folder, self, what="cost")
        self.process.arrived.connect(self._arrived)
        self.process.failed.connect(self._failed)
        draft.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Word it for the draft as it stands; ask anew when what decides the size has changed."""
        if self._draft.problems:
            self._show("What they take is said once the draft is right.", "")
            return
        spec = self._draft.spec()
        asked = (spec.data, spec.model, spec.training.ema, tuple(stage.optimizer for stage in spec.training.plan()))
        if asked != self._asked:
            self._asked, self._known, self._reason = asked, {}, ""
            self.process.ask(msgspec.to_builtins(spec))
        if self._known:
            self._tell(spec)
        else:
            self._show(self._reason or "Looking at how large a checkpoint is …", "")

    def _tell(self, spec: Spec) -> None:
        sizes = Sizes(self._known["checkpoint_bytes"], self._known["weights_bytes"])
        cost = expected_cost(spec, self._known["train_examples"], sizes)
        free = shutil.disk_usage(self._folder).free
        self._show(in_words(cost, free), warning(cost, free))

    def _arrived(self, answer: dict[str, Any]) -> None:
        self._known = answer
        self.refresh()

    def _failed(self, reason: str, _: str) -> None:
        self._reason = reason
        self.refresh()

    def _show(self, words: str, problem: str) -> None:
        self.words.setText(words)
        self.warning.setText(problem)
        self.warning.setVisible(bool(problem))


def _label(name: str, role: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    set_role(label, role)
    return label

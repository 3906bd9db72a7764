"""The right column: the draft of the next run in sections, and the button that trains it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.inputs import is_undo
from app.panels.catalog_provider import CatalogProvider
from app.panels.cost_line import CheckpointsBody
from app.panels.data_body import DataBody
from app.panels.draft_head import DraftHead
from app.panels.model_body import ModelBody
from app.panels.section import Section
from app.panels.section_body import AboutBody, SectionBody
from app.panels.summaries import about_words, checkpoints_words, compute_words, data_words, model_words, training_words
from app.panels.train_bar import TrainBar
from app.theme import set_role
from core.spec.read import to_dict

SECTIONS = (
    ("data", "Data", "data"),
    ("model", "Model", "model"),
    ("training", "Training", "training"),
    ("checkpoints", "Checkpoints", "checkpoint"),
    ("compute", "Compute", "device"),
    ("about", "Notes", "note"),
)
ABOUT = ("notes", "tags", "seed")  # fields that stand at the top of the spec


class DraftPanel(QWidget):
    """Edits a draft.  It knows nothing of runs: it asks for a run with the complete flat spec."""

    train_requested = Signal(dict)
    command_copied = Signal(str)

    def __init__(self, draft: Draft, provider: CatalogProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draft")
        self.setAccessibleName("Draft of the next run")
        self.draft, self.provider = draft, provider
        self._was_shown = False
        self.head = DraftHead(draft)
        self.bar = TrainBar(draft)
        self.sections = {name: Section(name, title, icon, self._maker(name)) for name, title, icon in SECTIONS}
        self._lay_out()
        for section in self.sections.values():
            section.opened.connect(self.refresh)
        self.bar.train_clicked.connect(self.train)
        self.bar.copy_clicked.connect(self.copy_command)
        self.bar.problem_clicked.connect(self.reveal)
        draft.changed.connect(self.refresh)
        provider.changed.connect(self._catalog_changed)
        self.refresh()

    def train(self) -> None:
        """Ask for a run of the draft; where the draft is wrong, go to the mistake instead."""
        if self.draft.problems:
            self.reveal(self.draft.problems[0].path)
        else:
            self.train_requested.emit(to_dict(self.draft.spec()))

    def copy_command(self) -> None:
        """Put the equal command line on the clipboard."""
        if not self.draft.problems:
            line = self.draft.command(workspace=str(self.provider.workspace))
            QGuiApplication.clipboard().setText(line)
            self.command_copied.emit(line)

    def reveal(self, path: str) -> None:
        """Open the section of a field, scroll to the field, and give it the focus."""
        root = path.partition(".")[0]
        section = self.sections.get("about" if root in ABOUT else root)
        if section is not None:
            section.set_open(True)
        # The form was just made: its fields have their places only after the next layout.
        QTimer.singleShot(0, self, lambda: self._go_to(path))

    def close_down(self) -> None:
        """End what runs beside: the window closes."""
        for section in self.sections.values():
            if isinstance(section.body, DataBody | CheckpointsBody):
                section.body.close_down()

    def open_sections(self) -> list[str]:
        """Return the names of the open sections, to be remembered."""
        return [name for name, section in self.sections.items() if section.is_open]

    def set_open_sections(self, names: list[str]) -> None:
        """Open these sections and close the others."""
        for name, section in self.sections.items():
            section.set_open(name in names)

    def refresh(self) -> None:
        """Word every section anew."""
        for name, section in self.sections.items():
            roots = ABOUT if name == "about" else (name,)
            problems = sum(problem.path.partition(".")[0] in roots for problem in self.draft.problems)
            differs = any(self.draft.differs(root) for root in roots)
            section.header.tell(self._words(name), problems, differs=differs)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            # The window comes first; the user's own components are described beside it.
            QTimer.singleShot(0, self.provider, self.provider.refresh)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and is_undo(event):
            event.accept()  # here undo means the draft, whatever it means in the window
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.draft.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.draft.redo()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        inner = QWidget()
        set_role(inner, "surface")
        held = QVBoxLayout(inner)
        held.setContentsMargins(0, 0, 0, 0)
        held.setSpacing(0)
        for section in self.sections.values():
            held.addWidget(section)
        held.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("draft.scroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the focus
        self._scroll.setWidget(inner)
        line = QFrame()
        set_role(line, "separator")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._scroll, 1)
        column.addWidget(line)
        column.addWidget(self.bar)

    def _maker(self, name: str) -> Callable[[], QWidget]:
        return lambda: self._make_body(name)

    def _make_body(self, name: str) -> QWidget:
        folder: Path = self.provider.workspace
        if name == "data":
            body = DataBody(self.draft, folder)
            body.examples_known.connect(lambda _: self.refresh())
            return body
        if name == "model":
            return ModelBody(self.draft, self.provider)
        if name == "checkpoints":
            return CheckpointsBody(self.draft, folder)
        if name == "about":
            return AboutBody(self.draft, "about", folder)
        return SectionBody(self.draft, name, folder)

    def _words(self, name: str) -> str:
        table = self.draft.value(name) or {}
        match name:
            case "data":
                body = self.sections["data"].body
                return data_words(table, self.draft.catalog, body.examples if isinstance(body, DataBody) else None)
            case "model":
                return model_words(table, self.draft.catalog)
            case "training":
                return training_words(table)
            case "checkpoints":
                return checkpoints_words(table)
            case "compute":
                return compute_words(table)
            case _:
                return about_words(self.draft.table)

    def _catalog_changed(self) -> None:
        self.draft.set_catalog(self.provider.catalog)

    def _go_to(self, path: str) -> None:
        found = self.findChild(QWidget, f"field.{path}") or self.findChild(QWidget, f"line.{path}")
        way = path
        while found is None and "." in way:
            way = way.rpartition(".")[0]
            found = self.findChild(QWidget, f"field.{way}")
        if found is not None:
            self._scroll.ensureWidgetVisible(found)
            found.setFocus()

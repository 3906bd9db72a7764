"""The Data section: the source and its options, own data by browsing or dropping, and a preview."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from app.draft import Draft
from app.forms.form import Form
from app.forms.kind_row import KindRow
from app.forms.path_row import dropped_path
from app.icons import bind_icon
from app.panels.fitting import misfits
from app.panels.own_data import FILTER, use_file
from app.panels.preview_process import PreviewProcess
from app.panels.preview_view import PreviewView
from app.panels.section_body import SectionBody
from app.theme import set_role, theme
from core.spec.complete_schema import own_fields
from core.spec.problem import Problem


class DataBody(SectionBody):
    """Chooses the data.  A file or folder dropped anywhere on it becomes the source."""

    examples_known = Signal(int)

    def __init__(self, draft: Draft, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(draft, "data", folder, parent)
        self._folder = folder
        self.examples: int | None = None
        self._question: dict[str, Any] = {}
        self._seen: dict[str, Any] | None = None  # the answer to the question
        self.message = QLabel()
        self.message.setObjectName("data.message")
        self.message.setWordWrap(True)
        set_role(self.message, "danger")
        self.message.hide()
        self.preview = PreviewView()
        self.process = PreviewProcess(folder, self)
        self.column.insertLayout(0, self._own_data_bar())
        self.column.insertWidget(1, self.message)
        self.column.addWidget(self.preview)
        self.setAcceptDrops(True)
        self.process.started.connect(self.preview.show_busy)
        self.process.arrived.connect(self._arrived)
        self.process.failed.connect(self._failed)
        self.process.cancelled.connect(lambda: self.preview.show_failure("The look at the data was cancelled."))
        self.preview.cancel_clicked.connect(self.process.cancel)
        self.preview.again_clicked.connect(self.process.again)
        draft.changed.connect(self._ask)
        self._ask()

    def make_form(self) -> QWidget:
        return KindRow(self.draft, "data", self.field(), self.context, Form)

    def use_path(self, path: Path) -> None:
        """Make a file or folder the source: kind and path in one edit."""
        problem = use_file(self.draft, path)
        self.message.setText(problem)
        self.message.setVisible(bool(problem))

    def close_down(self) -> None:
        """Look at nothing any more: the window closes."""
        self.draft.changed.disconnect(self._ask)
        self.process.close()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event):
            event.acceptProposedAction()
            self._show_drop(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_drop(False)
        if path := dropped_path(event):
            event.acceptProposedAction()
            self.use_path(Path(path))

    def _own_data_bar(self) -> QHBoxLayout:
        self.drop_words = QLabel("Own data: drop it here, or")
        set_role(self.drop_words, "small")
        bar = QHBoxLayout()
        bar.setSpacing(theme().space(0.5))
        bar.addWidget(self.drop_words, 1)
        for text, icon, name, tip, act in (
            ("File", "file", "data.open_file", "CSV, Parquet, NumPy or HDF5", self._browse_file),
            (
                "Folder",
                "open",
                "data.open_folder",
                "A folder of images, one subfolder for each class",
                self._browse_folder,
            ),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setAccessibleName(f"Choose own data: {text.lower()}")
            button.setToolTip(tip)
            bind_icon(button, icon)
            button.clicked.connect(act)
            bar.addWidget(button)
        return bar

    def _browse_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self.window(), "Choose data", str(self._folder), FILTER)
        if chosen:
            self.use_path(Path(chosen))

    def _browse_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self.window(), "Choose a folder of images", str(self._folder))
        if chosen:
            self.use_path(Path(chosen))

    def _ask(self) -> None:
        """Look at the data as it is chosen now; what is wrong with the choice is said in the form."""
        data: dict[str, Any] = dict(self.draft.value("data") or {})
        problem = next(
            (found for found in self.draft.own_problems if found.path.startswith("data.") and _is_option(found.path)),
            None,
        )
        if problem is not None:
            self.process.close()
            self._forget(problem.message if problem.path in ("data.path", "data.folder") else "")
            return
        # How examples are split and scaled does not change what they look like.
        question = {name: value for name, value in data.items() if name not in _NOT_LOOKED_AT}
        if question != self._question:
            self._question, self._seen = question, None
        elif self._seen is not None:
            self.draft.blame(misfits(self.draft, self._seen))
        self.process.ask(question)

    def _arrived(self, preview: dict[str, Any]) -> None:
        self.examples = int(preview.get("examples", 0))
        self.context.set_columns([str(column.get("name", "")) for column in preview.get("columns") or []])
        self.preview.show_preview(preview)
        self._seen = preview
        self.draft.blame(misfits(self.draft, preview))
        self.examples_known.emit(self.examples)

    def _failed(self, words: str, path: str) -> None:
        self.examples = self._seen = None
        self.preview.show_failure(words)
        at = self._path_of_source() if path == "data" else path
        self.draft.blame([Problem(at, words)] if at else [])
        self.examples_known.emit(0)

    def _path_of_source(self) -> str:
        """Return the field that names the file or folder; empty for a built-in source."""
        return next((f"data.{name}" for name in ("path", "file") if self.draft.value(f"data.{name}")), "")

    def _forget(self, words: str) -> None:
        self.examples = self._seen = None
        self._question = {}
        self.context.set_columns(())
        self.preview.show_nothing(words)

    def _show_drop(self, over: bool) -> None:
        self.drop_words.setText("Let go to use this as data" if over else "Own data: drop it here, or")


_NOT_LOOKED_AT = {"standardise", "augment", "memory_limit", "split"}


def _is_option(path: str) -> bool:
    return path.split(".")[1] not in own_fields("data")

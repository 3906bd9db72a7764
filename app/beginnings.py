"""What the welcome page leads to: a sample or one's own data in the draft, perhaps trained at once."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.actions.workspace_doer import WorkspaceDoer
from app.centre import Centre
from app.panels.own_data import FILTER, use_file
from app.parts import Parts
from app.samples import Sample


class Beginnings(QObject):
    """Fills the draft."""

    data_chosen = Signal()

    def __init__(self, parts: Parts, centre: Centre, workspaces: WorkspaceDoer, window: QWidget) -> None:
        super().__init__(window)
        self._parts, self._window = parts, window
        centre.sample_chosen.connect(self.use_sample)
        centre.sample_trained.connect(self.train_sample)
        centre.own_data.connect(self._ask_for_data)
        centre.file_dropped.connect(self.use_data)
        centre.workspace_wanted.connect(workspaces.open)
        centre.recent_chosen.connect(workspaces.open_path)

    def use_sample(self, sample: Sample) -> None:
        """Put a sample into the draft."""
        self._parts.draft.use(sample.given, sample.path)
        self._parts.notices.say("note", f"“{sample.name}” is in the draft. Train starts it (Ctrl+Return).")

    def train_sample(self, sample: Sample) -> None:
        """Put a sample into the draft and start it."""
        self._parts.draft.use(sample.given, sample.path)
        self._parts.control.train(self._parts.draft.spec)

    def use_data(self, path: Path) -> None:
        """Let the draft read this file, or this folder of images."""
        problem = use_file(self._parts.draft, path)
        if problem:
            self._parts.notices.say("warning", problem)
            return
        self.data_chosen.emit()
        self._parts.notices.say("note", f"{path.name} is in the draft. Look at its columns on the right, then Train.")

    def _ask_for_data(self) -> None:
        menu = QMenu(self._window)
        menu.setObjectName("own_data_menu")
        menu.addAction("A file…", self._ask_for_file)
        menu.addAction("A folder of images by class…", self._ask_for_folder)
        menu.popup(QCursor.pos())

    def _ask_for_file(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Your own data", str(Path.home()), FILTER)
        if chosen:
            self.use_data(Path(chosen))

    def _ask_for_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._window, "A folder of images by class", str(Path.home()))
        if chosen:
            self.use_data(Path(chosen))

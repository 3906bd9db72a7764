"""What the welcome page leads to: a sample or one's own data in the draft, perhaps trained at once."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.actions.workspace_doer import WorkspaceDoer
from app.centre import Centre
from app.parts import Parts
from app.samples import Sample

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".npz": "numpy",
    ".npy": "numpy",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
}


class Beginnings(QObject):
    """Fills the draft."""

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
        kind = "image_folder" if path.is_dir() else SUFFIXES.get(path.suffix.lower())
        if kind is None:
            known = ", ".join(sorted(SUFFIXES))
            self._parts.notices.say("warning", f"{path.name} is not a kind of data known here: {known}, or a folder.")
            return
        draft = self._parts.draft
        draft.choose("data", kind)
        draft.set("data.path", str(path))
        draft.set("name", path.stem)
        self._parts.notices.say("note", f"{path.name} is in the draft. Look at its columns on the right, then Train.")

    def _ask_for_data(self) -> None:
        menu = QMenu(self._window)
        menu.setObjectName("own_data_menu")
        menu.addAction("A file…", self._ask_for_file)
        menu.addAction("A folder of images by class…", self._ask_for_folder)
        menu.popup(QCursor.pos())

    def _ask_for_file(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, "Your own data", str(Path.home()), f"Data ({patterns});;All files (*)"
        )
        if chosen:
            self.use_data(Path(chosen))

    def _ask_for_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self._window, "A folder of images by class", str(Path.home()))
        if chosen:
            self.use_data(Path(chosen))

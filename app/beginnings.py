"""What the welcome page leads to: a sample or one's own data in the draft, perhaps trained at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from app.actions.workspace_doer import WorkspaceDoer
from app.centre import Centre
from app.panels.own_data import FILTER, use_file
from app.parts import Parts
from app.samples import Sample
from core.curves.from_csv import header_of, is_curve_header, is_surely_curve

if TYPE_CHECKING:
    from app.dialogs.foreign_curve import ReadCurve

CURVE_ENDINGS = (".csv", ".txt")


class Beginnings(QObject):
    """Fills the draft."""

    data_chosen = Signal()

    def __init__(self, parts: Parts, centre: Centre, workspaces: WorkspaceDoer, window: QWidget) -> None:
        super().__init__(window)
        self._parts, self._window = parts, window
        centre.sample_chosen.connect(self.use_sample)
        centre.sample_trained.connect(self.train_sample)
        centre.own_data.connect(self._ask_for_data)
        centre.file_dropped.connect(self.take)
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

    def take(self, path: Path) -> None:
        """Take a file that was dropped: a learning curve is drawn, anything else is data; where unclear, ask."""
        header = header_of(path) if path.suffix.lower() in CURVE_ENDINGS else []
        if not is_curve_header(header):
            self.use_data(path)
        elif is_surely_curve(header):
            self.show_curve(path)
        else:
            self._ask_what(path)

    def show_curve(self, path: Path) -> None:
        """Read and judge a learning curve beside the window, then show it."""
        from app.dialogs.foreign_curve import read_for_view

        self._parts.notices.say("note", f"Reading the curve in {path.name}…")
        self._parts.background.run(
            lambda: read_for_view(path),
            self._show_read,
            lambda error: self._parts.notices.fail(f"{path.name} could not be drawn", error),
        )

    def _show_read(self, read: ReadCurve) -> None:
        from app.dialogs.foreign_curve import ForeignCurve

        dialog = ForeignCurve(read, self._window)
        dialog.data_wanted.connect(self.use_data)
        dialog.show()

    def _ask_what(self, path: Path) -> None:
        box = QMessageBox(self._window)
        box.setObjectName("curve_or_data")
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setText(f"What is {path.name}?")
        box.setInformativeText("It has a column of losses, so it may be a learning curve, or data to train on.")
        curve = box.addButton("Draw as a curve", QMessageBox.ButtonRole.AcceptRole)
        data = box.addButton("Use as data", QMessageBox.ButtonRole.ActionRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        curve.clicked.connect(lambda: self.show_curve(path))
        data.clicked.connect(lambda: self.use_data(path))
        box.open()

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

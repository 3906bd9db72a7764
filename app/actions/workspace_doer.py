"""Actions on workspaces and windows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from app.parts import Parts

OpenWindow = Callable[[Path], None]


class WorkspaceDoer:
    """What the rows `workspaces.*` of the table do.  `open_window` opens a window on a workspace."""

    def __init__(self, parts: Parts, window: QWidget, open_window: OpenWindow) -> None:
        self._parts, self._window, self._open_window = parts, window, open_window

    def open(self) -> None:
        """Ask for a folder and open it in a window of its own."""
        here = str(self._parts.model.workspace.path.parent)
        chosen = QFileDialog.getExistingDirectory(self._window, "Open workspace", here)
        if chosen:
            self.open_path(Path(chosen))

    def open_path(self, path: Path) -> None:
        """Open a workspace in a window of its own."""
        self._open_window(path)

    def new_window(self) -> None:
        """Open a second window on this workspace."""
        self._open_window(self._parts.model.workspace.path)

    def reveal(self) -> None:
        """Show the workspace in the file browser."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._parts.model.workspace.path)))

    def fill_recent(self, menu: QMenu) -> None:
        """Put the workspaces opened last into a menu."""
        menu.clear()
        for path in self._parts.settings.recent():
            menu.addAction(str(path), lambda path=path: self.open_path(path))
        menu.setEnabled(not menu.isEmpty())

    def empty_trash(self) -> None:
        """Delete for good what lies in the trash, after saying how much that is."""
        self._parts.background.run(self._parts.trash.contents, self._ask_to_empty)

    def _ask_to_empty(self, contents: tuple[int, int]) -> None:
        runs, size = contents
        if not runs:
            self._parts.notices.say("note", "The trash is empty.")
            return
        box = QMessageBox(self._window)
        box.setObjectName("empty_trash")
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Empty trash")
        box.setText(f"Delete {runs} run{'s' if runs > 1 else ''} for good?")
        box.setInformativeText(f"This frees {size / 1e6:,.1f} MB and cannot be undone.")
        delete = box.addButton("Delete for good", QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("empty_trash_confirm")
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        delete.clicked.connect(self._empty)
        box.open()

    def _empty(self) -> None:
        self._parts.background.run(
            self._parts.trash.empty,
            lambda _: self._parts.notices.say("note", "The trash is empty now."),
            lambda error: self._parts.notices.fail("The trash could not be emptied", error),
        )

"""A path: typed, browsed for, or dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from app.forms.inputs import Line
from app.forms.row import FieldRow
from app.icons import bind_icon
from app.theme import theme


class PathEdit(QWidget):
    """A line and a button."""

    def __init__(self, folder: Path, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder, self._kind = folder, kind
        self.line = Line()
        self.line.setPlaceholderText("Choose or drop a folder" if kind == "folder" else "Choose or drop a file")
        self.button = QToolButton()
        self.button.setAccessibleName("Browse")
        self.button.setToolTip("Browse")
        bind_icon(self.button, "open")
        self.button.clicked.connect(self.browse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().space(0.5))
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.line)
        self.setAcceptDrops(True)

    def browse(self) -> None:
        """Let the user choose; the choice counts as typed."""
        start = str((self._folder / self.line.text()).parent if self.line.text() else self._folder)
        if self._kind == "folder":
            chosen = QFileDialog.getExistingDirectory(self.window(), "Choose a folder", start)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self.window(), "Choose a file", start)
        if chosen:
            self.put(chosen)

    def put(self, path: str) -> None:
        """Enter a path as if it had been typed."""
        self.line.setText(path)
        self.line.textEdited.emit(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if path := dropped_path(event):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.put(path)


class PathRow(FieldRow):
    """A file or a folder.  Paths are relative to the workspace, or absolute."""

    editor: PathEdit

    def make_editor(self) -> QWidget:
        edit = PathEdit(self.context.folder, self.field.path)
        edit.line.setObjectName(f"line.{self.path}")
        edit.button.setObjectName(f"browse.{self.path}")
        edit.line.setAccessibleName(self.field.title)
        edit.line.textEdited.connect(lambda text: self.commit(text.strip(), typing=True))
        return edit

    def show_value(self, value: Any) -> None:
        line = self.editor.line
        if line.text().strip() != str(value or ""):
            with QSignalBlocker(line):
                line.setText(str(value or ""))

    def refresh(self) -> None:
        super().refresh()
        line = self.editor.line
        invalid = bool(self.problem_text())
        if line.property("invalid") != invalid:
            line.setProperty("invalid", invalid)
            line.style().unpolish(line)
            line.style().polish(line)


def dropped_path(event: QDropEvent) -> str:
    """Return the first local file or folder of a drop, or an empty string."""
    return next((url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()), "")

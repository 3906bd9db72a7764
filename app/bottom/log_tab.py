"""The log of the current run, followed as it grows."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QStackedLayout, QWidget

from app.bottom.empty import empty_words
from app.live.workspace_model import WorkspaceModel
from app.theme import set_role

FIRST_BYTES = 256 * 1024  # of a long log only the end is read; the first line then says so
SLICE_BYTES = 64 * 1024
LINES_KEPT = 20_000


class LogTab(QWidget):
    """What the worker printed."""

    def __init__(self, model: WorkspaceModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._run = ""
        self._path: Path | None = None
        self._read = 0
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("log_text")
        self.text.setAccessibleName("Log of the selected run")
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(LINES_KEPT)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        set_role(self.text, "log")  # the sheet names its font too: a font set here is lost when a parent changes
        self._empty = empty_words("log_empty", "Select a run to see its log.")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.text)
        model.selection.changed.connect(self._change_run)
        model.ticked.connect(self.follow)
        self._change_run()

    def follow(self) -> None:
        """Append what was printed since; does nothing while the tab is hidden."""
        if self._path is None or not self.isVisible():
            return
        try:
            size = self._path.stat().st_size
            if size == self._read:
                return
            with self._path.open("rb") as file:
                file.seek(self._read)
                fresh = file.read(FIRST_BYTES if self._read == 0 else SLICE_BYTES)
        except OSError:
            return
        cut = fresh.rfind(b"\n") + 1 or len(fresh)
        if self._read + len(fresh) < size:  # more to come: stop at a whole line
            fresh = fresh[:cut]
        self._read += len(fresh)
        self._append(fresh.decode("utf-8", "replace"))

    def _append(self, text: str) -> None:
        bar = self.text.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        cursor = QTextCursor(self.text.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)
        if at_end:
            bar.setValue(bar.maximum())
        self._stack.setCurrentWidget(self.text)

    def _change_run(self) -> None:
        current = self._model.selection.current or ""
        if current == self._run:
            return
        self._run, self._read, self._path = current, 0, None
        self.text.clear()
        self._empty.setText("This run has printed nothing." if current else "Select a run to see its log.")
        self._stack.setCurrentWidget(self._empty)
        if current:
            self._path = self._model.run(current).log_path
            self._skip_to_the_end()
            self.follow()

    def _skip_to_the_end(self) -> None:
        try:
            size = self._path.stat().st_size if self._path else 0
        except OSError:
            return
        if size > FIRST_BYTES:
            self._read = size - FIRST_BYTES
            self._append(f"(the first {self._read:,} bytes are not shown; the whole log is {self._path})\n")

"""A look at the data, taken by a process of its own: the window never reads data, and never waits for it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QProcess, QTimer, Signal

SETTLE_MS = 400  # after the last edit
LIMIT_MS = 60_000
KILLED_MS = 1000  # a killed process is gone in a few milliseconds; Qt complains if it is not


class PreviewProcess(QObject):
    """Asks for previews one at a time; a newer question ends the older one."""

    started = Signal()
    arrived = Signal(dict)
    failed = Signal(str, str)  # sentence, path of the field to blame, "data" for the file itself, "" for none
    cancelled = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None, *, what: str = "preview") -> None:
        """Ask `core.describe` for `what`."""
        super().__init__(parent)
        self._folder, self._what = folder, what
        self._question = ""
        self._process: QProcess | None = None
        self._dying: list[QProcess] = []  # killed, and not gone yet
        self._settle = _once(self, SETTLE_MS)
        self._settle.timeout.connect(self._start)
        self._limit = _once(self, LIMIT_MS)
        self._limit.timeout.connect(self._too_long)
        if application := QCoreApplication.instance():
            application.aboutToQuit.connect(self.close)

    @property
    def is_busy(self) -> bool:
        """Whether a question is being answered, or is about to be asked."""
        return self._process is not None or self._settle.isActive()

    def ask(self, data: Mapping[str, Any]) -> None:
        """Ask about a table, such as a flat `[data]`; the same question is asked once."""
        question = msgspec.json.encode(data).decode()
        if question == self._question:
            return
        self._question = question
        self._end()
        self._settle.start()

    def again(self) -> None:
        """Ask the last question again: the file may have changed."""
        self._end()
        if self._question:
            self._settle.start(0)

    def cancel(self) -> None:
        """End the question that is being answered, and do not ask it again by itself."""
        self._settle.stop()
        self._end()
        self.cancelled.emit()

    def close(self) -> None:
        """End without a word: nobody waits for the answer any more."""
        self._question = ""
        self._settle.stop()
        self._end()
        for process in list(self._dying):
            process.waitForFinished(KILLED_MS)
        self._dying.clear()

    def _start(self) -> None:
        self._end()
        # The process belongs to the application, so that this object may go while the process is being killed.
        process = QProcess(QCoreApplication.instance())
        process.setProgram(sys.executable)
        process.setArguments(["-m", "core.describe", self._what, self._question, str(self._folder)])
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._not_started)
        process.finished.connect(process.deleteLater)
        self.destroyed.connect(process.kill)
        self._process = process
        self._limit.start()
        self.started.emit()
        process.start()
        process.closeWriteChannel()

    def _finished(self) -> None:
        process = self._process
        if process is None:
            return
        answer = bytes(process.readAllStandardOutput().data())
        complaint = bytes(process.readAllStandardError().data()).decode(errors="replace")
        self._release()
        try:
            found = msgspec.json.decode(answer)
        except msgspec.DecodeError:
            last = complaint.strip().splitlines()[-1:] or ["it gave no answer"]
            self.failed.emit(f"The data could not be looked at: {last[0]}.", "")
            return
        if isinstance(found, dict) and isinstance(found.get("error"), dict):
            error = found["error"]
            where = str(error.get("where", ""))
            words = f"{error.get('message', '')} {error.get('remedy', '')}".strip()
            is_field = where.startswith("data")
            self.failed.emit(words if is_field or not where else f"{where}: {words}", where if is_field else "data")
        else:
            self.arrived.emit(found)

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if self._process is not None and error == QProcess.ProcessError.FailedToStart:
            self._process.deleteLater()  # it will never finish
            self._release()
            self.failed.emit("The process that looks at data could not be started.", "")

    def _too_long(self) -> None:
        if self._process is not None:
            self._end()
            self.failed.emit(f"Looking at the data took more than {LIMIT_MS // 1000} s and was given up.", "")

    def _end(self) -> None:
        """Let go of a running process; it is killed and forgotten, nobody waits for it."""
        process = self._process
        if process is not None:
            self._release()
            self._dying.append(process)
            process.finished.connect(lambda: self._gone(process))
            process.kill()

    def _gone(self, process: QProcess) -> None:
        if process in self._dying:
            self._dying.remove(process)

    def _release(self) -> None:
        self._limit.stop()
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._finished)
            process.errorOccurred.disconnect(self._not_started)


def _once(parent: QObject, milliseconds: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    return timer

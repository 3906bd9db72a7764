"""Work that may block, done beside the GUI thread, with its result delivered to it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

Result = TypeVar("Result")
Job = tuple[Callable[[], Any], Callable[[Any], None] | None, Callable[[Exception], None] | None]


class Background(QObject):
    """A few threads for file and process work; results and errors arrive in the thread this object lives in.

    The threads are daemons: closing the window never waits for a run to answer.  What they write is written atomically.
    """

    _finished = Signal(object)

    def __init__(self, threads: int = 3, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = False
        self._most = threads
        self._threads: list[threading.Thread] = []
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do `work` beside; then call `done` with its result, or `failed` with its error, here."""
        if self._closed:
            return
        if len(self._threads) < self._most:
            thread = threading.Thread(target=self._serve, name=f"window-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put((work, done, failed))

    def close(self) -> None:
        """Take no more work and deliver nothing more."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None and not self._closed:
            work, done, failed = job
            outcome: tuple[Any, Any]
            try:
                outcome = (done, work())
            except Exception as error:  # whatever it was, it is shown, never lost in a thread
                outcome = (failed or _raise, error)
            if not self._closed:
                self._finished.emit(outcome)

    @Slot(object)
    def _deliver(self, outcome: tuple[Callable[[Any], None] | None, Any]) -> None:
        receiver, value = outcome
        if receiver is not None and not self._closed:
            receiver(value)


def _raise(error: Exception) -> None:
    raise error

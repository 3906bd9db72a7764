"""Work that may block, done beside the GUI thread, with its result delivered to it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

Result = TypeVar("Result")


class Background(QObject):
    """A few threads for file and process work; results and errors arrive in the thread this object lives in."""

    _finished = Signal(object)

    def __init__(self, threads: int = 3, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="window")
        self._closed = False
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do `work` beside; then call `done` with its result, or `failed` with its error, here."""
        if not self._closed:
            self._pool.submit(self._work, work, done, failed)

    def close(self) -> None:
        """Take no more work, drop what has not begun, deliver nothing more."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self, work: Callable[[], Any], done: Any, failed: Any) -> None:
        try:
            result = work()
        except Exception as error:  # whatever it was, it is shown, never lost in a thread
            outcome = (failed, error)
        else:
            outcome = (done, result)
        if not self._closed:
            self._finished.emit(outcome)

    @Slot(object)
    def _deliver(self, outcome: tuple[Callable[[Any], None] | None, Any]) -> None:
        receiver, value = outcome
        if self._closed:
            return
        if receiver is not None:
            receiver(value)
        elif isinstance(value, Exception):
            raise value

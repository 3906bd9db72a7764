"""One comparison at a time, asked for beside the GUI thread; a new question ends the one before it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.live.background import Background
from core.comparison.asking import Asking, Cancelled
from core.comparison.request import Progress, Request
from core.comparison.result import Comparison


class Question(QObject):
    """Asks, and tells in the GUI thread what becomes of it."""

    progressed = Signal(object)  # Progress
    answered = Signal(object)  # Comparison
    failed = Signal(object)  # Exception
    cancelled = Signal()
    _said = Signal(object, object)  # from the thread that asks: Asking, Progress

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Threads of its own: a long comparison must not keep the window from reading runs.
        self._background = Background(threads=2, parent=self)
        self._asking: Asking | None = None
        self._said.connect(self._tell)

    @property
    def waiting(self) -> bool:
        """Whether an answer is to come."""
        return self._asking is not None

    def ask(self, request: Request) -> None:
        """Ask; what was asked before is given up without a word."""
        self._give_up()
        asking = self._asking = Asking(request)
        self._background.run(
            lambda: asking.answer(lambda progress: self._said.emit(asking, progress)),
            lambda answer: self._done(asking, answer),
            lambda error: self._error(asking, error),
        )

    def cancel(self) -> None:
        """Give up what is asked; nothing of it is left."""
        if self._asking is not None:
            self._give_up()
            self.cancelled.emit()

    def close(self) -> None:
        """Leave no process behind, and ask nothing more."""
        self._give_up()
        self._background.close()

    def _give_up(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        self._asking = None

    @Slot(object, object)
    def _tell(self, asking: Asking, progress: Progress) -> None:
        if asking is self._asking:
            self.progressed.emit(progress)

    def _done(self, asking: Asking, answer: Comparison) -> None:
        if asking is self._asking:
            self._asking = None
            self.answered.emit(answer)

    def _error(self, asking: Asking, error: Exception) -> None:
        if asking is self._asking and not isinstance(error, Cancelled):
            self._asking = None
            self.failed.emit(error)

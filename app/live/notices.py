"""What the user should know, collected: shown as a toast when it comes, kept in the notices tab."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, Signal

Level = Literal["note", "success", "warning", "error"]
LIMIT = 1000
ICONS: dict[Level, tuple[str, str]] = {
    "note": ("about", "accent"),
    "success": ("status-completed", "success"),
    "warning": ("warning", "warning"),
    "error": ("error", "danger"),
}


@dataclass(frozen=True)
class Said:
    """One notice.  `run` is the run it is about, or "".  `detail` is long text such as a traceback."""

    level: Level
    text: str
    run: str = ""
    detail: str = ""
    time: float = field(default_factory=time.time)


class Notices(QObject):
    """The notices of one window, oldest first; the oldest go when there are too many."""

    added = Signal(object)
    cleared = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.all: list[Said] = []
        self.unread = 0

    def say(
        self,
        level: Level,
        text: str,
        *,
        run: str = "",
        detail: str = "",
        toast: bool = True,
        moment: float | None = None,
    ) -> None:
        """Add a notice, of now or of a moment in seconds since 1970; `toast` also shows it for a few seconds."""
        said = Said(level, text, run, detail, time.time() if moment is None else moment)
        self.all.append(said)
        del self.all[:-LIMIT]
        self.unread += 1
        self.added.emit((said, toast))

    def fail(self, doing: str, error: Exception, *, run: str = "") -> None:
        """Say that something could not be done, with the error's own words."""
        self.say("error", f"{doing}: {error}", run=run)

    def read_all(self) -> None:
        """Count none as unread."""
        self.unread = 0

    def clear(self) -> None:
        """Forget all."""
        self.all.clear()
        self.unread = 0
        self.cleared.emit()

"""A run that ended: a notice in the window, and one of the desktop's when the window is not looked at."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from app.icons import icon_folder
from app.live.notices import Level, Notices
from app.live.workspace_model import WorkspaceModel
from app.runs_view.words import number
from core.runs.summary import RunSummary

LEVELS: dict[str, Level] = {
    "completed": "success",
    "stopped": "note",
    "failed": "error",
    "killed": "warning",
    "interrupted": "warning",
}


class Endings(QObject):
    """Listens for runs that end."""

    def __init__(self, model: WorkspaceModel, notices: Notices, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._notices, self._window = model, notices, window
        self._tray: QSystemTrayIcon | None = None
        model.run_ended.connect(self._ended)

    def _ended(self, run_id: str, status: str) -> None:
        run = self._model.summaries[run_id]
        words = ending_words(run)
        self._notices.say(LEVELS[status], words, run=run_id)
        if not self._window.isActiveWindow() and QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                self._tray = QSystemTrayIcon(QIcon(str(icon_folder() / "epochal.svg")), self)
                self._tray.setToolTip("Epochal")
                self._tray.activated.connect(self._window.activateWindow)
                self._tray.messageClicked.connect(self._window.activateWindow)
            self._tray.show()
            self._tray.showMessage("Epochal", words)


def ending_words(run: RunSummary) -> str:
    """Return how a run ended in a sentence or two."""
    best = ""
    if run.best_value is not None:
        best = f" Best {run.best_metric} {number(run.best_value)}"
        best += f" at step {run.best_step:,}." if run.best_step is not None else "."
    match run.status:
        case "completed":
            return f"{run.name} completed.{best}"
        case "stopped":
            return f"{run.name} stopped at step {run.step:,}.{best}"
        case "interrupted":
            return f"{run.name} was interrupted at step {run.step:,}. It can be resumed from its newest checkpoint."
        case _:
            return f"{run.name} {run.status} at step {run.step:,}. {run.message}".strip()

"""What runs say that the user should know: notices of followed runs, each shown once."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject

from app.live.notices import Level, Notices
from app.live.workspace_model import WorkspaceModel

LEVELS: dict[str, Level] = {"note": "note", "warning": "warning", "error": "error"}


class RunNotices(QObject):
    """Takes over a followed run's notices; those from before the window was opened come without a toast."""

    def __init__(self, model: WorkspaceModel, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._notices = model, notices
        self._taken: dict[str, int] = {}
        self._opened = time.time()
        model.run_updated.connect(self._take)

    def _take(self, run_id: str) -> None:
        state = self._model.state(run_id)
        summary = self._model.summaries.get(run_id)
        if state is None or summary is None:
            return
        fresh = state.notices[self._taken.get(run_id, 0) :]
        self._taken[run_id] = len(state.notices)
        for notice in fresh:
            at = f" (step {notice.step:,})" if notice.step is not None else ""
            toast = notice.level != "note" and notice.time >= self._opened
            moment = notice.time or None
            words = f"{summary.name}: {notice.message}{at}"
            self._notices.say(LEVELS[notice.level], words, run=run_id, toast=toast, moment=moment)

"""While a window is open somebody looks after the workspace: a supervisor, with a warm worker, renewed if it died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from app.live.background import Background
from app.live.notices import Notices
from core.runs.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.client import Attendance

LOOK_MS = 3000


class Attending(QObject):
    """Looks every few seconds; says so once when no supervisor can be started."""

    def __init__(
        self, workspace: Workspace, background: Background, notices: Notices, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace, self._background, self._notices = workspace, background, notices
        self._attendance: Attendance | None = None
        self._looking = False
        self._complained = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look_beside)

    def begin(self) -> None:
        """Attend from now on."""
        self._timer.start()
        self._look_beside()

    def end(self) -> None:
        """Attend no more: the supervisor leaves when nothing runs."""
        self._timer.stop()
        if self._attendance is not None:
            self._attendance.end()
            self._attendance = None

    def _look_beside(self) -> None:
        if not self._looking:
            self._looking = True
            self._background.run(self._look, self._looked, self._failed)

    def _look(self) -> None:
        from core.jobs import client

        if self._attendance is None:
            self._attendance = client.Attendance(self._workspace)
        client.ensure_supervisor(self._workspace)

    def _looked(self, _: None) -> None:
        self._looking = self._complained = False

    def _failed(self, error: Exception) -> None:
        self._looking = False
        if not self._complained:
            self._complained = True
            self._notices.fail("No supervisor could be started", error)

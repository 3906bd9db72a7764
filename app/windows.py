"""The windows of this process: each on a workspace; what they share are the settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.draft import Draft
from app.live.attending import Attending
from app.live.background import Background
from app.live.control import Control
from app.live.notices import Notices
from app.live.trash import Trash
from app.live.workspace_model import WorkspaceModel
from app.main_window import MainWindow
from app.parts import Parts
from app.settings import Settings
from core.errors import WorkspaceError
from core.runs.workspace import Workspace, default_workspace
from core.spec.catalog import Catalog


class Windows(QObject):
    """Opens windows and keeps them alive."""

    def __init__(self, settings: Settings, *, attend: bool = True) -> None:
        super().__init__()
        self._settings, self._attend = settings, attend
        self.all: list[MainWindow] = []

    def open(self, path: Path | None = None) -> MainWindow:
        """Open a window on a workspace: this one, the one opened last, or the default.  Raises WorkspaceError."""
        recent = self._settings.recent()
        chosen = path or (recent[0] if recent else default_workspace())
        parts = make_parts(chosen, self._settings, attend=self._attend)
        window = MainWindow(parts, self._open_another)
        self.all.append(window)
        window.closed.connect(lambda: self._closed(window))
        window.show()
        QTimer.singleShot(0, window, lambda: self._begin(window))
        return window

    def close_all(self) -> None:
        """Close every window; runs go on in the background."""
        for window in list(self.all):
            window.ask_before_closing = False
            window.close()

    def say_error(self, text: str, detail: str) -> None:
        """Show an error in the window opened last."""
        if self.all:
            self.all[-1].parts.notices.say("error", text, detail=detail)

    def _begin(self, window: MainWindow) -> None:
        """What can wait until the window is on screen."""
        parts = window.parts
        window.start()
        self._settings.remember_workspace(parts.model.workspace.path)
        if parts.read_only:
            window.banner.offer(
                f"{parts.model.workspace.path} is read-only: runs can be looked at, not started or changed.",
                [],
                symbol="warning",
            )
        if parts.attending is not None:
            parts.attending.begin()

    def _open_another(self, path: Path) -> None:
        try:
            self.open(path)
        except WorkspaceError as error:
            self.all[-1].parts.notices.fail("The workspace could not be opened", error)

    def _closed(self, window: MainWindow) -> None:
        self.all.remove(window)
        window.deleteLater()


def make_parts(path: Path, settings: Settings, *, attend: bool = True) -> Parts:
    """Return the parts of a window on a workspace, created if need be; one that can only be read is read-only."""
    read_only = False
    try:
        workspace = Workspace.open(path)
    except WorkspaceError:
        workspace = Workspace(path)
        if not workspace.runs_path.is_dir():
            raise
        read_only = True
    background, notices = Background(), Notices()
    model = WorkspaceModel(workspace, background)
    return Parts(
        model=model,
        control=Control(model, background, notices),
        notices=notices,
        background=background,
        settings=settings,
        draft=Draft(Catalog.builtin()),
        trash=Trash(workspace),
        read_only=read_only,
        attending=Attending(workspace, background, notices) if attend and not read_only else None,
    )

"""The components a draft may choose from: built-in at once, the user's own as soon as they are described."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.live.background import Background
from core.spec.catalog import Catalog, Description
from core.spec.describing import component_files, describe_components
from core.spec.trust import is_trusted, trust

SETTLE_MS = 300  # editors write a file in several steps


class CatalogProvider(QObject):
    """Describes the workspace's components beside the window, again whenever their folder changes."""

    changed = Signal()
    failed = Signal(str)  # one sentence: the describing process itself did not work

    def __init__(self, workspace: Path, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.catalog = Catalog.builtin()
        self.own: list[Description] = []
        self.is_busy = False
        self.newly_trusted = False  # until they were described: what is known of them is out of date
        self._again = False
        self._background = background
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(lambda _: self._settle.start())
        self._watcher.fileChanged.connect(lambda _: self._settle.start())

    @property
    def folder(self) -> Path:
        """Where the user's components lie."""
        return self.workspace / "components"

    @property
    def waits_for_trust(self) -> bool:
        """Whether there are components that may not be imported yet."""
        return bool(component_files(self.workspace)) and not is_trusted(self.workspace)

    def refresh(self) -> None:
        """Describe what is in the folder now; `changed` follows."""
        self._watch()
        if self.is_busy:
            self._again = True
            return
        self.is_busy = True
        self._background.run(lambda: describe_components(self.workspace), self._described, self._not_described)

    def trust(self) -> None:
        """Allow the components of this workspace, and describe them.  Raises WorkspaceError."""
        trust(self.workspace)
        self.newly_trusted = True
        self.changed.emit()
        self.refresh()

    def _watch(self) -> None:
        wanted = [str(path) for path in (self.folder, *component_files(self.workspace)) if path.exists()]
        watched = {*self._watcher.directories(), *self._watcher.files()}
        if missing := [path for path in wanted if path not in watched]:
            self._watcher.addPaths(missing)

    def _described(self, found: list[Description]) -> None:
        self.is_busy = False
        self.newly_trusted = self.newly_trusted and self._again
        self.own = found
        self.catalog = Catalog.builtin().with_components(found)
        self.changed.emit()
        self._go_on()

    def _not_described(self, error: Exception) -> None:
        self.is_busy = self.newly_trusted = False
        self.failed.emit(str(error))
        self._go_on()

    def _go_on(self) -> None:
        if self._again:
            self._again = False
            self.refresh()

"""Which checkpoints are pinned: read and written beside the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app.live.background import Background
from core.checkpoints.store import CheckpointStore
from core.runs.workspace import Workspace

Failed = Callable[[Exception], None]


class Pins(QObject):
    """The pinned steps of the runs that were looked at."""

    changed = Signal(str)  # run id

    def __init__(self, workspace: Workspace, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._background = workspace, background
        self._steps: dict[str, frozenset[int]] = {}

    def of(self, run_id: str) -> frozenset[int]:
        """Return the pinned steps of a run as last seen; empty before `look` has answered."""
        return self._steps.get(run_id, frozenset())

    def look(self, run_id: str, failed: Failed | None = None) -> None:
        """Read the pins of a run; `changed` tells when they are others than were known."""
        store = self._store(run_id)
        self._background.run(store.pins, lambda steps: self._take(run_id, steps), failed or (lambda _: None))

    def pin(self, run_id: str, step: int, pinned: bool, failed: Failed) -> None:
        """Pin a checkpoint, or let it go."""
        store = self._store(run_id)

        def work() -> set[int]:
            store.pin(step, pinned)
            return store.pins()

        self._background.run(work, lambda steps: self._take(run_id, steps), failed)

    def _take(self, run_id: str, steps: set[int]) -> None:
        if frozenset(steps) != self.of(run_id):
            self._steps[run_id] = frozenset(steps)
            self.changed.emit(run_id)

    def _store(self, run_id: str) -> CheckpointStore:
        return CheckpointStore(self._workspace.run(run_id).checkpoints_path)

"""Deleted runs lie in the workspace's trash until it is emptied, so that deleting can be undone."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from core.durable import rename_durably
from core.errors import WorkspaceError
from core.runs.queue import is_in_queue
from core.runs.workspace import Workspace


class Trash:
    """The folder `.trash` beside `runs`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.path = workspace.path / ".trash"

    def put(self, run_ids: Sequence[str]) -> list[str]:
        """Move runs here and return those moved.  Raises WorkspaceError for one that runs or waits, WriteError."""
        self.path.mkdir(exist_ok=True)
        moved = []
        for run_id in run_ids:
            run = self._workspace.run(run_id)
            if run.is_alive() or is_in_queue(self._workspace, run_id):
                raise WorkspaceError(f"Run {run_id} is running or waiting.", remedy="Stop or cancel it first.")
            rename_durably(run.path, self.path / run_id, point="trash")
            moved.append(run_id)
        return moved

    def bring_back(self, run_ids: Sequence[str]) -> None:
        """Move runs back.  Raises WorkspaceError when one is gone, WriteError."""
        for run_id in run_ids:
            if not (self.path / run_id).is_dir():
                raise WorkspaceError(f"Run {run_id} is no longer in the trash.")
            rename_durably(self.path / run_id, self._workspace.run(run_id).path, point="trash")

    def contents(self) -> tuple[int, int]:
        """Return how many runs lie here, and their bytes."""
        if not self.path.is_dir():
            return 0, 0
        runs = [path for path in self.path.iterdir() if path.is_dir()]
        return len(runs), sum(_bytes(path) for path in runs)

    def empty(self) -> None:
        """Delete for good what lies here.  Raises OSError."""
        if self.path.is_dir():
            shutil.rmtree(self.path)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

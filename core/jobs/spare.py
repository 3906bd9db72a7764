"""The one warm spare: a worker that has imported torch before anybody asked for it."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from core.jobs.worker_process import Worker
from core.runs.workspace import Workspace

_log = logging.getLogger(__name__)
_AFTER_TAKE_S = 3.0  # a run that has just begun has the processor to itself for so long
_AFTER_DEATH_S = 30.0  # a spare that dies by itself is not replaced at once


class Spare:
    """Keeps at most one worker waiting."""

    def __init__(self, workspace: Workspace, command: list[str]) -> None:
        self._workspace = workspace
        self._command = command
        self._worker: Worker | None = None
        self._not_before = 0.0

    def keep(self, now: float, *, urgent: bool) -> None:
        """See to it that there is one; at once if it is `urgent`, because a run waits.  Raises OSError."""
        if self._worker is not None and self._worker.exit() is not None:
            _log.warning("the spare worker %d died: %s", self._worker.process.pid, self._worker.exit())
            self._forget()
            self._not_before = now + _AFTER_DEATH_S
        if self._worker is None and (now >= self._not_before or (urgent and self._not_before < now + _AFTER_TAKE_S)):
            self._worker = self._new()

    def take(self, now: float) -> Worker:
        """Return a live worker, the warm one if there is one.  Raises OSError."""
        worker, self._worker = self._worker, None
        self._not_before = now + _AFTER_TAKE_S
        if worker is not None and worker.exit() is None:
            return worker
        return self._new()

    def put_back(self, worker: Worker) -> None:
        """Keep a worker that was not needed after all."""
        if self._worker is None:
            self._worker = worker
        else:
            worker.leave()

    def dismiss(self) -> None:
        """Let the spare go."""
        if self._worker is not None:
            self._worker.leave()
            self._forget()

    def _forget(self) -> None:
        if self._worker is not None:
            self._worker.log_path.unlink(missing_ok=True)
            self._worker = None

    def _new(self) -> Worker:
        folder = self._workspace.path / "workers"
        folder.mkdir(exist_ok=True)
        path: Path = folder / f"{secrets.token_hex(6)}.log"
        worker = Worker(self._command, self._workspace.path, path)
        _log.info("worker %d warms up", worker.process.pid)
        return worker

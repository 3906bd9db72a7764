"""One running job as its supervisor follows it: what its run says, what it was told, whether its worker lives."""

from __future__ import annotations

import logging
from typing import Protocol

from core.jobs.ladder import Deadlines, Endable, KillLadder
from core.jobs.worker_process import Exit
from core.runs.commands import Kill
from core.runs.commands_file import CommandReader
from core.runs.events import Continued, Ended, Paused, Started
from core.runs.liveness import Process
from core.runs.queue import RunningJob
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.summary import summarise

_log = logging.getLogger(__name__)
_WATCHED = frozenset({"started", "paused", "continued", "ended"})


class WorkerHandle(Endable, Protocol):
    """A worker, started or adopted."""

    process: Process

    def exit(self) -> Exit | None:
        """Return how it ended, None while it runs."""

    def leave(self) -> None:
        """Let it go on without being watched any more."""


class Job:
    """Follows one worker.  `entry` is what queue.json says of it."""

    def __init__(self, run: RunFolder, entry: RunningJob, worker: WorkerHandle, deadlines: Deadlines) -> None:
        self.run = run
        self.entry = entry
        self.worker = worker
        self.kill_command: Kill | None = None
        self.lost = False  # whether the worker was dead before it could be given the run
        self._deadlines = deadlines
        self._events = EventReader(run.events_path, only=_WATCHED)
        self._events.skip_to_end()
        stood = summarise(run)  # after the place in the file was taken: nothing falls between
        self.paused = stood.status == "paused"
        self._ended_at: float | None = None
        self._commands = CommandReader(run)
        self._ladder: KillLadder | None = None

    @property
    def device(self) -> str:
        """The slot it takes; none while it is paused, its device memory being free."""
        return "" if self.paused else self.entry.device

    def follow(self, now: float) -> None:
        """Take in what is new, and climb the kill ladder when there is a reason to."""
        for event in self._events.poll():
            self.paused = isinstance(event, Paused) or (self.paused and not isinstance(event, Continued | Started))
            if isinstance(event, Ended):
                self._ended_at, self._ladder = now, None  # it obeyed; now it has time to leave
        for command in self._commands.poll():
            if isinstance(command, Kill) and self.kill_command is None:
                self.kill_command = command
                self._ladder = KillLadder(self.run.id, f"kill sent by the {command.by}", self._deadlines, now)
        if self._ladder is None and self._ended_at is not None and now - self._ended_at > self._deadlines.leave:
            self._ladder = KillLadder(self.run.id, "its run ended but it stays", self._deadlines, now, ask=False)
        if self._ladder is not None:
            self._ladder.climb(self.worker, now)

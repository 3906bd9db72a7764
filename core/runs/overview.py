"""All runs of a workspace as rows, kept up to date at a cost that follows what changed."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass

from core.errors import WorkspaceError
from core.runs.queue import read_queue
from core.runs.run_folder import RunRecord
from core.runs.state import ACTIVE
from core.runs.summary import RunSummary, displayed_status, summarise
from core.runs.workspace import Workspace

_SWEEP = 200  # finished runs looked at again in one poll, in turn


@dataclass(frozen=True)
class Changes:
    """What a poll found.  `more` says that the first look at the workspace is not finished yet."""

    changed: list[RunSummary]
    removed: list[str]
    more: bool

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed)


class Overview:
    """The summaries of all runs.

    A poll looks at the runs that are active or waiting, at those in the queue when the queue changed, and at some of
    the finished ones in turn; the list of runs is read again only when the folder changed.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._summaries: dict[str, RunSummary] = {}
        self._records: dict[str, RunRecord] = {}
        self._seen: dict[str, tuple[int, int, int]] = {}
        self._unseen: list[str] = []
        self._turn: list[str] = []
        self._folder_seen = -1
        self._queue_seen = -1

    @property
    def summaries(self) -> dict[str, RunSummary]:
        """The newest summary of every run, by id."""
        return self._summaries

    def poll(self, budget_s: float | None = None) -> Changes:
        """Return the summaries that changed and the runs that are gone since the last poll.

        With a budget the first look at many runs is spread over several polls of about so many seconds each.
        """
        deadline = None if budget_s is None else time.monotonic() + budget_s
        removed = self._read_folder()
        changed: list[RunSummary] = []
        for run_id in self._due():
            self._look(run_id, changed)
        while self._unseen:
            self._look(self._unseen.pop(), changed)
            if deadline is not None and time.monotonic() > deadline:
                break
        return Changes(changed, removed, bool(self._unseen))

    def _read_folder(self) -> list[str]:
        modified = _modified(self._workspace.runs_path)
        if modified == self._folder_seen:
            return []
        self._folder_seen = modified
        ids = self._workspace.run_ids()
        present = set(ids)
        unseen = set(self._unseen)
        self._unseen = [name for name in self._unseen if name in present]
        self._unseen += [name for name in ids if name not in self._summaries and name not in unseen]
        removed = [name for name in self._summaries if name not in present]
        for name in removed:
            del self._summaries[name]
            self._records.pop(name, None)
            self._seen.pop(name, None)
        return removed

    def _due(self) -> list[str]:
        due = [name for name, row in self._summaries.items() if row.status in ACTIVE or row.status == "queued"]
        queue = _modified(self._workspace.queue_path)
        if queue != self._queue_seen:
            self._queue_seen = queue
            due += self._queued()
        if not self._turn:
            self._turn = list(self._summaries)
        self._turn, sweep = self._turn[:-_SWEEP], self._turn[-_SWEEP:]
        return list(dict.fromkeys((*due, *(name for name in sweep if name in self._summaries))))

    def _queued(self) -> list[str]:
        try:
            queue = read_queue(self._workspace)
        except WorkspaceError:
            return []
        return [entry.run for entry in (*queue.waiting, *queue.running) if entry.run in self._summaries]

    def _look(self, run_id: str, changed: list[RunSummary]) -> None:
        """Summarise a run again if its files changed, or if its worker came or went."""
        run = self._workspace.run(run_id)
        before = self._summaries.get(run_id)
        seen = _stamp(run.events_path, run.record_path)
        if before is not None and seen == self._seen.get(run_id):
            if displayed_status(run, before.status) == before.status != "interrupted":
                return
            if before.status == "interrupted" and not run.is_alive():
                return
        if run_id not in self._records or seen[2] != self._seen.get(run_id, (0, 0, 0))[2]:
            self._records.pop(run_id, None)
            with contextlib.suppress(WorkspaceError):  # the summary says so
                self._records[run_id] = run.record()
        self._seen[run_id] = seen
        after = summarise(run, self._records.get(run_id))
        if after != before:
            self._summaries[run_id] = after
            changed.append(after)


def _stamp(events: os.PathLike[str], record: os.PathLike[str]) -> tuple[int, int, int]:
    try:
        status = os.stat(events)
        size, modified = status.st_size, status.st_mtime_ns
    except OSError:
        size, modified = 0, 0
    return size, modified, _modified(record)


def _modified(path: os.PathLike[str]) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0

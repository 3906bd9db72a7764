"""Changing queue.json: one at a time, whatever windows, command lines and supervisors there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import filelock
import msgspec

from core.durable import write_atomically
from core.errors import WorkspaceError
from core.runs.queue import Queue, QueueEntry, RunningJob, is_in_queue, read_queue
from core.runs.workspace import Workspace

__all__ = ["Queue", "QueueEntry", "RunningJob", "edit_queue", "is_in_queue", "read_queue", "stamp"]

_LOCK_WAIT_S = 10.0
Stamp = tuple[int, int, int]


@contextmanager
def edit_queue(workspace: Workspace) -> Iterator[Queue]:
    """Give the queue to be changed in place; written durably on leaving, unless the block raises or changes nothing.

    Raises WorkspaceError when the workspace cannot be written to or another process keeps the queue too long,
    WriteError when the disk is full.
    """
    try:
        with filelock.FileLock(workspace.path / "queue.lock", timeout=_LOCK_WAIT_S):
            queue = read_queue(workspace)
            before = msgspec.json.encode(queue)
            yield queue
            after = msgspec.json.encode(queue)
            if after != before:
                write_atomically(workspace.queue_path, msgspec.json.format(after), point="queue")
    except filelock.Timeout as error:
        raise WorkspaceError(
            "Another program keeps the queue locked.", where=str(workspace.path), remedy="Try again in a moment."
        ) from error
    except OSError as error:
        raise WorkspaceError(
            f"The queue cannot be changed: {error.strerror or error}.",
            where=str(workspace.path),
            remedy="Choose a workspace that you may write to.",
        ) from error


def stamp(workspace: Workspace) -> Stamp:
    """Return something that changes with the file; zeros when there is none."""
    try:
        status = workspace.queue_path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_ino, status.st_size

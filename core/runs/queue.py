"""What waits and what runs in a workspace: queue.json, as read.  `core.jobs.queue_file` changes it."""

from __future__ import annotations

from typing import Literal

import msgspec

from core.errors import WorkspaceError
from core.runs.liveness import Process
from core.runs.workspace import Workspace


class QueueEntry(msgspec.Struct, kw_only=True):
    """A run that waits for a slot.

    `resume_from` is a checkpoint's step, "newest", or None to begin at the beginning.  `attempt` counts how often it
    was taken up again by itself.  `ending` is set while a run that was cancelled is being given its terminal event.
    """

    run: str
    resume_from: int | Literal["newest"] | None = None
    accept_differences: bool = False
    added: float = 0.0
    attempt: int = 0
    ending: Literal["stopped", "killed"] | None = None


class RunningJob(QueueEntry, kw_only=True):
    """A run that was given to a worker, until its terminal event is written.

    `after_seq` is the last event and `log_offset` the length of the log before that; `worker_log` is where the worker
    wrote until it had the run.  They tell whoever looks later what this worker did.
    """

    process: Process
    device: str
    after_seq: int = 0
    log_offset: int = 0
    worker_log: str = ""


class Queue(msgspec.Struct, kw_only=True):
    """The whole file."""

    layout: int = 1
    waiting: list[QueueEntry] = []
    running: list[RunningJob] = []

    def waiting_for(self, run_id: str) -> QueueEntry | None:
        """Return the waiting entry of a run."""
        return next((entry for entry in self.waiting if entry.run == run_id), None)

    def running_for(self, run_id: str) -> RunningJob | None:
        """Return the running job of a run."""
        return next((job for job in self.running if job.run == run_id), None)


def read_queue(workspace: Workspace) -> Queue:
    """Return the queue; an empty one when there is none.  Raises WorkspaceError when the file is damaged."""
    try:
        return msgspec.json.decode(workspace.queue_path.read_bytes(), type=Queue)
    except FileNotFoundError:
        return Queue()
    except (OSError, msgspec.DecodeError) as error:
        raise WorkspaceError(
            f"The queue cannot be read: {error}.",
            where=str(workspace.queue_path),
            remedy="Delete the file; runs that were waiting have to be queued again.",
        ) from error


def is_in_queue(workspace: Workspace, run_id: str) -> bool:
    """Tell whether a run waits or was given to a worker.  Raises WorkspaceError when the file is damaged."""
    queue = read_queue(workspace)
    return queue.waiting_for(run_id) is not None or queue.running_for(run_id) is not None

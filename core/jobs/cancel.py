"""Taking a waiting run out of the queue, in steps that can be interrupted anywhere and finished by anyone."""

from __future__ import annotations

from typing import Literal

from core.durable import reach
from core.jobs.queue_file import edit_queue
from core.runs import liveness
from core.runs.events import Ended
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.runs.state import ACTIVE
from core.runs.summary import summarise
from core.runs.workspace import Workspace

HowEnded = Literal["stopped", "killed"]


def cancel_waiting(workspace: Workspace, run: RunFolder, how: HowEnded) -> bool:
    """Take a run out of the queue; one that never ran gets its terminal event.  Returns False when it does not wait.

    Raises WorkspaceError, WriteError.
    """
    with edit_queue(workspace) as queue:
        entry = queue.waiting_for(run.id)
        if entry is None:
            return False
        if run.is_alive():  # paused, and waiting for a slot to go on: it stays paused
            queue.waiting.remove(entry)
            return True
        entry.ending = how
    reach("jobs.cancel_marked")
    finish_cancelled(workspace)
    return True


def finish_cancelled(workspace: Workspace) -> None:
    """Write the terminal event of every run marked as cancelled, then take it out of the queue."""
    with edit_queue(workspace) as queue:
        for entry in [entry for entry in queue.waiting if entry.ending is not None]:
            run = workspace.run(entry.run)
            if run.path.exists():
                _end(run, entry.ending or "stopped")
            reach("jobs.cancel_written")
            queue.waiting.remove(entry)


def _end(run: RunFolder, how: HowEnded) -> None:
    with liveness.hold(run.lock_path):
        stood = summarise(run)
        # A run that waited to be resumed already has its terminal event.
        if stood.status == "queued" or stood.status in ACTIVE:
            message = "Taken out of the queue before it began."
            with EventWriter(run.events_path) as events:
                event = Ended(outcome=how, reason="command", step=stood.step, examples=stood.examples, message=message)
                events.write(event, durable=True)

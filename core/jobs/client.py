"""What window and command line do with runs: queue them, tell them something, wait for them."""

from __future__ import annotations

import math
import os
import shlex
import sys
import time
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import refuse_thinned
from core.errors import BadInput, CommandRefused
from core.jobs.cancel import cancel_waiting
from core.jobs.environment import environment_differences
from core.jobs.queue_file import edit_queue
from core.jobs.worker_process import start_detached, worker_command
from core.runs import commands_file, liveness
from core.runs.commands import AnyCommand, CommandOutcome, Kill, Resume
from core.runs.events import Ended
from core.runs.queue import QueueEntry, RunningJob, is_in_queue, read_queue
from core.runs.run_folder import RunFolder
from core.runs.summary import RunSummary, last_ended, summarise
from core.runs.workspace import Workspace

__all__ = [
    "Attendance",
    "cancel",
    "ensure_supervisor",
    "environment_differences",
    "interrupted",
    "launch_line",
    "move",
    "resume",
    "running_jobs",
    "send",
    "submit",
    "wait_ended",
    "wait_outcome",
    "waiting",
]

ResumeFrom = int | Literal["newest"] | None
_POLL_S = 0.02
_SETTLE_S = 30.0


class Attendance:
    """Held by an open window: the supervisor stays, with its warm worker, as long as somebody may press Train."""

    def __init__(self, workspace: Workspace) -> None:
        """Begin to attend.  Raises WorkspaceError when the workspace is read-only."""
        self._descriptor = liveness.take_shared(workspace.windows_lock_path)

    def end(self) -> None:
        """Stop attending; the end of the process does it too."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def ensure_supervisor(workspace: Workspace) -> None:
    """Start the workspace's supervisor unless it runs; returns at once.  Raises WorkspaceError, WriteError."""
    if not liveness.is_held(workspace.supervisor_lock_path):
        command = [sys.executable, "-P", "-m", "core.jobs.supervisor", str(workspace.path)]
        start_detached(command, workspace.log_path, workspace.path)


def submit(workspace: Workspace, run: RunFolder) -> None:
    """Queue a new run and see to it that somebody starts it.  Raises CommandRefused, WorkspaceError, WriteError."""
    _add(workspace, QueueEntry(run=run.id, added=time.time()))


def resume(
    workspace: Workspace, run: RunFolder, resume_from: ResumeFrom = "newest", accept_differences: bool = False
) -> None:
    """Let a paused run go on as soon as a slot is free, or queue one that ended or died.

    A run without checkpoints begins at the beginning.  Raises CommandRefused: when the run is active, waits already, is
    complete (unless a step is named), or would go on in another environment and that was not accepted.  Raises
    CheckpointError for a step whose checkpoint was thinned.
    """
    _wait_until_settled(workspace, run)
    stood = summarise(run)
    if run.is_alive():
        if stood.status != "paused":
            raise CommandRefused(f"Run {run.id} is {stood.status} already.")
        if running_job(workspace, run) is None:  # started by hand: no supervisor knows it
            commands_file.send(run, Resume(id=commands_file.new_command_id(), time=time.time(), by="window"))
            return
    else:
        if isinstance(resume_from, int):
            refuse_thinned(CheckpointStore(run.checkpoints_path), resume_from)
        if stood.status == "completed" and not isinstance(resume_from, int):
            raise CommandRefused(
                f"Run {run.id} is complete.",
                remedy=f"To train longer: epochal fork {run.id}@last --set training.budget.stop_point=...",
            )
        if stood.status == "completed" and isinstance(resume_from, int) and resume_from >= stood.step:
            raise CommandRefused(
                f"Run {run.id} ended at step {stood.step:,}: nothing is left to train from there.",
                remedy="Name an earlier step, or fork it with a larger budget.",
            )
        differences = environment_differences(run)
        if differences and not accept_differences:
            raise CommandRefused(" ".join(differences), remedy="Accept the differences to go on; not bit-exact.")
        if resume_from == "newest" and not run.has_checkpoints():
            resume_from = None
    entry = QueueEntry(run=run.id, resume_from=resume_from, accept_differences=accept_differences, added=time.time())
    _add(workspace, entry)


def send(workspace: Workspace, run: RunFolder, name: str, by: str, **arguments: Any) -> str:
    """Tell a run something: pause, resume, stop, kill, checkpoint, or set with `path` and `value`.

    Returns the command's id.  Stopping or killing a run that waits takes it out of the queue.  Raises CommandRefused
    when the run cannot be told that now, WriteError when it cannot be written down.
    """
    command = _command(name, by, arguments)
    if name == "resume":
        resume(workspace, run)
        return command.id
    if name in ("stop", "kill") and _cancelled(workspace, run, command):
        return command.id
    job = running_job(workspace, run)
    if job is None and not run.is_alive():
        raise _not_running(workspace, run)
    commands_file.send(run, command)
    if name == "kill":
        _adopt(workspace, run)
    if name == "kill" or not run.is_alive():  # whose worker died unnoticed: a supervisor answers in its place
        ensure_supervisor(workspace)
    return command.id


def _not_running(workspace: Workspace, run: RunFolder) -> CommandRefused:
    if is_in_queue(workspace, run.id):
        return CommandRefused(f"Run {run.id} is not running.", remedy="It waits in the queue.")
    if summarise(run).status == "completed":
        return CommandRefused(f"Run {run.id} is not running: it is complete.")
    return CommandRefused(f"Run {run.id} is not running.", remedy=f"`epochal resume {run.id}` goes on.")


def _cancelled(workspace: Workspace, run: RunFolder, command: AnyCommand) -> bool:
    """Carry out a stop or kill of a run that only waits.  Returns False when there is a worker to be told."""
    waited = cancel_waiting(workspace, run, "killed" if isinstance(command, Kill) else "stopped")
    if not waited or run.is_alive():
        return False
    commands_file.send(run, command)
    said = "Taken out of the queue."
    outcome = CommandOutcome(id=command.id, time=time.time(), outcome="applied", step=0, message=said)
    commands_file.record_outcome(run, outcome)
    return True


def cancel(workspace: Workspace, run: RunFolder) -> None:
    """Take a waiting run out of the queue.  Raises CommandRefused when it does not wait."""
    if not cancel_waiting(workspace, run, "stopped"):
        raise CommandRefused(f"Run {run.id} does not wait in the queue.")


def move(workspace: Workspace, run: RunFolder, to: int) -> None:
    """Move a waiting run to a place in the queue, 0 being next.  Raises CommandRefused when it does not wait."""
    with edit_queue(workspace) as queue:
        entry = queue.waiting_for(run.id)
        if entry is None:
            raise CommandRefused(f"Run {run.id} does not wait in the queue.")
        queue.waiting.remove(entry)
        queue.waiting.insert(max(0, to), entry)


def running_jobs(workspace: Workspace) -> list[RunningJob]:
    """Return the runs that were given to a worker, paused ones included.  Raises WorkspaceError."""
    return read_queue(workspace).running


def running_job(workspace: Workspace, run: RunFolder) -> RunningJob | None:
    """Return a run's job while a worker has it."""
    return read_queue(workspace).running_for(run.id)


def waiting(workspace: Workspace) -> list[QueueEntry]:
    """Return the runs that wait, next one first.  Raises WorkspaceError."""
    return read_queue(workspace).waiting


def interrupted(workspace: Workspace, summaries: Iterable[RunSummary] | None = None) -> list[RunFolder]:
    """Return the runs whose worker died and that nobody has queued again: to be offered for resume.

    `summaries` saves reading every run when they are known already.  Raises WorkspaceError.
    """
    queue = read_queue(workspace)
    busy = {entry.run for entry in (*queue.waiting, *queue.running)}
    rows = (summarise(run) for run in workspace.runs()) if summaries is None else summaries
    return [workspace.run(row.id) for row in rows if row.died and row.id not in busy]


def wait_outcome(
    workspace: Workspace, run: RunFolder, command_id: str, timeout_s: float = 10.0
) -> CommandOutcome | None:
    """Wait until a command took effect or was refused.  Returns None when neither happened in time."""
    log = commands_file.CommandLog(run)
    deadline = time.monotonic() + timeout_s
    while True:
        for line in log.poll():
            if isinstance(line, CommandOutcome) and line.id == command_id:
                return line
        if time.monotonic() >= deadline:
            return None
        time.sleep(_POLL_S)


def wait_ended(workspace: Workspace, run: RunFolder, timeout_s: float | None = None) -> Ended | None:
    """Wait until a run neither waits nor runs and return its terminal event; None when that takes too long."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        ended = last_ended(run)
        if ended is not None and not is_in_queue(workspace, run.id) and not run.is_alive():
            return ended
        if deadline is not None and time.monotonic() >= deadline:
            return None
        time.sleep(_POLL_S)


def launch_line(run: RunFolder, resume_from: ResumeFrom = None) -> str:
    """Return the command that trains a run in the foreground, without queue and supervisor."""
    line = [*worker_command(), str(run.path)]
    return shlex.join([*line, "--resume-from", str(resume_from)] if resume_from is not None else line)


def _add(workspace: Workspace, entry: QueueEntry) -> None:
    """Queue a run, once; one that waits already keeps its place."""
    with edit_queue(workspace) as queue:
        before = queue.waiting_for(entry.run)
        if before is None:
            queue.waiting.append(entry)
        else:
            queue.waiting[queue.waiting.index(before)] = msgspec.structs.replace(entry, added=before.added)
    ensure_supervisor(workspace)


def _wait_until_settled(workspace: Workspace, run: RunFolder) -> None:
    """Wait while a run is between two states: its worker has not taken it yet, or has ended a moment ago."""
    deadline = time.monotonic() + _SETTLE_S
    while not _is_settled(run, running_job(workspace, run)):
        ensure_supervisor(workspace)
        if time.monotonic() > deadline:
            raise CommandRefused(f"Run {run.id} is being started or ended.", remedy="Try again in a moment.")
        time.sleep(_POLL_S)


def _is_settled(run: RunFolder, job: RunningJob | None) -> bool:
    """Tell whether nobody has a run, or its worker has it and has not ended it.

    The supervisor holds the run's lock too, for the moment it takes to write down how the worker of `job` ended.
    """
    if not run.is_alive():
        return job is None
    return last_ended(run) is None and (job is None or job.process.is_same(liveness.holder(run.lock_path)))


def _adopt(workspace: Workspace, run: RunFolder) -> None:
    """Put a live worker that was started by hand under the supervisor, so that its ladder can end it."""
    with edit_queue(workspace) as queue:
        process = liveness.holder(run.lock_path)
        if queue.running_for(run.id) is None and process is not None and process.is_alive():
            queue.running.append(RunningJob(run=run.id, process=process, device="", added=time.time()))


def _command(name: str, by: str, arguments: dict[str, Any]) -> AnyCommand:
    value = arguments.get("value")
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no word for it
        raise BadInput(f"{value} is no finite number.", where=str(arguments.get("path", "value")))
    fields = {"name": name, "id": commands_file.new_command_id(), "time": time.time(), "by": by, **arguments}
    try:
        command: AnyCommand = msgspec.convert(fields, AnyCommand)
    except msgspec.ValidationError as error:
        raise BadInput(f"There is no such command: {name} {arguments}: {error}.") from error
    return command

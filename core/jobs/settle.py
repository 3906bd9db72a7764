"""The end of a job: exactly one terminal event, every command answered, and perhaps another attempt.

Each step may be the last one of a supervisor that is killed; the next supervisor does what is left.
"""

from __future__ import annotations

import logging
import time

import msgspec

from core.durable import reach
from core.jobs.job import Job
from core.jobs.post_mortem import post_mortem
from core.jobs.queue_file import edit_queue
from core.jobs.worker_process import Adopted, Exit
from core.runs import commands_file, liveness
from core.runs.commands import CommandOutcome
from core.runs.events import CommandDone, Ended
from core.runs.journal import EventWriter
from core.runs.queue import QueueEntry
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace

_log = logging.getLogger(__name__)


def settle(workspace: Workspace, job: Job, how: Exit) -> None:
    """Write down that a job is over and take it off the list.

    Raises liveness.Held when another process has the run, WriteError and WorkspaceError when the disk does not take it;
    then it is to be called again.
    """
    run = job.run
    if not run.path.exists():
        _leave(workspace, job, None, keep_waiting=False)
        return
    with liveness.hold(run.lock_path, wait_s=0.1):
        spoke, ended = _since(run, job.entry.after_seq)
        if ended is None and not spoke and _was_lost(job):
            _log.info("%s: was never given to a worker, waits again", run.id)
            _leave(workspace, job, msgspec.structs.replace(_again(job), resume_from=job.entry.resume_from))
            return
        deaths = _deaths(run)
        if ended is None:
            ended = post_mortem(run, job.entry, how, killed_by_us=job.kill_command is not None)
            if ended.reason == "died":
                deaths += 1
                ended.message += _outlook(deaths, _restarts(run))
            _write_end(job, ended)
        _answer_commands(job, ended.step)
        reach("jobs.end_written")
        _log.info("%s: %s (%s) %s", run.id, ended.outcome, ended.reason, ended.message)
        died = ended.reason == "died"
        _leave(workspace, job, _again(job) if died and deaths <= _restarts(run) else None, keep_waiting=died)


def _was_lost(job: Job) -> bool:
    """Tell whether no worker ever had the run: it died, or its supervisor did, before it was handed over."""
    if job.lost:
        return True
    return isinstance(job.worker, Adopted) and not job.entry.process.is_same(liveness.holder(job.run.lock_path))


def _since(run: RunFolder, seq: int) -> tuple[bool, Ended | None]:
    """Return whether the run said anything after event `seq`, and the terminal event if it came after that."""
    ended: Ended | None = None
    spoke = False
    for event in EventReader(run.events_path, only=frozenset({"started", "ended"})).poll():
        if event.seq > seq:
            spoke = True
            ended = event if isinstance(event, Ended) else None
    return spoke, ended


def _write_end(job: Job, ended: Ended) -> None:
    with EventWriter(job.run.events_path) as events:
        if job.kill_command is not None:
            done = CommandDone(
                command_id=job.kill_command.id, name="kill", arguments={}, outcome="applied", step=ended.step
            )
            events.write(done)
        events.write(ended, durable=True)


def _answer_commands(job: Job, step: int) -> None:
    if job.kill_command is not None and job.kill_command in commands_file.pending(job.run):
        outcome = CommandOutcome(id=job.kill_command.id, time=time.time(), outcome="applied", step=step)
        commands_file.record_outcome(job.run, outcome)
    commands_file.refuse_pending(job.run, step, "The run ended before.")


def _deaths(run: RunFolder) -> int:
    events = EventReader(run.events_path, only=frozenset({"ended"})).poll()
    return sum(isinstance(event, Ended) and event.reason == "died" for event in events)


def _outlook(deaths: int, allowed: int) -> str:
    if not allowed:
        return ""
    if deaths <= allowed:
        return f" It restarts by itself, for the {_ordinal(deaths)} of {allowed} times."
    return f" It has restarted by itself {allowed} times, which is all that its spec allows."


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _again(job: Job) -> QueueEntry:
    return QueueEntry(
        run=job.run.id,
        resume_from="newest" if job.run.has_checkpoints() else None,
        accept_differences=job.entry.accept_differences,
        added=time.time(),
        attempt=job.entry.attempt + 1,
    )


def _restarts(run: RunFolder) -> int:
    compute = run.raw_spec().get("compute")
    restarts = compute.get("restarts", 0) if isinstance(compute, dict) else 0
    return restarts if isinstance(restarts, int) else 0


def _leave(workspace: Workspace, job: Job, again: QueueEntry | None, *, keep_waiting: bool = True) -> None:
    with edit_queue(workspace) as queue:
        queue.running = [other for other in queue.running if other.run != job.run.id]
        waiting = queue.waiting_for(job.run.id)  # to go on after a pause, with the worker that is no more
        if waiting is not None:
            queue.waiting.remove(waiting)
            again = again or (_again(job) if keep_waiting and job.run.path.exists() else None)
        if again is not None:
            queue.waiting.insert(0, again)
    if job.entry.worker_log:
        (workspace.path / job.entry.worker_log).unlink(missing_ok=True)

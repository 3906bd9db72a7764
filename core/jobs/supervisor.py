"""The supervisor of a workspace: starts waiting runs, watches their workers, writes down how they end.

`python -m core.jobs.supervisor WORKSPACE` runs one; a second one ends at once.  Everything it knows stands in files, so
that it may be killed between any two steps: the next one goes on, and workers that still run are adopted.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core.durable import reach
from core.errors import EpochalError
from core.jobs import queue_file
from core.jobs.cancel import finish_cancelled
from core.jobs.job import Job
from core.jobs.ladder import Deadlines
from core.jobs.queue_file import edit_queue, read_queue
from core.jobs.settle import settle
from core.jobs.slots import Slots, device_of
from core.jobs.spare import Spare
from core.jobs.worker_process import Adopted, Worker, worker_command
from core.runs import commands_file, liveness
from core.runs.commands import Resume
from core.runs.journal import last_seq_of
from core.runs.queue import Queue, QueueEntry, RunningJob
from core.runs.workspace import Workspace

_log = logging.getLogger(__name__)
TICK_S = 0.03
GRACE_S = 10.0
_RETRY_S = 1.0
_LOOK_AGAIN_S = 1.0  # the queue file is read again after this even if it seems unchanged


class Supervisor:
    """Looks after the jobs of one workspace.  `tick` does what there is to do; `run` goes on until nothing is left."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        command: list[str] | None = None,
        deadlines: Deadlines | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        """Take the workspace's lock.  Raises liveness.Held when there is a supervisor already, or WorkspaceError."""
        self._lock = liveness.take(workspace.supervisor_lock_path, wait_s=1.0)
        self._workspace = workspace
        self._deadlines = deadlines or Deadlines()
        self._grace_s = grace_s
        self._spare = Spare(workspace, command or worker_command())
        self._jobs: dict[str, Job] = {}
        self._queue = Queue()
        self._seen: queue_file.Stamp = (-1, 0, 0)
        self._look_again_at = 0.0
        self._not_before: dict[str, float] = {}
        self._busy_at = time.monotonic()
        self._attended = False
        self._attended_until = 0.0
        self._sweep()
        _log.info("supervisor %d looks after %s", os.getpid(), workspace.path)

    def run(self) -> None:
        """Work until the queue is empty, nothing runs and no window is open, for a short grace."""
        while not self.is_done():
            self.tick()
            time.sleep(TICK_S)

    def tick(self) -> None:
        """Take one look around and do what there is to do.  A problem is logged and tried again, never raised."""
        now = time.monotonic()
        self._attempt("queue", now, partial(self._read_queue, now))
        for job in list(self._jobs.values()):
            self._attempt(job.run.id, now, partial(self._follow, job, now))
        self._attempt("start", now, partial(self._start_waiting, now))
        self._attempt("spare", now, partial(self._keep_spare, now))
        if self._jobs or self._queue.waiting:
            self._busy_at = now

    def is_done(self) -> bool:
        """Tell whether it may go; if so it has let go of its lock, at a moment when nobody could add to the queue."""
        if self._lock < 0:
            return True
        if time.monotonic() - self._busy_at < self._grace_s or self._is_attended():
            return False
        with contextlib.suppress(EpochalError), edit_queue(self._workspace) as queue:
            if not queue.waiting and not queue.running:
                self.close()
        return self._lock < 0

    def close(self) -> None:
        """Let go of the lock and of the spare worker; workers that have a run go on."""
        if self._lock >= 0:
            _log.info("supervisor %d leaves", os.getpid())
            self._spare.dismiss()
            for job in self._jobs.values():
                job.worker.leave()
            os.close(self._lock)
            self._lock = -1

    def _sweep(self) -> None:
        """Delete what processes that were killed in the middle of a write left behind."""
        with contextlib.suppress(EpochalError, OSError), edit_queue(self._workspace) as queue:
            kept = {self._workspace.path / job.worker_log for job in queue.running}
            left = set((self._workspace.path / "workers").glob("*.log")) - kept
            for path in (*left, *self._workspace.path.glob(".queue.json.*.tmp")):
                path.unlink()

    def _attempt(self, what: str, now: float, step: Callable[[], None]) -> None:
        """Do a step, unless it failed a moment ago."""
        if now < self._not_before.get(what, 0.0):
            return
        self._not_before.pop(what, None)
        try:
            step()
        except (EpochalError, OSError) as error:
            _log.error("%s: %s  Trying again.", what, error)
            self._not_before[what] = now + _RETRY_S
        except Exception:
            _log.exception("%s: this should not happen.  Trying again.", what)
            self._not_before[what] = now + _RETRY_S

    def _read_queue(self, now: float) -> None:
        """Read the queue if it changed; adopt what runs without us, finish what was being cancelled."""
        stamp = queue_file.stamp(self._workspace)
        if stamp == self._seen and now < self._look_again_at:
            return
        self._queue = read_queue(self._workspace)
        self._seen, self._look_again_at = stamp, now + _LOOK_AGAIN_S
        for entry in self._queue.running:
            if entry.run not in self._jobs:
                run = self._workspace.run(entry.run)
                _log.info("%s: adopted, worker %d", entry.run, entry.process.pid)
                self._jobs[entry.run] = Job(run, entry, Adopted(entry.process, run), self._deadlines)
        if any(entry.ending for entry in self._queue.waiting):
            finish_cancelled(self._workspace)

    def _follow(self, job: Job, now: float) -> None:
        """See how a job is doing; write down its end when its worker is gone."""
        job.follow(now)
        how = job.worker.exit()
        if how is None:
            return
        try:
            settle(self._workspace, job, how)
        except liveness.Held:
            holder = liveness.holder(job.run.lock_path)
            if holder is not None and not holder.is_same(job.entry.process) and holder.is_alive():
                _log.info("%s: worker %d, started by hand, has it already", job.run.id, holder.pid)
                job.worker = Adopted(holder, job.run)
            return
        del self._jobs[job.run.id]
        self._look_again_at = 0.0

    def _start_waiting(self, now: float) -> None:
        """Start the waiting runs whose device has room, in the order of the queue."""
        if not self._queue.waiting:
            return
        slots = Slots(self._workspace.slots())
        for entry in self._queue.waiting:
            job = self._jobs.get(entry.run)
            device = job.entry.device if job else self._device_of(entry)
            if entry.ending or not slots.has_room(device, [other.device for other in self._jobs.values()]):
                continue
            self._look_again_at = 0.0
            if job is None:
                self._start(entry, device, now)
            else:
                self._go_on(entry, job)

    def _device_of(self, entry: QueueEntry) -> str:
        try:
            return device_of(self._workspace.run(entry.run).raw_spec())
        except EpochalError:
            return device_of({})  # the worker says what is wrong with the spec

    def _start(self, entry: QueueEntry, device: str, now: float) -> None:
        """Take a run from the queue and give it to a worker, the warm one if there is one."""
        run = self._workspace.run(entry.run)
        if not run.path.exists():
            with edit_queue(self._workspace) as queue:
                queue.waiting = [other for other in queue.waiting if other.run != entry.run]
            return
        commands_file.refuse_pending(run, 0, "Sent before the run was taken up.")
        worker = self._spare.take(now)
        try:
            running = self._running_job(entry, worker, device)
            reach("jobs.before_take")
            claimed = self._claim(running)
        except BaseException:
            worker.leave()  # if the queue was written after all, the run is found without a worker and waits again
            raise
        if not claimed:
            self._spare.put_back(worker)
            return
        reach("jobs.taken")
        self._jobs[entry.run] = job = Job(run, running, worker, self._deadlines)
        job.lost = not worker.assign(run, entry)
        reach("jobs.assigned")
        _log.info("%s: given to worker %d on %s", run.id, worker.process.pid, device)

    def _running_job(self, entry: QueueEntry, worker: Worker, device: str) -> RunningJob:
        run = self._workspace.run(entry.run)
        return RunningJob(
            run=entry.run,
            resume_from=entry.resume_from,
            accept_differences=entry.accept_differences,
            added=entry.added,
            attempt=entry.attempt,
            process=worker.process,
            device=device,
            after_seq=last_seq_of(run.events_path),
            log_offset=run.log_path.stat().st_size if run.log_path.exists() else 0,
            worker_log=str(worker.log_path.relative_to(self._workspace.path)),
        )

    def _claim(self, running: RunningJob) -> bool:
        """Move a run from waiting to running; False when it was cancelled meanwhile."""
        with edit_queue(self._workspace) as queue:
            waiting = queue.waiting_for(running.run)
            if waiting is None or waiting.ending or queue.running_for(running.run):
                return False
            queue.waiting.remove(waiting)
            queue.running.append(running)
        return True

    def _go_on(self, entry: QueueEntry, job: Job) -> None:
        """Let a paused run go on: its slot is free again."""
        if job.paused:
            job.paused = False
            resume = Resume(id=commands_file.new_command_id(), time=time.time(), by="supervisor")
            commands_file.send(job.run, resume)
        with edit_queue(self._workspace) as queue:
            queue.waiting = [other for other in queue.waiting if other.run != entry.run]

    def _keep_spare(self, now: float) -> None:
        """Keep a warm worker while somebody may want it soon; not beside a run that nothing follows."""
        if self._queue.waiting or not self._jobs or self._is_attended():
            self._spare.keep(now, urgent=bool(self._queue.waiting))

    def _is_attended(self) -> bool:
        """Tell whether a window is open on the workspace; asked of the disk once a second."""
        now = time.monotonic()
        if now >= self._attended_until:
            self._attended_until = now + _LOOK_AGAIN_S
            self._attended = liveness.is_held(self._workspace.windows_lock_path, even_shared=True)
        return self._attended


def main() -> int:
    """Run the supervisor of the workspace named on the command line.  Returns the exit code."""
    parser = argparse.ArgumentParser(prog="core.jobs.supervisor", description="Runs the queue of a workspace.")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--grace", type=float, default=GRACE_S, help="seconds to stay when there is nothing to do")
    parser.add_argument("--rungs", type=float, default=Deadlines.ask, help="seconds that each rung of a kill may take")
    options = parser.parse_args()
    workspace = Workspace(options.workspace)
    log = RotatingFileHandler(workspace.log_path, maxBytes=1 << 20, backupCount=1)
    logging.basicConfig(handlers=[log], level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    deadlines = Deadlines(ask=options.rungs, terminate=options.rungs)
    try:
        supervisor = Supervisor(workspace, deadlines=deadlines, grace_s=options.grace)
    except liveness.Held:
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        supervisor.run()
    finally:
        supervisor.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

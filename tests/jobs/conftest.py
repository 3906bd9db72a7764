"""A workspace whose runs are played by the fake worker, and a supervisor that a test drives by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from core.jobs import client
from core.jobs.ladder import Deadlines
from core.jobs.queue_file import read_queue
from core.jobs.supervisor import Supervisor
from core.jobs.worker_process import child_environment
from core.runs import liveness
from core.runs.events import Ended
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.spec import Spec
from core.spec.training import ComputeSpec

DEADLINE_S = 30.0
PATIENCE = Deadlines(ask=0.2, terminate=0.2, kill=1.0, leave=0.2)


class Jobs:
    """What a job test needs at hand."""

    WELL = ("start", "prepare", "progress 5", "progress 10", "end completed")

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.supervisor: Supervisor | None = None
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(self, acts: Sequence[str] | dict[str, list[str]], *, restarts: int = 0, device: str = "cpu") -> RunFolder:
        """Create a run that will act so."""
        run = self.workspace.create_run(Spec(compute=ComputeSpec(restarts=restarts, device=device)))
        (run.path / "acts.json").write_text(json.dumps(acts))
        return run

    def submit(self, acts: Sequence[str] | dict[str, list[str]], **options: int) -> RunFolder:
        """Create a run and queue it."""
        run = self.run(acts, **options)  # type: ignore[arg-type]
        client.submit(self.workspace, run)
        return run

    def until(self, condition: Callable[[], object]) -> None:
        """Drive the supervisor until the condition holds; fail when it does not in time."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"never true; the queue is {read_queue(self.workspace)}")
            if self.supervisor is not None:
                self.supervisor.tick()
            time.sleep(0.002)

    def until_settled(self, run: RunFolder) -> Ended:
        """Drive until the run has ended and left the queue; return its terminal event."""
        self.until(lambda: not client.is_in_queue(self.workspace, run.id))
        return self.ends(run)[-1]

    def ends(self, run: RunFolder) -> list[Ended]:
        """Return the terminal events of a run."""
        return [event for event in EventReader(run.events_path).poll() if isinstance(event, Ended)]

    def kinds(self, run: RunFolder) -> list[str]:
        """Return the kinds of everything a run said."""
        return [type(event).__name__ for event in EventReader(run.events_path).poll()]

    def start_supervisor(self, **environment: str) -> subprocess.Popen[bytes]:
        """Start a supervisor in a process of its own."""
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "core.jobs.supervisor",
                str(self.workspace.path),
                "--grace",
                "0.2",
                "--rungs",
                "0.2",
            ],
            env={**child_environment(), **environment},
            start_new_session=True,
        )
        self.processes.append(process)
        return process


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A workspace with a supervisor in this process; nothing is started in the background."""
    worker = Path(__file__).with_name("fake_worker.py")
    monkeypatch.setenv("EPOCHAL_WORKER", f"{sys.executable} {worker}")
    monkeypatch.setattr(client, "ensure_supervisor", lambda workspace: None)
    jobs = Jobs(Workspace.open(tmp_path / "work space ✓"))
    jobs.supervisor = Supervisor(jobs.workspace, deadlines=PATIENCE)
    yield jobs
    if jobs.supervisor is not None:
        jobs.supervisor.close()
    for process in jobs.processes:
        process.kill()
        process.wait()
    for run in jobs.workspace.runs():
        holder = liveness.holder(run.lock_path)
        if holder is not None and run.is_alive():
            os.killpg(holder.pid, signal.SIGKILL)

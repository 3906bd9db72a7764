"""What the engine's tests share: a workspace, small specs, and a run carried out in this process or in a worker's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.runs.events import AnyEvent, Ended
from core.runs.journal import EventWriter
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import RunState
from core.runs.workspace import Workspace
from core.spec.read import spec_from_dict

ROOT = Path(__file__).parent.parent.parent

SMALL: dict[str, Any] = {
    "data": {"kind": "digits"},
    "model": {"kind": "mlp", "hidden": [16], "dropout": 0.2},
    "training": {"batch_size": 64, "budget": {"unit": "steps", "stop_point": 60}, "optimizer": {"kind": "adamw"}},
    "checkpoints": {"num_checkpoints": 4},
    "compute": {"device": "cpu", "threads": 1},
}


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return `base` with `changes` laid over it, section by section; a section of another kind replaces the old."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and value.get("kind", old.get("kind")) == old.get("kind"):
            value = merged(old, value)
        result[key] = value
    return result


class Bench:
    """A workspace with what tests do to it."""

    def __init__(self, path: Path) -> None:
        self.workspace = Workspace.open(path)

    def run(self, **changes: Any) -> RunFolder:
        """Create a run of the small spec with changes."""
        return self.workspace.create_run(spec_from_dict(merged(SMALL, changes)))

    def train(self, run: RunFolder, **options: Any) -> Ended:
        """Train a run in this process."""
        from core.engine.training import train

        with EventWriter(run.events_path) as events:
            return train(run, events, **options)

    def state(self, run: RunFolder) -> RunState:
        """Return what a run's events say."""
        return RunState.of(self.events(run))

    def events(self, run: RunFolder) -> list[AnyEvent]:
        """Return all events of a run."""
        reader = EventReader(run.events_path)
        try:
            return reader.poll()
        finally:
            reader.close()

    def final(self, run: RunFolder) -> str:
        """Return the digest of the run's last checkpoint."""
        return self.state(run).checkpoints[-1].state_sha256


class WorkerProcess:
    """A worker in a process of its own."""

    def __init__(self, run: RunFolder, *arguments: str, fault: str = "") -> None:
        environment = dict(os.environ) | {"EPOCHAL_FAULT": fault, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "core.worker", str(run.path), *arguments]
        self.run = run
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def wait(self, timeout_s: float = 100.0) -> int:
        """Return the exit code once it has ended."""
        return self.process.wait(timeout_s)

    def wait_for(self, condition: Callable[[RunState], bool], timeout_s: float = 100.0) -> None:
        """Return once the run's state meets `condition`; fails when it does not in time, or the process ends first."""
        reader, state = EventReader(self.run.events_path), RunState()
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                for event in reader.poll():
                    state.apply(event)
                if condition(state):
                    return
                assert self.process.poll() is None, f"the worker ended: {self.run.log_path.read_text()[-2000:]}"
                assert time.monotonic() < deadline, f"still {state.status} at step {state.step}"
                time.sleep(0.005)
        finally:
            reader.close()

    def end(self) -> None:
        """Kill it if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Give a workspace of its own."""
    return Bench(tmp_path / "workspace")


@pytest.fixture
def worker() -> Iterator[Callable[..., WorkerProcess]]:
    """Start workers; whatever still runs at the end is killed."""
    started: list[WorkerProcess] = []

    def start(run: RunFolder, *arguments: str, fault: str = "") -> WorkerProcess:
        started.append(WorkerProcess(run, *arguments, fault=fault))
        return started[-1]

    yield start
    for process in started:
        process.end()

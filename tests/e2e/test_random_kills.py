"""Kill -9 at random moments, of workers and of supervisors, changes nothing in what a run arrives at."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.jobs import client
from core.runs import liveness
from core.runs.events import Ended
from core.runs.liveness import Process
from core.runs.queue import read_queue
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import RunState
from core.runs.workspace import Workspace
from core.spec.read import spec_from_dict

pytestmark = [pytest.mark.torch, pytest.mark.slow, pytest.mark.timeout(600)]

RUNS = 4
KILLS_EACH = 5
SUPERVISOR_KILLS = 2
STEPS = 2500
LATEST_S = 1.0  # after its worker has taken it, a run is killed at a random moment up to this one
DEADLINE_S = 500.0
SPEC = {
    "name": "killed",
    "seed": 7,
    "data": {"kind": "digits", "augment": {"noise": 0.1}},
    "model": {"kind": "mlp", "hidden": [32], "dropout": 0.2},
    "training": {
        "batch_size": 32,
        "budget": {"unit": "steps", "stop_point": STEPS},
        "schedule": {"kind": "cosine"},
        "evaluate": {"unit": "steps", "interval": 100},
        "ema": 0.9,
    },
    "checkpoints": {"num_checkpoints": 0, "every": {"unit": "steps", "interval": 50}, "keep_last": 5},
    "compute": {"device": "cpu", "threads": 1, "restarts": 100},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with a supervisor of its own in the background, and nothing left of it afterwards."""
    workspace = Workspace.open(tmp_path / "workspace")
    workspace.settings_path.write_text("[slots]\ncpu = 2\n")
    attendance = client.Attendance(workspace)
    yield workspace
    attendance.end()
    for lock in (workspace.supervisor_lock_path, *(run.lock_path for run in workspace.runs())):
        kill(lock)


def kill(lock: Path) -> None:
    """Kill the process that holds a lock, with its children."""
    process = liveness.holder(lock)
    if process is not None and liveness.is_held(lock) and process.is_alive():
        os.killpg(process.pid, signal.SIGKILL)


def state_of(run: RunFolder) -> RunState:
    """Return how a run stands."""
    return RunState.of(EventReader(run.events_path).poll())


class Killer:
    """Kills one run's workers at random moments, each worker once, as often as it was told."""

    def __init__(self, run: RunFolder, seed: int, kills: int) -> None:
        self.run = run
        self.left = kills
        self._random = random.Random(seed)
        self._victim: Process | None = None
        self._at = 0.0

    def look(self, now: float) -> None:
        """Choose the moment when a new worker shows up; kill it when the moment has come."""
        holder = liveness.holder(self.run.lock_path)
        if not self.left or holder is None or not self.run.is_alive():
            return
        if holder != self._victim:
            self._victim, self._at = holder, now + self._random.uniform(0.0, LATEST_S)
        elif now >= self._at and holder.is_alive():
            os.kill(holder.pid, signal.SIGKILL)
            self.left -= 1
            self._at = now + DEADLINE_S


def is_idle(workspace: Workspace) -> bool:
    """Tell whether nothing waits or runs; by one reading, since a run that died goes from one list to the other."""
    queue = read_queue(workspace)
    return not queue.waiting and not queue.running


def until(condition: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
    """Wait until the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "the runs did not end in time"
        meanwhile()
        time.sleep(0.005)


def test_that_kills_at_random_moments_change_nothing(workspace: Workspace) -> None:
    spec = spec_from_dict(SPEC)
    reference, *runs = (workspace.create_run(spec) for _ in range(1 + RUNS))
    for run in (reference, *runs):
        client.submit(workspace, run)
    killers = [Killer(run, seed, KILLS_EACH) for seed, run in enumerate(runs)]
    chance = random.Random(99)
    supervisor_at = [time.monotonic() + chance.uniform(5.0, 25.0) for _ in range(SUPERVISOR_KILLS)]

    def meanwhile() -> None:
        now = time.monotonic()
        for killer in killers:
            killer.look(now)
        if supervisor_at and now > min(supervisor_at):
            supervisor_at.remove(min(supervisor_at))
            kill(workspace.supervisor_lock_path)
            until(lambda: not liveness.is_held(workspace.supervisor_lock_path), lambda: None)
            client.ensure_supervisor(workspace)

    until(lambda: is_idle(workspace), meanwhile)

    expected = state_of(reference)
    assert expected.status == "completed"
    assert len(expected.segments) == 1
    for killer in killers:
        compare(state_of(killer.run), expected, KILLS_EACH - killer.left)
    assert sum(killer.left for killer in killers) <= RUNS  # nearly all moments came before the run was complete


def compare(state: RunState, expected: RunState, kills: int) -> None:
    """Assert that a run that was killed arrived where the uninterrupted one did, on the same way."""
    assert state.status == "completed", state.ended
    assert state.missing == 0
    assert state.checkpoints[-1].step == expected.checkpoints[-1].step == STEPS
    assert state.checkpoints[-1].state_sha256 == expected.checkpoints[-1].state_sha256
    deaths = [segment.ended for segment in state.segments if segment.ended and segment.ended.reason == "died"]
    assert len(deaths) <= kills
    for metric in ("train/loss", "valid/loss", "valid/accuracy"):
        step, _, _, value = state.series(metric).live_points()
        expected_step, _, _, expected_value = expected.series(metric).live_points()
        assert np.array_equal(step, expected_step), metric
        assert np.array_equal(value, expected_value, equal_nan=True), metric


def test_that_every_death_has_exactly_one_terminal_event(workspace: Workspace) -> None:
    run = workspace.create_run(spec_from_dict({**SPEC, "compute": {"threads": 1, "device": "cpu"}}))
    client.submit(workspace, run)
    until(run.is_alive, lambda: None)
    kill(run.lock_path)
    ended = client.wait_ended(workspace, run, DEADLINE_S)
    assert (ended.reason, ended.signal) == ("died", signal.SIGKILL)
    assert client.interrupted(workspace) == [run]
    client.resume(workspace, run)
    ended = client.wait_ended(workspace, run, DEADLINE_S)
    until(lambda: is_idle(workspace), lambda: None)
    events = [event for event in EventReader(run.events_path).poll() if isinstance(event, Ended)]
    assert [event.outcome for event in events] == ["failed", "completed"]

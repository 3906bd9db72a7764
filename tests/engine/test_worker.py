"""The worker as its supervisor meets it: a process, a line of JSON, an exit code, a log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from core.runs import liveness

pytestmark = [pytest.mark.torch, pytest.mark.slow]


def warm(line: str, folder: Any) -> subprocess.CompletedProcess[str]:
    """Start a warm worker, give it one line, and return how it ended."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    environment = dict(os.environ) | {"PYTHONPATH": root}
    command = [sys.executable, "-P", "-m", "core.worker", "--warm"]
    return subprocess.run(
        command, input=line, capture_output=True, text=True, cwd=folder, env=environment, timeout=100, check=False
    )


def test_that_a_warm_worker_takes_the_run_it_is_given(bench: Any, tmp_path: Any) -> None:
    run = bench.run()
    line = json.dumps({"run": str(run.path), "resume_from": None, "accept_differences": False})
    ended = warm(line + "\n", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert (ended.stdout, ended.stderr) == ("", "")
    assert bench.state(run).status == "completed"
    assert "completed" in run.log_path.read_text()
    assert not run.is_alive()
    other = bench.run()
    bench.train(other)
    assert bench.final(other) == bench.final(run)  # warming up moved no generator


def test_that_a_warm_worker_nobody_needs_ends_quietly(tmp_path: Any) -> None:
    ended = warm("", tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_that_a_warm_up_without_room_on_the_disk_costs_no_run(
    bench: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EPOCHAL_FAULT", "enospc@workspace.before_write")
    run = bench.run()
    ended = warm(f'{{"run": "{run.path}"}}\n', tmp_path)
    assert ended.returncode == 0
    assert bench.state(run).status == "completed"
    assert "The warm-up was left out: " in ended.stderr


def test_that_a_run_is_held_while_its_worker_lives(bench: Any, worker: Callable[..., Any]) -> None:
    run = bench.run(training={"budget": {"unit": "steps", "stop_point": 200_000}})
    first = worker(run)
    first.wait_for(lambda state: state.step > 10)
    assert run.is_alive()
    assert liveness.holder(run.lock_path).pid == first.process.pid
    second = worker(run)
    assert second.wait() == 2
    assert first.process.poll() is None
    first.process.kill()
    first.wait()
    assert not run.is_alive()


def test_that_a_folder_that_is_no_run_is_bad_input(bench: Any, tmp_path: Any) -> None:
    line = json.dumps({"run": str(tmp_path / "nothing"), "resume_from": None, "accept_differences": False})
    ended = warm(line + "\n", tmp_path)
    assert ended.returncode == 2
    assert "no such run folder" in ended.stderr


def test_that_a_crash_leaves_its_stack_in_the_log(bench: Any, worker: Callable[..., Any]) -> None:
    import signal

    run = bench.run(training={"budget": {"unit": "steps", "stop_point": 200_000}})
    one = worker(run)
    one.wait_for(lambda state: state.step > 10)
    one.process.send_signal(signal.SIGSEGV)
    assert one.wait() == -signal.SIGSEGV
    assert "train_stage" in run.log_path.read_text()

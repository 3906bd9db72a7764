"""What window and command line are told when they ask for something that cannot be."""

from __future__ import annotations

import math
import os
import platform
import shlex
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from core import durable
from core.errors import BadInput, CommandRefused, WorkspaceError, WriteError
from core.jobs import client
from core.jobs.environment import environment_differences
from core.jobs.slots import Slots, device_of, gpu_count
from core.jobs.supervisor import Supervisor
from core.runs import liveness
from core.runs.events import Ended, Environment, Started
from core.runs.journal import EventWriter
from core.runs.queue import read_queue
from core.runs.summary import summarise
from core.runs.workspace import Workspace


def here(**differing: object) -> Environment:
    """Return an environment equal to this machine's but for what is named."""
    fields: dict[str, Any] = {"torch": "", "python": platform.python_version(), "platform": platform.platform()}
    return Environment(**{**fields, "device": "cpu", "threads": 1, **differing})


def test_that_a_complete_run_is_not_resumed_but_may_go_on_from_a_step(jobs: Any) -> None:
    acts = ["start", "checkpoint 5", "progress 10", "end completed"]
    run = jobs.submit({"None": acts, "5": ["start", "end stopped"]})
    jobs.until_settled(run)
    with pytest.raises(CommandRefused, match="is complete"):
        client.resume(jobs.workspace, run)
    with pytest.raises(CommandRefused, match="not running: it is complete"):
        client.send(jobs.workspace, run, "pause", "command line")
    client.resume(jobs.workspace, run, resume_from=5)
    assert jobs.until_settled(run).outcome == "stopped"


def test_that_a_complete_run_has_nothing_left_to_train_from_its_end(jobs: Any) -> None:
    run = jobs.submit(["start", "checkpoint 5", "progress 10", "checkpoint 10", "end completed"])
    jobs.until_settled(run)
    with pytest.raises(CommandRefused, match="ended at step 10: nothing is left"):
        client.resume(jobs.workspace, run, 10)


def test_that_a_command_to_a_run_that_died_with_its_supervisor_is_answered(
    jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = jobs.submit(["start", "progress 3", "hold go"])
    jobs.supervisor.close()
    jobs.supervisor = None
    supervisor = jobs.start_supervisor()
    jobs.until(lambda: summarise(run).step == 3)
    supervisor.kill()
    supervisor.wait()
    os.kill(liveness.holder(run.lock_path).pid, signal.SIGKILL)
    jobs.until(lambda: not run.is_alive())
    asked: list[Workspace] = []
    monkeypatch.setattr(client, "ensure_supervisor", asked.append)
    command = client.send(jobs.workspace, run, "pause", "test")
    assert asked == [jobs.workspace]
    jobs.supervisor = Supervisor(jobs.workspace)
    jobs.until_settled(run)
    outcome = client.wait_outcome(jobs.workspace, run, command, 1)
    assert outcome is not None
    assert (outcome.outcome, outcome.message) == ("refused", "The run ended before.")


def test_that_a_number_that_json_cannot_say_is_refused(jobs: Any) -> None:
    with pytest.raises(BadInput, match="nan is no finite number"):
        client.send(jobs.workspace, jobs.run(["start"]), "set", "test", path="learning_rate", value=math.nan)


def test_that_a_running_run_is_not_resumed(jobs: Any) -> None:
    run = jobs.submit(["start", "progress 3", "hold go"])
    jobs.until(lambda: summarise(run).step == 3)
    with pytest.raises(CommandRefused, match="is running already"):
        client.resume(jobs.workspace, run)


def test_that_resuming_twice_queues_once(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    client.resume(jobs.workspace, run)
    client.resume(jobs.workspace, run)
    assert [entry.resume_from for entry in client.waiting(jobs.workspace)] == [None]


def test_that_another_environment_is_said_and_has_to_be_accepted(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    run.write_environment(here(torch="1.0", python="2.7.18", device="cuda:63", threads=4096))
    assert [sentence.split()[0] for sentence in environment_differences(run)] == ["PyTorch", "Python", "There", "There"]
    with pytest.raises(CommandRefused, match=r"PyTorch is .* the run used 1.0"):
        client.resume(jobs.workspace, run)
    client.resume(jobs.workspace, run, accept_differences=True)
    assert client.waiting(jobs.workspace)[0].accept_differences


def test_that_the_same_environment_raises_no_question(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    assert environment_differences(run) == []
    run.write_environment(here())
    assert environment_differences(run) == []


def test_that_a_resume_refused_by_the_worker_is_asked_about_the_next_time(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    with EventWriter(run.events_path) as events:
        events.write(Started(segment=0, pid=1, environment=here()))
        events.write(Ended(outcome="failed", reason="environment", step=3, message="The code has changed."))
    assert environment_differences(run) == ["The code has changed."]
    with pytest.raises(CommandRefused, match="The code has changed"):
        client.resume(jobs.workspace, run)
    client.resume(jobs.workspace, run, accept_differences=True)
    assert [entry.accept_differences for entry in client.waiting(jobs.workspace)] == [True]


@pytest.mark.parametrize(
    ("name", "arguments"), [("dance", {}), ("set", {"path": "a"}), ("set", {"path": 1, "value": 1})]
)
def test_that_a_malformed_command_is_refused(jobs: Any, name: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="no such command"):
        client.send(jobs.workspace, jobs.run(jobs.WELL), name, "window", **arguments)


def test_that_a_full_disk_or_a_read_only_workspace_is_one_clear_sentence(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    for fault, words in (("enospc", "the disk is full"), ("erofs", "read-only")):
        durable.arm(f"{fault}@queue.before_write")
        try:
            with pytest.raises(WriteError, match=words):
                client.submit(jobs.workspace, run)
        finally:
            durable.arm("")
    assert client.waiting(jobs.workspace) == []


def test_that_a_damaged_queue_is_one_clear_sentence(jobs: Any) -> None:
    jobs.workspace.queue_path.write_text("{")
    with pytest.raises(WorkspaceError, match="The queue cannot be read"):
        read_queue(jobs.workspace)
    jobs.workspace.queue_path.unlink()


def test_that_a_waiting_run_cannot_be_deleted(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    client.submit(jobs.workspace, run)
    with pytest.raises(WorkspaceError, match="waiting"):
        jobs.workspace.delete_run(run)


def test_that_waiting_for_an_outcome_ends_in_time(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    assert client.wait_outcome(jobs.workspace, run, "nobody", timeout_s=0.0) is None
    assert client.wait_ended(jobs.workspace, run, timeout_s=0.0) is None


def test_that_the_launch_line_names_the_run(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    assert shlex.split(client.launch_line(run, 5))[-3:] == [str(run.path), "--resume-from", "5"]


def test_that_devices_are_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
    assert gpu_count() == 2
    assert device_of({"compute": {"device": "auto"}}) == "cuda:0"
    assert device_of({"compute": {"device": "cuda"}}) == "cuda:0"
    assert device_of({"compute": {"device": "cuda:1"}}) == "cuda:1"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpu_count() == 0
    assert device_of({"compute": "odd"}) in ("cpu", "mps")
    slots = Slots({"cpu": 2})
    assert slots.has_room("cpu", ["cpu", "cuda:0"])
    assert not slots.has_room("cpu", ["cpu", "cpu"])
    assert not slots.has_room("cuda:0", ["cpu", "cuda:0"])


def test_that_a_run_whose_end_is_being_written_down_is_not_taken_for_a_running_one(jobs: Any) -> None:
    run = jobs.submit(["start", "prepare", "progress 3", "hold go"])
    jobs.until(lambda: summarise(run).step == 3)
    assert client._is_settled(run, client.running_job(jobs.workspace, run))
    worker = liveness.holder(run.lock_path)
    os.kill(worker.pid, signal.SIGKILL)
    wait_until(lambda: not run.is_alive())
    with liveness.hold(run.lock_path):  # as the supervisor does while it settles a job
        assert not client._is_settled(run, client.running_job(jobs.workspace, run))
    jobs.until_settled(run)
    assert client._is_settled(run, client.running_job(jobs.workspace, run))


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.002)

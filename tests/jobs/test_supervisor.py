"""The supervisor runs the queue, whatever happens to workers."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import psutil
import pytest

from core import durable
from core.errors import CommandRefused
from core.jobs import client
from core.jobs.supervisor import Supervisor
from core.jobs.worker_process import Exit
from core.runs import liveness
from core.runs.commands_file import pending
from core.runs.queue import read_queue
from core.runs.summary import summarise

HOLD = ["start", "prepare", "progress 3", "hold go"]


def test_that_a_submitted_run_is_trained(jobs: Any) -> None:
    run = jobs.submit(jobs.WELL)
    assert jobs.until_settled(run).outcome == "completed"
    assert jobs.kinds(run) == ["Started", "Prepared", "Progress", "Progress", "Ended"]
    assert summarise(run).status == "completed"


def test_that_a_failed_run_lets_the_next_one_start(jobs: Any) -> None:
    runs = [jobs.submit(acts) for acts in (["start", "crash"], ["exit 3"], ["raise oh"], jobs.WELL)]
    assert [jobs.until_settled(run).outcome for run in runs] == ["failed", "failed", "failed", "completed"]
    assert [len(jobs.ends(run)) for run in runs] == [1, 1, 1, 1]


def test_that_one_run_at_a_time_trains_on_a_device(jobs: Any) -> None:
    first, second = jobs.submit(HOLD), jobs.submit(jobs.WELL)
    jobs.until(lambda: summarise(first).step == 3)
    other = jobs.submit(jobs.WELL, device="cuda:1")
    assert jobs.until_settled(other).outcome == "completed"
    assert summarise(second).status == "queued"
    (first.path / "go").touch()
    assert jobs.until_settled(second).outcome == "completed"


def test_that_the_workspace_says_how_many_run_on_a_device(jobs: Any) -> None:
    jobs.workspace.settings_path.write_text("[slots]\ncpu = 2\n")
    first, second = jobs.submit(HOLD), jobs.submit(HOLD)
    jobs.until(lambda: summarise(first).step == 3 and summarise(second).step == 3)


def test_that_a_killed_worker_gets_exactly_one_terminal_event_with_its_signal(jobs: Any) -> None:
    run = jobs.submit(HOLD)
    jobs.until(lambda: summarise(run).step == 3)
    os.kill(liveness.holder(run.lock_path).pid, signal.SIGKILL)
    ended = jobs.until_settled(run)
    assert (ended.outcome, ended.reason, ended.signal, ended.step) == ("failed", "died", signal.SIGKILL, 3)
    assert "memory" in ended.message
    assert "batch_size = 32" in ended.remedy
    assert len(jobs.ends(run)) == 1
    assert client.interrupted(jobs.workspace) == [run]


def test_that_a_crash_leaves_its_stack_in_the_terminal_event(jobs: Any) -> None:
    ended = jobs.until_settled(jobs.submit(["start", "print before it", "crash"]))
    assert ended.signal == signal.SIGSEGV
    assert "SIGSEGV" in ended.message
    assert ended.traceback.startswith("Fatal Python error: Segmentation fault")
    assert "fake_worker.py" in ended.traceback
    assert "before its first checkpoint" in ended.remedy
    assert not ended.remedy.startswith("Resume")  # it would only crash again


def test_that_a_worker_that_just_exits_leaves_its_last_words(jobs: Any) -> None:
    ended = jobs.until_settled(jobs.submit(["start", "print the last words", "exit 3"]))
    assert ended.exit_code == 3
    assert "the last words" in ended.traceback


def test_that_a_worker_that_raised_says_what_it_raised(jobs: Any) -> None:
    ended = jobs.until_settled(jobs.submit(["start", "print before it", "raise no such tensor"]))
    assert ended.message == "The worker ended with exit code 1: RuntimeError: no such tensor."
    assert ended.traceback.startswith("Traceback (most recent call last):")


def test_that_the_children_of_a_dead_worker_go_with_it(jobs: Any) -> None:
    run = jobs.submit(["start", "child", *HOLD[1:]])
    jobs.until(lambda: summarise(run).step == 3)
    child = psutil.Process(int((run.path / "child").read_text()))
    os.kill(liveness.holder(run.lock_path).pid, signal.SIGKILL)
    jobs.until_settled(run)
    jobs.until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_that_a_run_restarts_at_most_as_often_as_its_spec_says(jobs: Any) -> None:
    again = ["start", "progress 6", "crash"]
    run = jobs.submit({"None": ["start", "progress 5", "checkpoint 5", "crash"], "5": again}, restarts=2)
    ended = jobs.until_settled(run)
    assert [type(event).__name__ for event in (ended,)] == ["Ended"]
    assert len(jobs.ends(run)) == 3
    assert "second of 2 times" in jobs.ends(run)[1].message
    assert "2 times, which is all" in ended.message
    assert client.interrupted(jobs.workspace) == [run]


def test_that_a_paused_run_frees_its_slot_and_goes_on_when_one_is_free(jobs: Any) -> None:
    first = jobs.submit([*HOLD, "end completed"])
    jobs.until(lambda: summarise(first).step == 3)
    client.send(jobs.workspace, first, "pause", "window")
    jobs.until(lambda: summarise(first).status == "paused")
    second = jobs.submit(HOLD)
    jobs.until(lambda: summarise(second).step == 3)
    client.resume(jobs.workspace, first)
    for _ in range(20):
        jobs.supervisor.tick()
    assert summarise(first).status == "paused"
    client.send(jobs.workspace, second, "stop", "window")
    assert jobs.until_settled(second).outcome == "stopped"
    jobs.until(lambda: summarise(first).status == "running")
    (first.path / "go").touch()
    assert jobs.until_settled(first).outcome == "completed"


def test_that_a_kill_reaches_a_worker_that_ignores_everything(jobs: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    run = jobs.submit(["deaf", *HOLD])
    jobs.until(lambda: summarise(run).step == 3)
    command = client.send(jobs.workspace, run, "kill", "window")
    ended = jobs.until_settled(run)
    assert (ended.outcome, ended.reason, ended.signal) == ("killed", "command", signal.SIGKILL)
    assert jobs.kinds(run)[-2:] == ["CommandDone", "Ended"]
    assert client.wait_outcome(jobs.workspace, run, command).outcome == "applied"
    rungs = [record.message for record in caplog.records if record.name == "core.jobs.ladder"]
    assert ["asked" in rungs[0], "terminating" in rungs[1], "killing" in rungs[2]] == [True, True, True]
    assert client.interrupted(jobs.workspace) == []


def test_that_a_worker_that_obeys_the_kill_is_not_killed(jobs: Any) -> None:
    run = jobs.submit(HOLD)
    jobs.until(lambda: summarise(run).step == 3)
    client.send(jobs.workspace, run, "kill", "window")
    assert jobs.until_settled(run).signal is None
    assert len(jobs.ends(run)) == 1


def test_that_a_worker_that_stays_after_its_run_ended_is_made_to_go(jobs: Any) -> None:
    run = jobs.submit(["deaf", *jobs.WELL, "stay"])
    assert jobs.until_settled(run).outcome == "completed"
    assert len(jobs.ends(run)) == 1


def test_that_commands_of_a_dead_worker_are_refused_before_the_next_one(jobs: Any) -> None:
    run = jobs.submit(["deaf", "start", "checkpoint 1", "progress 3", "hold go"])
    jobs.until(lambda: summarise(run).step == 3)
    client.send(jobs.workspace, run, "pause", "window")
    os.kill(liveness.holder(run.lock_path).pid, signal.SIGKILL)
    jobs.until_settled(run)
    assert pending(run) == []


def test_that_stopping_a_waiting_run_takes_it_out_of_the_queue(jobs: Any) -> None:
    first, second, third = (jobs.submit(HOLD) for _ in range(3))
    jobs.until(lambda: summarise(first).step == 3)
    client.move(jobs.workspace, third, 0)
    assert [entry.run for entry in client.waiting(jobs.workspace)] == [third.id, second.id]
    client.send(jobs.workspace, second, "kill", "window")
    client.cancel(jobs.workspace, third)
    assert [jobs.ends(run)[0].outcome for run in (second, third)] == ["killed", "stopped"]
    assert [summarise(run).status for run in (second, third)] == ["killed", "stopped"]
    assert client.waiting(jobs.workspace) == []


def test_that_a_command_to_a_run_that_is_not_running_is_refused(jobs: Any) -> None:
    run = jobs.run(jobs.WELL)
    with pytest.raises(CommandRefused, match="not running"):
        client.send(jobs.workspace, run, "pause", "command line")


def test_that_a_new_supervisor_adopts_the_workers_of_a_killed_one(jobs: Any) -> None:
    run = jobs.submit([*HOLD, "end completed"])
    jobs.supervisor.close()
    jobs.supervisor = None
    process = jobs.start_supervisor()
    jobs.until(lambda: summarise(run).step == 3)
    process.kill()
    process.wait()
    jobs.supervisor = Supervisor(jobs.workspace)
    for _ in range(5):
        jobs.supervisor.tick()
    assert summarise(run).status == "running"
    (run.path / "go").touch()
    assert jobs.until_settled(run).outcome == "completed"
    assert jobs.kinds(run).count("Started") == 1


def test_that_an_adopted_worker_that_dies_gets_its_terminal_event(jobs: Any) -> None:
    run = jobs.submit(HOLD)
    jobs.supervisor.close()
    jobs.supervisor = None
    process = jobs.start_supervisor()
    jobs.until(lambda: summarise(run).step == 3)
    process.kill()
    process.wait()
    os.kill(liveness.holder(run.lock_path).pid, signal.SIGKILL)
    jobs.until(lambda: not run.is_alive())
    assert summarise(run).status == "interrupted"
    jobs.supervisor = Supervisor(jobs.workspace)
    ended = jobs.until_settled(run)
    assert (ended.reason, ended.signal) == ("died", None)
    assert len(jobs.ends(run)) == 1


@pytest.mark.parametrize(
    "point", ["jobs.before_take", "queue.before_rename:2", "jobs.taken", "jobs.assigned", "jobs.end_written"]
)
def test_that_a_supervisor_killed_between_any_two_steps_loses_nothing(jobs: Any, point: str) -> None:
    jobs.supervisor.close()
    jobs.supervisor = None
    run = jobs.run(jobs.WELL)
    client.submit(jobs.workspace, run)
    first = jobs.start_supervisor(EPOCHAL_FAULT=f"kill@{point}")
    jobs.until(lambda: first.poll() is not None)
    assert first.returncode == -signal.SIGKILL
    second = jobs.start_supervisor()
    jobs.until(lambda: second.poll() is not None)
    assert second.returncode == 0
    assert [ended.outcome for ended in jobs.ends(run)] == ["completed"]
    assert not client.is_in_queue(jobs.workspace, run.id)


@pytest.mark.parametrize("point", ["jobs.cancel_marked", "jobs.cancel_written"])
def test_that_a_cancel_cut_short_is_finished_by_the_supervisor(jobs: Any, point: str) -> None:
    run = jobs.submit(jobs.WELL)
    durable.arm(f"eio@{point}")
    try:
        with pytest.raises((OSError, Exception)):
            client.cancel(jobs.workspace, run)
    finally:
        durable.arm("")
    assert jobs.until_settled(run).outcome == "stopped"
    assert len(jobs.ends(run)) == 1


def test_that_of_two_supervisors_started_at_once_one_stays(jobs: Any) -> None:
    jobs.supervisor.close()
    jobs.supervisor = None
    run = jobs.submit([*HOLD, "end completed"])
    processes = [jobs.start_supervisor() for _ in range(3)]
    jobs.until(lambda: summarise(run).step == 3)
    jobs.until(lambda: sum(process.poll() is None for process in processes) == 1)
    (run.path / "go").touch()
    jobs.until(lambda: all(process.poll() == 0 for process in processes))
    assert jobs.kinds(run).count("Started") == 1


def test_that_a_supervisor_stays_while_a_window_is_open(jobs: Any) -> None:
    jobs.supervisor.close()
    jobs.supervisor = Supervisor(jobs.workspace, grace_s=0.0)
    attendance = client.Attendance(jobs.workspace)
    assert not jobs.supervisor.is_done()
    attendance.end()
    jobs.until(jobs.supervisor.is_done)


def test_that_a_full_disk_delays_the_end_and_loses_nothing(jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.supervisor._RETRY_S", 0.01)
    run = jobs.submit(["start", "exit 3"])
    durable.arm("enospc@events.append:1,enospc@queue.before_write:1,enospc@queue.before_rename:3")
    try:
        assert jobs.until_settled(run).exit_code == 3
    finally:
        durable.arm("")
    assert len(jobs.ends(run)) == 1


def test_that_a_run_reaches_a_warm_worker_at_once(jobs: Any) -> None:
    warm = jobs.supervisor._spare
    jobs.until(lambda: warm._worker is not None and psutil.Process(warm._worker.process.pid).status() == "sleeping")
    run = jobs.run(jobs.WELL)
    begun = time.monotonic()
    client.submit(jobs.workspace, run)
    jobs.until(lambda: run.is_alive() or jobs.ends(run))
    assert time.monotonic() - begun < 1.0  # about 0.1 s on a quiet machine
    jobs.until_settled(run)


def test_that_a_worker_started_by_hand_can_be_killed(jobs: Any) -> None:
    jobs.supervisor.close()
    first = Supervisor(jobs.workspace)
    run = jobs.submit(HOLD)
    jobs.supervisor = first
    jobs.until(lambda: summarise(run).step == 3)
    first.close()
    with client.edit_queue(jobs.workspace) as queue:
        queue.running.clear()
    jobs.supervisor = None
    client.send(jobs.workspace, run, "kill", "command line")
    assert [job.run for job in read_queue(jobs.workspace).running] == [run.id]


def test_that_the_oldest_stack_of_a_restart_is_not_shown_again(jobs: Any) -> None:
    run = jobs.submit({"None": ["start", "checkpoint 5", "crash"], "5": ["start", "exit 4"]}, restarts=1)
    jobs.until_settled(run)
    assert "Segmentation" not in jobs.ends(run)[1].traceback


def test_that_what_a_worker_says_about_a_full_disk_reaches_the_user(jobs: Any) -> None:
    complaint = "error: /w: events.jsonl could not be written: the disk is full. Free some space, then go on."
    ended = jobs.until_settled(jobs.submit(["start", f"print {complaint}", "exit 1"]))
    assert ended.message.startswith(
        "The worker could not go on: /w: events.jsonl could not be written: the disk is full"
    )


def test_that_terminating_a_worker_that_has_just_ended_does_not_lose_its_exit(jobs: Any) -> None:
    worker = jobs.supervisor._spare._new()
    os.kill(worker.process.pid, signal.SIGKILL)
    jobs.until(lambda: not worker.process.is_alive())
    worker.terminate()
    worker.kill()
    assert worker.exit() == Exit(signal=signal.SIGKILL)


def test_that_a_dead_run_ends_where_its_checkpoints_reach_not_at_its_last_report(jobs: Any) -> None:
    run = jobs.submit(["start", "prepare", "progress 3", "checkpoint 7", "crash"])
    assert jobs.until_settled(run).step == 7
    assert summarise(run).step == 7

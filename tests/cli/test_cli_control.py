"""Control: a live run is told something, and the command line says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.cli import follow as following
from core.cli.control import in_words
from core.jobs import client
from core.jobs.queue_file import edit_queue
from core.runs import liveness
from core.runs.events import Ended, Environment
from core.runs.queue import QueueEntry, RunningJob
from core.runs.state import state_of_run
from core.runs.summary import summarise

HOLD = ("start", "prepare", "progress 3", "hold go")
WELL = ("start", "prepare", "progress 5", "progress 10", "end completed")


@pytest.fixture
def holding(stage: Any) -> Any:
    """A run that stands at step 3 and obeys."""
    run = stage.submit(*HOLD, "end completed")
    wait_for(lambda: summarise(run).step == 3)
    return run


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    import time

    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_that_pause_resume_and_stop_report_what_came_of_them(terminal: Any, holding: Any) -> None:
    paused = terminal("pause", holding.id)
    assert (paused.code, paused.err) == (0, "")
    assert f"Run {holding.id} is paused" in paused.out
    wait_for(lambda: summarise(holding).status == "paused")
    stopped = terminal("stop", holding.id[:5])
    assert stopped.code == 0
    assert stopped.out.startswith(f"Run {holding.id} was stopped at step 3.")
    assert summarise(holding).status == "stopped"


def test_that_kill_reports_the_end(terminal: Any, holding: Any) -> None:
    killed = terminal("kill", holding.id)
    assert killed.code == 0
    assert "was killed" in killed.out


def test_that_checkpoint_and_steer_report_the_step(terminal: Any, holding: Any) -> None:
    assert terminal("checkpoint", holding.id).out == f"Run {holding.id} saves a checkpoint (step 3).\n"
    assert "took the change (step 3)" in terminal("steer", holding.id, "learning_rate=0.01").out


def test_that_a_run_that_does_not_answer_is_said_to(terminal: Any, stage: Any) -> None:
    run = stage.submit("start", "prepare", "progress 3", "deaf", "hold go")
    wait_for(lambda: summarise(run).step == 3)
    answer = terminal("checkpoint", run.id, "--timeout", "0.2")
    assert answer.code == 1
    assert "has not answered within 0.2 s" in answer.err


def test_that_stopping_a_run_that_waits_takes_it_out_of_the_queue(terminal: Any, stage: Any, holding: Any) -> None:
    second = stage.submit(*WELL)
    answer = terminal("stop", second.id)
    assert answer.code == 0
    assert "Taken out of the queue" in answer.out
    (holding.path / "go").touch()


@pytest.mark.parametrize(
    ("acts", "code", "said"),
    [
        (WELL, 0, "is complete at step 10"),
        (("start", "end stopped"), 0, "was stopped"),
        (("start", "raise oh dear"), 1, "failed at step 0. The worker ended with exit code 1: RuntimeError: oh dear."),
        (("start", "crash"), 1, "failed"),
    ],
)
def test_that_following_ends_with_the_run_and_its_exit_code(
    acts: tuple[str, ...], code: int, said: str, stage: Any, capsys: Any
) -> None:
    run = stage.submit(*acts)
    assert following.follow(stage.workspace, run) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert f"Run {run.id} " in err
    assert said in err


def test_that_a_run_whose_end_is_being_written_down_is_not_said_to_start_again(
    terminal: Any, played: Any, stage: Any, holding: Any
) -> None:
    state = state_of_run(played)
    assert following._place(terminal.workspace, played, state) == ""
    with edit_queue(terminal.workspace) as queue:
        queue.waiting.append(QueueEntry(run=played.id, resume_from=40, added=0.0))
    assert following._place(terminal.workspace, played, state) == "waiting for a free slot"


def test_that_ctrl_c_leaves_the_run_going_on_and_says_how_to_stop_it(
    stage: Any, holding: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(following.time, "sleep", interrupt)
    assert following.follow(stage.workspace, holding) == 0
    monkeypatch.undo()
    assert f"goes on in the background; `epochal stop {holding.id}`" in capsys.readouterr().err
    assert holding.is_alive()


def test_that_resume_goes_on_from_the_newest_checkpoint(terminal: Any, stage: Any) -> None:
    run = stage.submit("start", "prepare", "checkpoint 4", "exit 3")
    assert client.wait_ended(stage.workspace, run, 60.0) is not None
    (run.path / "acts.json").write_text('["start", "prepare", "progress 10", "end completed"]')
    answer = terminal("resume", run.id)
    assert answer.code == 0
    assert answer.out == f"{run.id}\n"
    assert "is complete" in answer.err


def test_that_another_environment_is_refused_until_accepted(terminal: Any, stage: Any) -> None:
    run = stage.submit("start", "prepare", "checkpoint 4", "exit 3")
    assert client.wait_ended(stage.workspace, run, 60.0) is not None
    run.write_environment(Environment(torch="1.0", python="3.11.1", platform="", device="cpu", threads=1))
    (run.path / "acts.json").write_text('["start", "end completed"]')
    refused = terminal("resume", run.id)
    assert refused.code == 2
    assert "the run used 1.0" in refused.err
    assert "--accept-differences" in refused.err
    assert terminal("resume", run.id, "--accept-differences", "--detach").code == 0
    wait_for(lambda: summarise(run).status == "completed")


def test_that_a_complete_run_is_not_resumed(terminal: Any, played: Any) -> None:
    answer = terminal("resume", played.id, "--accept-differences")
    assert answer.code == 2
    assert "is complete" in answer.err


def test_that_following_ends_when_a_full_disk_keeps_the_supervisor_from_noting_the_end(
    terminal: Any, played: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with edit_queue(terminal.workspace) as queue:
        queue.running.append(RunningJob(run=played.id, process=liveness.this_process(), device="cpu"))
    monkeypatch.setattr(following, "_SETTLES_WITHIN_S", 0.1)
    assert following.follow(terminal.workspace, played) == 0
    assert "is complete" in capsys.readouterr().err


def test_that_a_run_without_a_checkpoint_is_said_to_have_none() -> None:
    ended = Ended(outcome="failed", reason="error", step=3, model_rule="No checkpoint was saved.")
    assert in_words(ended) == "failed at step 3. No checkpoint was saved."


def test_that_a_refused_change_says_why_and_exits_with_2(terminal: Any, holding: Any) -> None:
    answer = terminal("steer", holding.id, "clip_norm")
    assert (answer.code, answer.out) == (2, "")
    assert "not of the form path=value" in answer.err


def test_that_steer_without_a_change_shows_what_can_be_changed_and_what_was(terminal: Any, holding: Any) -> None:
    terminal("steer", holding.id, "learning_rate=0.01")
    shown = terminal("steer", holding.id)
    assert shown.code == 0
    assert "training.clip_norm" in shown.out
    assert "command line" in shown.out
    data = terminal("steer", holding.id, "--json").json
    assert {one["path"] for one in data["values"]} >= {"training.batch_size", "training.budget.stop_point"}
    assert [(row["by"], row["value"], row["outcome"]) for row in data["audit"]] == [("command line", 0.01, "applied")]

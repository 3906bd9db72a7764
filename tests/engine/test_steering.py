"""Commands take effect between two steps, and what became of each is written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from core.checkpoints.store import CheckpointStore
from core.runs.commands import Kill, Pause, Resume, SaveCheckpoint, SetValue, Stop
from core.runs.commands_file import read_lines, send
from core.runs.events import CommandDone

pytestmark = pytest.mark.torch

LONG: dict[str, Any] = {
    "training": {
        "budget": {"unit": "steps", "stop_point": 200_000},
        "evaluate": {"unit": "off"},
        "select": "last",
    }
}


def told(command: type, number: int = 1, **fields: Any) -> Any:
    return command(id=f"c{number}", time=time.time(), by="test", **fields)


def outcomes(bench: Any, run: Any) -> dict[str, CommandDone]:
    return {event.command_id: event for event in bench.events(run) if isinstance(event, CommandDone)}


def test_that_stop_finishes_the_step_and_saves(bench: Any) -> None:
    run = bench.run(**LONG)
    send(run, told(Stop))
    ended = bench.train(run)
    assert (ended.outcome, ended.reason) == ("stopped", "command")
    row = bench.state(run).checkpoints[-1]
    assert (row.step, row.reason) == (ended.step, "stop")
    done = outcomes(bench, run)["c1"]
    assert (done.outcome, done.step) == ("applied", ended.step)
    line = read_lines(run)[-1]
    assert (line.id, line.outcome, line.step) == ("c1", "applied", ended.step)


def test_that_a_stopped_run_goes_on_to_the_state_of_an_unbroken_one(bench: Any) -> None:
    whole, broken = bench.run(), bench.run()
    bench.train(whole)
    send(broken, told(Stop))
    assert bench.train(broken).outcome == "stopped"
    assert bench.train(broken, resume_from="newest").outcome == "completed"
    assert bench.final(broken) == bench.final(whole)


def test_that_kill_saves_nothing(bench: Any) -> None:
    run = bench.run(**LONG)
    send(run, told(Kill))
    ended = bench.train(run)
    assert (ended.outcome, ended.reason) == ("killed", "command")
    assert bench.state(run).checkpoints == []


def test_that_a_checkpoint_is_saved_on_command(bench: Any) -> None:
    run = bench.run(**LONG)
    send(run, told(SaveCheckpoint))
    send(run, told(Stop, 2))
    bench.train(run)
    rows = bench.state(run).checkpoints
    assert [row.reason for row in rows] == ["command"]
    assert outcomes(bench, run)["c1"].outcome == "applied"


def test_that_a_rate_that_is_set_holds_and_a_checkpoint_of_before_is_kept(bench: Any) -> None:
    run = bench.run()
    send(run, told(SetValue, path="training.optimizer.learning_rate", value=0.02))
    bench.train(run)
    state = bench.state(run)
    done = outcomes(bench, run)["c1"]
    rates = state.metrics["train/learning_rate"].value
    assert rates[: done.step].tolist() == [0.001] * done.step
    assert rates[done.step :].tolist() == [0.02] * (60 - done.step)
    assert "0.02, was 0.001" in done.message
    assert any(row.step == done.step and row.reason == "before_steer" for row in state.checkpoints)


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("model.dropout", 0.5, "cannot be changed"),
        ("training.optimizer.learning_rate", 0, "too small"),
        ("training.optimizer.learning_rate", "fast", "Must be a number"),
        ("training.optimizer.learning_rate", True, "Must be a number"),
        ("training.clip_norm", 0, "is 0 already"),
        ("training.budget.stop_point", 70.5, "whole number"),
    ],
)
def test_that_a_value_that_makes_no_sense_is_refused(bench: Any, path: str, value: Any, word: str) -> None:
    run = bench.run()
    send(run, told(SetValue, path=path, value=value))
    bench.train(run)
    done = outcomes(bench, run)["c1"]
    assert done.outcome == "refused"
    assert word in done.message


def test_that_a_resumed_run_makes_a_steered_change_again_at_its_step(bench: Any) -> None:
    run = bench.run()
    send(run, told(SetValue, path="learning_rate", value=0.02))
    bench.train(run)
    expected, done = bench.final(run), outcomes(bench, run)["c1"]
    store = CheckpointStore(run.checkpoints_path)
    for step in store.steps():
        if step > done.step:
            store.path(step).unlink()
    bench.train(run, resume_from="newest")
    assert bench.state(run).segments[-1].resumed_from == done.step
    assert bench.final(run) == expected


def test_that_going_back_on_purpose_leaves_a_steered_change_behind(bench: Any) -> None:
    plain, run = bench.run(), bench.run()
    bench.train(plain)
    send(run, told(SetValue, path="learning_rate", value=0.02))
    bench.train(run)
    done = outcomes(bench, run)["c1"]
    bench.train(run, resume_from=done.step)
    assert bench.final(run) == bench.final(plain)
    store = CheckpointStore(run.checkpoints_path)
    store.path(store.steps()[-1]).unlink()
    bench.train(run, resume_from="newest")
    assert bench.final(run) == bench.final(plain)


@pytest.mark.slow
def test_that_a_paused_run_waits_and_goes_on_to_the_same_state(bench: Any, worker: Callable[..., Any]) -> None:
    changes: dict[str, Any] = {"training": {"budget": {"unit": "steps", "stop_point": 2000}}}
    whole, run = bench.run(**changes), bench.run(**changes)
    bench.train(whole)
    one = worker(run)
    one.wait_for(lambda state: state.step > 100)
    send(run, told(Pause))
    one.wait_for(lambda state: state.status == "paused")
    step = bench.state(run).step
    assert CheckpointStore(run.checkpoints_path).steps()[-1] == step
    send(run, told(Pause, 2))
    one.wait_for(lambda state: len(state.commands) == 2)
    send(run, told(Resume, 3))
    assert one.wait() == 0
    found = outcomes(bench, run)
    assert [found[f"c{number}"].outcome for number in (1, 2, 3)] == ["applied", "refused", "applied"]
    assert bench.final(run) == bench.final(whole)


@pytest.mark.slow
def test_that_sigterm_ends_a_run_at_once_and_says_so(bench: Any, worker: Callable[..., Any]) -> None:
    run = bench.run(**LONG)
    one = worker(run)
    one.wait_for(lambda state: state.step > 100)
    one.process.terminate()
    assert one.wait() == 1
    state = bench.state(run)
    assert state.status == "killed"
    assert state.checkpoints == []

"""Every value that can be changed survives kill and resume, and stands in a spec as well as in a command."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.checkpoints.store import CheckpointStore
from core.runs.commands import SetValue
from core.runs.commands_file import send
from core.runs.events import CommandDone, Replanned
from core.runs.replay import replay_spec

pytestmark = pytest.mark.torch

EVERY_10: dict[str, Any] = {"evaluate": {"unit": "steps", "interval": 10}}
KINDS: dict[str, tuple[dict[str, Any], str, float]] = {
    "rate": ({"schedule": {"kind": "cosine"}}, "learning_rate", 0.02),
    "decay-adamw": ({}, "weight_decay", 0.5),
    "decay-sgd": ({"optimizer": {"kind": "sgd"}}, "weight_decay", 0.5),
    "decay-rmsprop": ({"optimizer": {"kind": "rmsprop"}}, "weight_decay", 0.5),
    "decay-muon": ({"optimizer": {"kind": "muon"}}, "weight_decay", 0.5),
    "rate-muon": ({"optimizer": {"kind": "muon"}}, "learning_rate", 0.1),
    "clip": ({}, "clip_norm", 0.05),
    "batch": ({"schedule": {"kind": "cosine"}}, "batch_size", 48),
    "batch-epochs": ({"budget": {"unit": "epochs", "stop_point": 2.5}, "ema": 0.9}, "batch_size", 23),
    "patience": (EVERY_10, "patience", 1),
    "min_change": (EVERY_10 | {"early_stopping": {"patience": 2}}, "min_change", 0.5),
    "longer": ({"schedule": {"kind": "cosine"}}, "stop_point", 90),
    "shorter": ({"schedule": {"kind": "cosine"}}, "stop_point", 50),
}


def tensors(run: Any) -> dict[str, Any]:
    store = CheckpointStore(run.checkpoints_path)
    return {name: np.asarray(array) for name, array in store.load(store.steps()[-1]).tensors.items()}


def assert_same(one: Any, other: Any) -> None:
    first, second = tensors(one), tensors(other)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


def steering(run: Any, changes: list[tuple[str, float]]) -> Callable[[], bool]:
    """Return an `is_killed` that tells the run one change each time that it looks around."""
    left = list(changes)

    def tell() -> bool:
        if left:
            path, value = left.pop(0)
            command_id = f"c{len(changes) - len(left)}"
            send(run, SetValue(id=command_id, time=time.time(), by="test", path=path, value=value))
        return False

    return tell


def cut(run: Any, after: int) -> None:
    store = CheckpointStore(run.checkpoints_path)
    for step in store.steps():
        if step > after:
            store.path(step).unlink()


@pytest.mark.parametrize(("training", "name", "value"), KINDS.values(), ids=KINDS.keys())
def test_that_a_change_holds_over_resume_and_stands_in_a_spec(
    bench: Any, training: dict[str, Any], name: str, value: float
) -> None:
    run = bench.run(training=training, checkpoints={"num_checkpoints": 4})
    ended = bench.train(run, is_killed=steering(run, [(name, value)]))
    state = bench.state(run)
    done = state.commands[0]
    assert (done.outcome, done.arguments["value"], done.by) == ("applied", value, "test")
    assert [row.step for row in state.checkpoints if row.reason == "before_steer" or row.step == done.step]
    expected, step = bench.final(run), done.step
    for point in (step, step + 12):
        cut(run, point)
        again = bench.train(run, resume_from="newest")
        assert (again.step, again.reason) == (ended.step, ended.reason)
        assert bench.final(run) == expected
    replayed = bench.workspace.create_run(replay_spec(run))
    assert bench.train(replayed).step == ended.step
    assert_same(run, replayed)
    told = bench.state(replayed).commands
    assert [(one.step, one.by, one.arguments) for one in told] == [(done.step, "spec", done.arguments)]
    cut(replayed, step + 12)
    bench.train(replayed, resume_from="newest")
    assert_same(run, replayed)


def test_that_many_changes_are_replayed_from_a_spec_bit_by_bit(bench: Any) -> None:
    changes = [("learning_rate", 0.01), ("batch_size", 32), ("clip_norm", 0.5), ("stop_point", 100), ("patience", 9)]
    run = bench.run(training=EVERY_10 | {"schedule": {"kind": "cosine", "warmup": 0.1}})
    ended = bench.train(run, is_killed=steering(run, changes))
    assert [done.outcome for done in bench.state(run).commands] == ["applied"] * 5
    assert ended.step == 100
    assert bench.state(run).metrics["valid/loss"].step.tolist() == list(range(10, 101, 10))
    spec = replay_spec(run)
    assert [change.field.rpartition(".")[2] for change in spec.training.changes] == [name for name, _ in changes]
    replayed = bench.workspace.create_run(spec)
    bench.train(replayed)
    assert_same(run, replayed)
    assert replay_spec(replayed).training.changes == spec.training.changes


def test_that_changes_in_stages_go_on_with_the_memory_of_the_optimizer(bench: Any) -> None:
    stages = [
        {"name": "one", "budget": {"unit": "steps", "stop_point": 30}, "optimizer": {"kind": "adamw"}},
        {"name": "two", "budget": {"unit": "steps", "stop_point": 30}, "schedule": {"kind": "constant"}},
    ]
    changes = [
        {"step": 10, "field": "training.stages.0.optimizer.weight_decay", "value": 0.3},
        {"step": 20, "field": "training.stages.0.budget.stop_point", "value": 35},
        {"step": 35, "field": "training.optimizer.learning_rate", "value": 0.01},
        {"step": 50, "field": "training.batch_size", "value": 16},
    ]
    run = bench.run(
        training={"stages": stages, "changes": changes}, checkpoints={"every": {"unit": "steps", "interval": 5}}
    )
    bench.train(run)
    state, expected = bench.state(run), bench.final(run)
    assert [(done.step, done.outcome) for done in state.commands] == [(change["step"], "applied") for change in changes]
    assert [(stage.step, stage.name) for stage in state.stages] == [(0, "one"), (35, "two")]
    assert state.total_steps == 65
    assert [row.to_step for row in state.prepared.stages] == [35, 65]
    rates = state.metrics["train/learning_rate"].value
    assert rates[34:36].tolist() == [0.001, 0.01]
    for step in (50, 35, 20, 10):
        cut(run, step)
        bench.train(run, resume_from="newest")
        assert bench.final(run) == expected


def test_that_a_moved_end_is_told(bench: Any) -> None:
    run = bench.run(training={"changes": [{"step": 20, "field": "training.budget.stop_point", "value": 80}]})
    bench.train(run)
    moved = [event for event in bench.events(run) if isinstance(event, Replanned)]
    assert [(event.step, event.total_steps, event.stages[-1].to_step) for event in moved] == [(20, 80, 80)]
    told = next(event for event in bench.events(run) if isinstance(event, CommandDone))
    assert "ends at step 80, was 60" in told.message


def test_that_a_change_of_the_spec_that_comes_too_late_is_refused_and_said_so(bench: Any) -> None:
    run = bench.run(training={"changes": [{"step": 40, "field": "training.budget.stop_point", "value": 30}]})
    assert bench.train(run).step == 60
    state = bench.state(run)
    assert [(done.outcome, done.by) for done in state.commands] == [("refused", "spec")]
    assert any("was not made" in notice.message for notice in state.notices)


@pytest.mark.slow
def test_that_a_steered_run_that_is_killed_goes_on_to_the_same_state(bench: Any, worker: Callable[..., Any]) -> None:
    changes = [
        ("learning_rate", 0.01),
        ("batch_size", 40),
        ("weight_decay", 0.1),
        ("clip_norm", 0.7),
        ("stop_point", 2500),
    ]
    run = bench.run(
        training={"budget": {"unit": "steps", "stop_point": 3000}, "schedule": {"kind": "cosine"}},
        checkpoints={"every": {"unit": "steps", "interval": 100}, "keep_last": 0},
    )
    one = worker(run)
    for number, (path, value) in enumerate(changes):
        one.wait_for(lambda state, least=300 * (number + 1): state.step > least)
        send(run, SetValue(id=f"c{number}", time=time.time(), by="test", path=path, value=value))
        one.wait_for(lambda state, count=number + 1: len(state.commands) == count)
    one.process.kill()
    assert one.wait() == -9
    assert worker(run, "--resume-from", "newest").wait() == 0
    state = bench.state(run)
    assert (state.step, [done.outcome for done in state.commands]) == (2500, ["applied"] * 5)
    replayed = bench.workspace.create_run(replay_spec(run))
    assert worker(replayed).wait() == 0
    assert_same(run, replayed)

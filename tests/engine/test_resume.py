"""Resume is exact: a run that was killed and resumed ends in the very state of one that was not."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from core.checkpoints.store import CheckpointStore
from core.engine.resuming import History
from core.runs.events import CheckpointFailed, Started
from core.runs.journal import EventWriter

pytestmark = pytest.mark.torch

CASES: dict[str, dict[str, Any]] = {
    "mlp": {},
    "ema-cosine-clip": {"training": {"ema": 0.95, "clip_norm": 0.3, "schedule": {"kind": "cosine"}}},
    "plateau-patience": {
        "training": {
            "schedule": {"kind": "plateau", "patience": 1},
            "evaluate": {"unit": "steps", "interval": 5},
            "early_stopping": {"patience": 11},
        }
    },
    "train-loss": {"training": {"monitor": "train/loss", "evaluate": {"unit": "steps", "interval": 11}}},
    "muon": {"training": {"optimizer": {"kind": "muon"}}},
    "stages": {
        "training": {
            "stages": [
                {"budget": {"unit": "steps", "stop_point": 31}, "optimizer": {"kind": "sgd", "learning_rate": 0.1}},
                {"budget": {"unit": "steps", "stop_point": 29}, "optimizer": {"kind": "rmsprop"}},
            ]
        }
    },
    "cnn-augmented": {
        "model": {"kind": "cnn", "channels": [4, 8]},
        "data": {"augment": {"shift": 1, "noise": 0.1}},
        "training": {"accumulate": 2},
    },
    "seconds": {"training": {"evaluate": {"unit": "seconds", "interval": 0.02}}},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES.keys())
def test_that_a_resumed_run_ends_in_the_same_state(bench: Any, changes: dict[str, Any]) -> None:
    whole, broken = bench.run(**changes), bench.run(**changes)
    bench.train(whole)
    bench.train(broken)
    expected = bench.final(whole)
    assert bench.final(broken) == expected
    store = CheckpointStore(broken.checkpoints_path)
    for step in store.steps():
        if step > 30:
            store.path(step).unlink()
    ended = bench.train(broken, resume_from="newest")
    assert ended.outcome == "completed"
    assert bench.state(broken).segments[-1].resumed_from == max(step for step in store.steps() if step <= 30)
    assert bench.final(broken) == expected


STOPS_EARLY = {"evaluate": {"unit": "steps", "interval": 5}, "early_stopping": {"patience": 2, "min_change": 9.0}}


@pytest.mark.parametrize(("training", "reason", "step"), [({}, "budget", 60), (STOPS_EARLY, "early_stop", 15)])
def test_that_a_run_killed_before_its_last_word_says_it_when_it_is_resumed(
    bench: Any, training: dict[str, Any], reason: str, step: int
) -> None:
    run = bench.run(training=training)
    bench.train(run)
    expected = bench.final(run)
    *before, last = run.events_path.read_bytes().splitlines(keepends=True)
    assert b'"ended"' in last
    run.events_path.write_bytes(b"".join(before))
    ended = bench.train(run, resume_from="newest")
    assert (ended.outcome, ended.reason, ended.step) == ("completed", reason, step)
    assert bench.final(run) == expected


@pytest.mark.slow
def test_that_a_run_killed_three_times_ends_in_the_same_state(bench: Any, worker: Callable[..., Any]) -> None:
    changes: dict[str, Any] = {
        "training": {"budget": {"unit": "steps", "stop_point": 3000}},
        "checkpoints": {"every": {"unit": "seconds", "interval": 0.1}},
    }
    whole, broken = bench.run(**changes), bench.run(**changes)
    assert worker(whole).wait() == 0
    resume: tuple[str, ...] = ()
    for step in sorted(random.Random(7).sample(range(1, 2900), 3)):
        one = worker(broken, *resume)
        one.wait_for(lambda state, step=step: state.step >= step)
        one.process.kill()
        assert one.wait() == -9
        resume = ("--resume-from", "newest")
    assert worker(broken, *resume).wait() == 0
    assert bench.final(broken) == bench.final(whole)
    curves = [bench.state(run).metrics["train/loss"] for run in (whole, broken)]
    assert curves[1].value[curves[1].live].tolist() == curves[0].value.tolist()


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # of torch's own, when it compiles
def test_that_a_compiled_run_resumes_to_the_same_state(bench: Any) -> None:
    changes: dict[str, Any] = {"compute": {"compile": True}, "model": {"normalisation": "batch"}}
    whole, broken = bench.run(**changes), bench.run(**changes)
    for run in (whole, broken):
        assert bench.train(run).outcome == "completed"
    expected = bench.final(whole)
    assert bench.final(broken) == expected
    store = CheckpointStore(broken.checkpoints_path)
    for step in store.steps():
        if step > 30:
            store.path(step).unlink()
    bench.train(broken, resume_from="newest")
    assert bench.state(broken).segments[-1].resumed_from == 30
    assert bench.final(broken) == expected


def test_that_a_damaged_checkpoint_is_passed_over_and_said_so(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    expected = bench.final(run)
    store = CheckpointStore(run.checkpoints_path)
    before, newest = store.steps()[-2:]
    content = bytearray(store.path(newest).read_bytes())
    content[len(content) // 2] ^= 1
    store.path(newest).write_bytes(content)
    ended = bench.train(run, resume_from="newest")
    state = bench.state(run)
    assert ended.outcome == "completed"
    assert state.segments[-1].resumed_from == before
    assert any(isinstance(event, CheckpointFailed) and event.step == newest for event in bench.events(run))
    assert any("damaged" in notice.message for notice in state.notices)
    assert bench.final(run) == expected


def test_that_a_run_without_a_checkpoint_begins_anew(bench: Any) -> None:
    run = bench.run()
    ended = bench.train(run, resume_from="newest")
    assert ended.outcome == "completed"
    assert bench.state(run).segments[-1].resumed_from is None


def test_that_going_back_to_an_older_step_leaves_a_branch_behind(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    expected = bench.final(run)
    steps = CheckpointStore(run.checkpoints_path).steps()
    bench.train(run, resume_from=steps[0])
    assert bench.final(run) == expected
    assert bench.state(run).segments[-1].resumed_from == steps[0]


def test_that_a_branch_gone_back_before_is_not_gone_on_with(bench: Any) -> None:
    run = bench.run()
    bench.train(run)
    first, *_, last = CheckpointStore(run.checkpoints_path).steps()
    with EventWriter(run.events_path) as events:  # it went back to the first checkpoint, and died before the second
        environment = bench.state(run).segments[0].environment
        events.write(Started(segment=1, pid=1, environment=environment, resumed_from=first), durable=True)
    ended = bench.train(run, resume_from=last)
    assert (ended.outcome, ended.step) == ("failed", first)
    assert "branch that this run went back before" in ended.message
    assert History(run, run.spec()).abandoned() == set(CheckpointStore(run.checkpoints_path).steps()) - {first}
    bench.train(run, resume_from="newest")
    assert bench.state(run).segments[-1].resumed_from == first
    assert History(run, run.spec()).abandoned() == set()


def test_that_another_environment_is_refused_unless_accepted(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bench.run()
    bench.train(run)
    store = CheckpointStore(run.checkpoints_path)
    store.path(store.steps()[-1]).unlink()
    monkeypatch.setattr("core.engine.environment.code_digest", lambda spec, workspace: "other")
    segments = len(bench.state(run).segments)
    ended = bench.train(run, resume_from="newest")
    assert (ended.outcome, ended.reason) == ("failed", "environment")
    assert "code" in ended.message
    assert ended.step == 60  # it stands where it stood, not at the beginning
    assert len(bench.state(run).segments) == segments
    ended = bench.train(run, resume_from="newest", accept_differences=True)
    assert ended.outcome == "completed"
    assert any("not bit-exact" in notice.message for notice in bench.state(run).notices)

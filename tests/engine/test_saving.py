"""What is saved, what stays, and what happens when the disk does not let us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core import durable
from core.checkpoints.store import CheckpointStore
from core.runs.columns import from_column
from core.runs.events import CheckpointRemoved, CheckpointSaved, Metrics

pytestmark = pytest.mark.torch


@pytest.fixture
def faults() -> Iterator[Any]:
    """Arm crash points for one test."""
    yield durable.arm
    durable.arm("")


def test_that_the_last_and_the_best_stay_and_the_others_go(bench: Any) -> None:
    run = bench.run(
        training={"evaluate": {"unit": "steps", "interval": 6}},
        checkpoints={"num_checkpoints": 10, "keep_last": 2, "keep_best": 1},
    )
    ended = bench.train(run)
    kept = CheckpointStore(run.checkpoints_path).steps()
    assert len(set(kept) - {ended.model_step}) <= 2
    assert ended.model_step in kept
    removed = {event.step for event in bench.events(run) if isinstance(event, CheckpointRemoved)}
    assert removed
    assert not removed & set(kept)


def test_that_points_are_written_before_the_checkpoint_that_knows_of_them(bench: Any) -> None:
    run = bench.run(checkpoints={"every": {"unit": "steps", "interval": 3}})
    bench.train(run)
    written = 0.0
    for event in bench.events(run):
        if isinstance(event, Metrics) and "train/loss" in event.values:
            written = from_column(event.step)[-1]
        if isinstance(event, CheckpointSaved):
            assert written >= event.step


def test_that_a_full_disk_fails_the_run_clearly_and_keeps_earlier_checkpoints(bench: Any, faults: Any) -> None:
    run = bench.run(training={"select": "last"})
    faults("enospc@checkpoint.before_sync:3+")
    ended = bench.train(run)
    assert (ended.outcome, ended.reason) == ("failed", "error")
    assert "disk is full" in ended.message
    assert ended.traceback == ""
    store = CheckpointStore(run.checkpoints_path)
    assert store.steps() == [15, 30]
    assert ended.model_step == 30
    assert all(store.load(step).state["counters"]["step"] == step for step in store.steps())
    durable.arm("")
    assert bench.train(run, resume_from="newest").outcome == "completed"


def test_that_a_disk_that_takes_no_events_is_reported_by_the_worker(bench: Any, faults: Any, capsys: Any) -> None:
    from core.worker import Killed, Request, work

    run = bench.run()
    faults("enospc@events.append:6+")
    assert work(run, Request(str(run.path)), Killed()) == 1
    assert "disk is full" in capsys.readouterr().err


def test_that_several_runs_in_one_process_do_not_know_of_each_other(bench: Any) -> None:
    from core.worker import Killed, Request, work

    runs = [bench.run(), bench.run(compute={"deterministic": True, "threads": 2}), bench.run()]
    for run in runs:
        assert work(run, Request(str(run.path)), Killed()) == 0
    assert bench.final(runs[0]) == bench.final(runs[2])


def test_that_bad_input_ends_with_two_and_says_where(bench: Any) -> None:
    from core.worker import Killed, Request, work

    run = bench.run(data={"kind": "csv", "path": "nowhere.csv", "target": "y"})
    assert work(run, Request(str(run.path)), Killed()) == 2
    ended = bench.state(run).ended
    assert (ended.outcome, ended.reason) == ("failed", "bad_input")
    assert "nowhere.csv" in ended.message
    assert ended.traceback == ""

"""Fork and warm start: a fork goes on bit by bit as its parent did, and a warm start takes the weights alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.checkpoints.reading import Checkpoint
from core.checkpoints.store import CheckpointStore
from core.runs.forking import Outlook, Point, fork_outlook, warm_start_outlook
from core.runs.run_folder import RunFolder

pytestmark = pytest.mark.torch

CASES: dict[str, dict[str, Any]] = {
    "mlp": {},
    "ema-cosine": {"training": {"ema": 0.95, "clip_norm": 0.3, "schedule": {"kind": "cosine"}}},
    "plateau-patience": {
        "training": {
            "schedule": {"kind": "plateau", "patience": 1},
            "evaluate": {"unit": "steps", "interval": 5},
            "early_stopping": {"patience": 11},
        }
    },
    "stages": {
        "training": {
            "stages": [
                {"budget": {"unit": "steps", "stop_point": 25}, "optimizer": {"kind": "sgd", "learning_rate": 0.1}},
                {"budget": {"unit": "steps", "stop_point": 35}, "optimizer": {"kind": "rmsprop"}},
            ]
        }
    },
    "changes": {
        "training": {
            "changes": [
                {"step": 10, "field": "training.batch_size", "value": 16},
                {"step": 20, "field": "training.optimizer.learning_rate", "value": 0.0005},
                {"step": 40, "field": "training.clip_norm", "value": 0.5},
            ]
        },
        "checkpoints": {"every": {"unit": "steps", "interval": 30}},
    },
    "seconds": {"training": {"evaluate": {"unit": "seconds", "interval": 0.02}}},
}


def outlook(run: RunFolder, step: int, *overrides: str, **more: Any) -> Outlook:
    return fork_outlook(Point.of(run, step), overrides, **more)


def last(run: RunFolder) -> Checkpoint:
    store = CheckpointStore(run.checkpoints_path)
    return store.load(store.steps()[-1])


def weights(checkpoint: Checkpoint) -> dict[str, Any]:
    return {name: array for name, array in checkpoint.tensors.items() if name.startswith("model/")}


def same(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES.keys())
def test_that_a_fork_with_an_unchanged_spec_ends_in_its_parents_state(bench: Any, changes: dict[str, Any]) -> None:
    parent = bench.run(**changes)
    bench.train(parent)
    child = bench.workspace.create_run(outlook(parent, 30).spec)
    before = {path: path.read_bytes() for path in parent.path.rglob("*") if path.is_file()}
    ended = bench.train(child)
    assert (ended.outcome, ended.step) == ("completed", 60), ended.message
    assert bench.state(child).segments[0].resumed_from == 30
    assert same(weights(last(child)), weights(last(parent)))
    assert bench.final(child) == bench.final(parent)
    assert {path: path.read_bytes() for path in parent.path.rglob("*") if path.is_file()} == before


def test_that_a_killed_fork_ends_in_the_same_state_though_its_parent_is_gone(bench: Any, worker: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    expected = bench.final(parent)
    child = bench.workspace.create_run(outlook(parent, 30).spec)
    bench.workspace.delete_run(parent)
    assert worker(child, fault="kill@checkpoint.before_rename").wait() != 0  # before its first checkpoint
    assert CheckpointStore(child.checkpoints_path).steps() == []
    assert worker(child, "--resume-from", "newest", fault="kill@checkpoint.before_rename:2").wait() != 0
    assert CheckpointStore(child.checkpoints_path).steps() == [45]
    assert worker(child, "--resume-from", "newest").wait() == 0
    assert [segment.resumed_from for segment in bench.state(child).segments] == [30, 30, 45]
    assert bench.final(child) == expected


def test_that_a_fork_of_a_run_that_was_steered_follows_what_it_was_told(bench: Any) -> None:
    changed = [{"step": 20, "field": "training.optimizer.learning_rate", "value": 0.0002}]
    parent = bench.run(training={"changes": changed})
    bench.train(parent)
    child = bench.workspace.create_run(outlook(parent, 30, "training.optimizer.learning_rate=0.01").spec)
    bench.train(child)
    step, _, _, rate = bench.state(child).series("train/learning_rate").live_points()
    assert step[0] == 31
    assert set(rate.tolist()) == {0.01}


def test_that_a_batch_size_changes_from_the_fork_on(bench: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    child = bench.workspace.create_run(outlook(parent, 30, "training.batch_size=16").spec)
    assert child.spec().training.batch_size == 64
    ended = bench.train(child)
    assert ended.outcome == "completed", ended.message
    step, examples, _, _ = bench.state(child).series("train/loss").live_points()
    assert (step[0], examples[1] - examples[0]) == (31, 16)


@pytest.mark.parametrize("choice", ["keep", "stretch", "restart"])
def test_that_the_learning_rate_is_the_one_that_was_shown_before(bench: Any, choice: str) -> None:
    parent = bench.run(training={"schedule": {"kind": "cosine"}})
    bench.train(parent)
    told = outlook(parent, 45, "training.budget.stop_point=90", choice=choice)
    child = bench.workspace.create_run(told.spec)
    ended = bench.train(child)
    assert (ended.outcome, ended.step) == ("completed", 90), ended.message
    step, _, _, rate = bench.state(child).series("train/learning_rate").live_points()
    ahead = told.new_rate.step >= 45
    assert np.array_equal(step - 1, told.new_rate.step[ahead])
    assert np.array_equal(rate, told.new_rate.rate[ahead])


def test_that_another_optimizer_begins_with_a_restarted_schedule(bench: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    child = bench.workspace.create_run(outlook(parent, 30, "training.optimizer.kind=sgd", choice="restart").spec)
    ended = bench.train(child)
    assert ended.outcome == "completed", ended.message
    assert not any("exp_avg" in name for name in last(child).tensors)


def test_that_weights_begin_to_be_averaged_in_a_fork(bench: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    child = bench.workspace.create_run(outlook(parent, 30, "training.ema=0.9").spec)
    assert bench.train(child).outcome == "completed"
    assert same(weights(last(child)), weights(last(parent)))
    again = bench.workspace.create_run(outlook(child, 60, "training.ema=0", "training.budget.stop_point=80").spec)
    assert bench.train(again).outcome == "completed"
    assert not any(name.startswith("ema/") for name in last(again).tensors)


def test_that_the_model_of_a_fork_is_one_of_its_own_checkpoints(bench: Any) -> None:
    parent = bench.run(training={"budget": {"unit": "steps", "stop_point": 300}})
    bench.train(parent)
    told = outlook(parent, 300, "training.budget.stop_point=340", "training.optimizer.learning_rate=10")
    child = bench.workspace.create_run(told.spec)
    ended = bench.train(child)
    assert ended.model_step in CheckpointStore(child.checkpoints_path).steps()
    assert "before this run was forked" in ended.model_rule


def test_that_a_warm_start_takes_weights_and_begins_everything_else(bench: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    began = bench.state(parent).series("train/loss").value[:5].mean()
    told = warm_start_outlook(Point.of(parent, 30), ["seed=5", "training.optimizer.kind=sgd", "training.ema=0.5"])
    child = bench.workspace.create_run(told.spec)
    bench.workspace.delete_run(parent)
    ended = bench.train(child)
    assert (ended.outcome, ended.step) == ("completed", 60), ended.message
    state = bench.state(child)
    assert state.segments[0].resumed_from is None
    assert state.series("train/loss").step[0] == 1
    assert "were taken over" in " ".join(notice.message for notice in state.notices)
    assert state.series("train/loss").value[:5].mean() < began - 0.1, "it begins where the weights stood"


def test_that_a_killed_warm_start_begins_with_the_same_weights_again(bench: Any, worker: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    spec = warm_start_outlook(Point.of(parent, 30)).spec
    whole, broken = bench.workspace.create_run(spec), bench.workspace.create_run(spec)
    bench.train(whole)
    assert worker(broken, fault="kill@checkpoint.before_rename").wait() != 0
    assert worker(broken, "--resume-from", "newest").wait() == 0
    assert bench.final(broken) == bench.final(whole)


@pytest.mark.parametrize(
    ("classes", "head", "word"), [(3, "keep", "the head (layer"), (3, "new", "as asked"), (5, "keep", "does not fit")]
)
def test_that_a_head_is_drawn_anew_when_asked_or_when_it_does_not_fit(
    bench: Any, tmp_path: Path, classes: int, head: str, word: str
) -> None:
    data = {"kind": "csv", "target": "y"}
    parent = bench.run(data=data | {"path": table(tmp_path / "a.csv", 3)})
    bench.train(parent)
    told = warm_start_outlook(Point.of(parent, 60), [f"data.path={table(tmp_path / 'b.csv', classes)}"], head=head)
    child = bench.workspace.create_run(told.spec)
    ended = bench.train(child)
    assert ended.outcome == "completed", ended.message
    assert word in " ".join(notice.message for notice in bench.state(child).notices)


def table(path: Path, classes: int) -> str:
    """Write 90 rows of three numbers and a class."""
    rows = [f"{n % 7},{n % 11},{n % 5},c{n % classes}" for n in range(90)]
    path.write_text("\n".join(["a,b,c,y", *rows]) + "\n")
    return str(path)


def test_that_every_layer_that_does_not_fit_is_named(bench: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    told = warm_start_outlook(Point.of(parent, 30), ["model.hidden=[24, 12]"])
    child = bench.workspace.create_run(told.spec)
    ended = bench.train(child)
    assert (ended.outcome, ended.reason) == ("failed", "bad_input")
    for word in ("[16, 64] in the checkpoint, [24, 64] in the model", "the checkpoint has no such tensor", "start: "):
        assert word in ended.message


def test_that_a_fork_of_a_damaged_checkpoint_says_so(bench: Any) -> None:
    parent = bench.run()
    bench.train(parent)
    spec = outlook(parent, 30).spec
    path = CheckpointStore(parent.checkpoints_path).path(30)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    ended = bench.train(bench.workspace.create_run(spec))
    assert ended.outcome == "failed"
    assert "is damaged" in ended.message
    assert "another checkpoint" in ended.remedy

"""A run from spec to its last word, in this process."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from core.engine.optimizers import AdamOptimizer
from core.runs.events import Ended, Metrics, Prepared, Started

pytestmark = pytest.mark.torch


def test_that_a_run_says_everything_it_did(bench: Any) -> None:
    run = bench.run()
    ended = bench.train(run)
    state, events = bench.state(run), bench.events(run)
    assert (ended.outcome, ended.reason, ended.step) == ("completed", "budget", 60)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert isinstance(events[0], Started)
    assert isinstance(events[1], Prepared)
    assert isinstance(events[-1], Ended)
    for name in ("train/loss", "train/learning_rate", "train/grad_norm"):
        assert state.metrics[name].step.tolist() == list(range(1, 61))
    per_epoch = -(-events[1].train_examples // 64)
    assert state.metrics["valid/accuracy"].step.tolist() == [per_epoch, 2 * per_epoch, 60]
    assert state.metrics["train/loss"].examples[-1] == ended.examples == events[1].total_examples
    assert np.all(np.diff(state.metrics["train/loss"].time_s) >= 0)


def test_that_the_last_batch_of_an_epoch_is_kept(bench: Any) -> None:
    run = bench.run(training={"budget": {"unit": "epochs", "stop_point": 1}, "batch_size": 100})
    ended = bench.train(run)
    prepared = bench.events(run)[1]
    assert ended.examples == prepared.train_examples
    assert ended.step == -(-prepared.train_examples // 100)


def test_that_checkpoints_are_spread_evenly_and_the_best_is_the_model(bench: Any) -> None:
    run = bench.run(training={"budget": {"unit": "steps", "stop_point": 100}})
    ended = bench.train(run)
    state = bench.state(run)
    examples = [row.examples for row in state.checkpoints if row.reason in ("schedule", "end")]
    assert len(examples) == 4
    assert max(np.diff([0, *examples])) - min(np.diff([0, *examples])) <= 2 * 64
    assert ended.model_step == state.best.step
    assert ended.model_step in [row.step for row in state.checkpoints]
    assert "best valid/loss" in ended.model_rule
    best = next(row for row in state.checkpoints if row.step == ended.model_step)
    assert best.metrics["valid/loss"] == state.best.value == min(state.metrics["valid/loss"].value)


def test_that_the_last_checkpoint_is_the_model_when_the_spec_says_so(bench: Any) -> None:
    ended = bench.train(bench.run(training={"select": "last"}))
    assert ended.model_step == 60
    assert "as the spec selects" in ended.model_rule


def test_that_the_same_spec_trains_to_the_same_state(bench: Any) -> None:
    first, second = bench.run(), bench.run()
    bench.train(first)
    torch.manual_seed(12345)  # whatever happened in the process before
    bench.train(second)
    assert bench.final(first) == bench.final(second)


def test_that_evaluating_and_saving_more_often_changes_no_weight(bench: Any) -> None:
    plain = bench.run(training={"select": "last", "evaluate": {"unit": "off"}}, checkpoints={"num_checkpoints": 1})
    busy = bench.run(
        training={"select": "last", "evaluate": {"unit": "steps", "interval": 7}},
        checkpoints={"num_checkpoints": 9, "every": {"unit": "seconds", "interval": 0.05}},
    )
    bench.train(plain)
    bench.train(busy)
    from core.checkpoints.store import CheckpointStore

    tensors = [CheckpointStore(run.checkpoints_path).load(60).tensors for run in (plain, busy)]
    assert tensors[0].keys() == tensors[1].keys()
    for name, array in tensors[0].items():
        assert np.array_equal(array, tensors[1][name]), name


def test_that_early_stopping_ends_the_run_and_says_why(bench: Any) -> None:
    run = bench.run(
        training={
            "budget": {"unit": "epochs", "stop_point": 500},
            "optimizer": {"learning_rate": 0.05},
            "early_stopping": {"patience": 3, "min_change": 0.01},
        }
    )
    ended = bench.train(run)
    assert (ended.outcome, ended.reason) == ("completed", "early_stop")
    assert "3 evaluations" in ended.message
    assert ended.step < 500


def test_that_a_test_split_is_measured_once_with_the_model(bench: Any) -> None:
    run = bench.run(data={"split": {"valid": 0.2, "test": 0.2}})
    ended = bench.train(run)
    series = bench.state(run).metrics["test/accuracy"]
    assert series.step.tolist() == [ended.model_step]


def test_that_stages_have_their_own_optimizer_and_rate(bench: Any) -> None:
    stages = [
        {
            "name": "warm",
            "budget": {"unit": "steps", "stop_point": 10},
            "optimizer": {"kind": "sgd", "learning_rate": 0.5},
        },
        {"budget": {"unit": "steps", "stop_point": 15}, "schedule": {"kind": "exponential", "final": 0.1}},
    ]
    run = bench.run(training={"stages": stages})
    bench.train(run)
    state = bench.state(run)
    rates = state.metrics["train/learning_rate"].value
    assert state.step == 25
    assert [(stage.step, stage.name) for stage in state.stages] == [(0, "warm"), (10, "stage 2")]
    assert rates[:10].tolist() == [0.5] * 10
    assert rates[10] == pytest.approx(0.001)
    assert rates[-1] == pytest.approx(0.0001, rel=0.2)


@pytest.mark.parametrize(
    "training",
    [
        {"ema": 0.9, "clip_norm": 0.5},
        {"accumulate": 4},
        {"optimizer": {"kind": "muon"}},
        {"optimizer": {"kind": "rmsprop"}, "schedule": {"kind": "plateau", "patience": 1}},
        {"optimizer": {"kind": "sgd", "learning_rate": 0.1}, "schedule": {"kind": "one_cycle"}},
        {"monitor": "train/loss", "evaluate": {"unit": "examples", "interval": 1000}},
        {"on_non_finite": "skip"},
        {"on_non_finite": "roll_back"},
    ],
    ids=lambda training: "-".join(training),
)
def test_that_every_way_of_training_learns(bench: Any, training: dict[str, Any]) -> None:
    run = bench.run(training=training)
    ended = bench.train(run)
    losses = bench.state(run).metrics["train/loss"].value
    assert ended.outcome == "completed"
    assert losses[-10:].mean() < 0.9 * losses[:5].mean()


def test_that_parts_of_a_batch_give_the_gradient_of_the_batch(bench: Any) -> None:
    whole, parts = bench.run(model={"dropout": 0.0}), bench.run(model={"dropout": 0.0}, training={"accumulate": 3})
    bench.train(whole)
    bench.train(parts)
    curves = [bench.state(run).metrics["train/loss"].value for run in (whole, parts)]
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-3)


def test_that_mixed_precision_trains_on_the_cpu(bench: Any) -> None:
    run = bench.run(compute={"precision": "bf16"}, model={"kind": "cnn", "channels": [8, 8]})
    ended = bench.train(run)
    assert ended.outcome == "completed"


def test_that_points_carry_every_step_exactly_once(bench: Any) -> None:
    run = bench.run(training={"budget": {"unit": "steps", "stop_point": 5000}, "batch_size": 2})
    bench.train(run)
    batches = [event for event in bench.events(run) if isinstance(event, Metrics) and "train/loss" in event.values]
    assert len(batches) > 1
    steps = bench.state(run).metrics["train/loss"].step
    assert steps.tolist() == list(range(1, 5001))
    assert not any(first == second for first, second in itertools.pairwise(steps))


def test_that_a_run_whose_end_depends_on_the_clock_says_that_it_is_not_exact(bench: Any) -> None:
    timed = {"evaluate": {"unit": "seconds", "interval": 0.05}, "early_stopping": {"patience": 50}}
    run = bench.run(training=timed)
    bench.train(run)
    assert any(n.level == "warning" and "same bits" in n.message for n in bench.state(run).notices)


def test_that_a_step_that_raises_leaves_every_point_before_it(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = itertools.count(1)
    update = AdamOptimizer.update

    def raise_in_the_end(self: Any, *given: Any) -> None:
        if next(counted) == 37:
            raise RuntimeError("out of luck")
        update(self, *given)

    monkeypatch.setattr(AdamOptimizer, "update", raise_in_the_end)
    run = bench.run()
    ended = bench.train(run)
    assert (ended.outcome, ended.step) == ("failed", 36)
    assert bench.state(run).metrics["train/loss"].step.tolist() == list(range(1, 37))

"""A loss or gradient that is not finite never reaches the weights."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.checkpoints.store import CheckpointStore
from core.engine.assembly import Assembly
from core.engine.flat import FlatParameters
from core.engine.non_finite import DeviceGuard, HostGuard, Judge, require_finite_statistics
from core.engine.optimizers import build_optimizer
from core.engine.precision import Precision
from core.engine.train_state import TrainState
from core.errors import NonFinite
from core.spec.optimizers import AdamW

pytestmark = pytest.mark.torch


def poisoned(bench: Any, tmp_path: Path, **training: Any) -> Any:
    """Return a run whose data holds one enormous example, so that one step of each epoch is not finite."""
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(200, 4)).astype(np.float32)
    target = inputs.sum(axis=1)
    inputs[17] = 3e38
    np.savez(tmp_path / "data.npz", inputs=inputs, target=target)
    return bench.run(
        data={"kind": "numpy", "path": str(tmp_path / "data.npz"), "standardise": False, "split": {"method": "none"}},
        model={"kind": "mlp", "hidden": [64], "normalisation": "batch"},
        training={
            "batch_size": 20,
            "monitor": "train/loss",
            "budget": {"unit": "steps", "stop_point": 40},
            "optimizer": {"learning_rate": 0.01},
            **training,
        },
    )


def bad_steps(bench: Any, run: Any) -> list[int]:
    series = bench.state(run).metrics["train/loss"]
    return [int(step) for step, value in zip(series.step, series.value, strict=True) if not math.isfinite(value)]


def test_that_the_run_stops_before_the_update_and_names_the_step(bench: Any, tmp_path: Path) -> None:
    run = poisoned(bench, tmp_path)
    ended = bench.train(run)
    assert (ended.outcome, ended.reason) == ("failed", "non_finite")
    bad = bad_steps(bench, run)
    assert len(bad) == 1
    assert f"step {bad[0]:,}" in ended.message
    assert "linear1" in ended.message or "head" in ended.message
    assert ended.step == bad[0] - 1
    for step in CheckpointStore(run.checkpoints_path).steps():
        tensors = CheckpointStore(run.checkpoints_path).load(step).tensors
        assert step < bad[0]
        assert all(np.isfinite(array).all() for name, array in tensors.items() if name.startswith("model/"))


def test_that_a_bad_batch_can_be_left_out(bench: Any, tmp_path: Path) -> None:
    run = poisoned(bench, tmp_path, on_non_finite="skip")
    ended = bench.train(run)
    assert ended.outcome == "completed"
    assert len(bad_steps(bench, run)) == 4
    assert sum("left out" in notice.message for notice in bench.state(run).notices) == 4
    tensors = CheckpointStore(run.checkpoints_path).load(40).tensors
    assert all(np.isfinite(array).all() for name, array in tensors.items() if not name.startswith("rng/"))


def test_that_a_run_rolls_back_with_half_the_rate_and_gives_up_in_the_end(bench: Any, tmp_path: Path) -> None:
    run = poisoned(bench, tmp_path, on_non_finite="roll_back")
    ended = bench.train(run)
    assert (ended.outcome, ended.reason) == ("failed", "non_finite")
    assert "10 times" in ended.message
    state = bench.state(run)
    assert len(state.segments) == 11
    rates = state.metrics["train/learning_rate"].value
    assert rates[-1] == pytest.approx(0.01 * 0.5**10)


@pytest.fixture
def device_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs on the CPU be guarded as runs on an accelerator are."""

    def guard(assembly: Assembly) -> DeviceGuard:
        sticky = assembly.spec.training.on_non_finite != "skip"
        return DeviceGuard(assembly.device, sticky=sticky, scaled=assembly.precision.scale is not None)

    monkeypatch.setattr(Assembly, "_guard", guard)


@pytest.mark.usefixtures("device_guard")
def test_that_a_device_run_ends_at_the_step_that_failed_though_it_was_seen_later(bench: Any, tmp_path: Path) -> None:
    run = poisoned(bench, tmp_path)
    ended = bench.train(run)
    assert (ended.outcome, ended.reason) == ("failed", "non_finite")
    series = bench.state(run).metrics["train/loss"]
    assert bad_steps(bench, run) == [series.step[-1]] == [ended.step + 1]
    assert all(step < series.step[-1] for step in CheckpointStore(run.checkpoints_path).steps())


@pytest.mark.usefixtures("device_guard")
def test_that_a_device_run_leaves_bad_batches_out_like_the_cpu(bench: Any, tmp_path: Path) -> None:
    run = poisoned(bench, tmp_path, on_non_finite="skip")
    assert bench.train(run).outcome == "completed"
    assert len(bad_steps(bench, run)) == 4
    tensors = CheckpointStore(run.checkpoints_path).load(40).tensors
    assert all(np.isfinite(array).all() for name, array in tensors.items() if not name.startswith("rng/"))


@pytest.mark.usefixtures("device_guard")
def test_that_a_device_run_rolls_back(bench: Any, tmp_path: Path) -> None:
    run = poisoned(bench, tmp_path, on_non_finite="roll_back")
    ended = bench.train(run)
    assert "10 times" in ended.message
    assert len(bench.state(run).segments) == 11


@pytest.mark.usefixtures("device_guard")
def test_that_a_device_run_is_the_same_run(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = bench.run()
    bench.train(run)
    monkeypatch.undo()
    other = bench.run()
    bench.train(other)
    assert bench.final(run) == bench.final(other)


def test_that_an_overflowed_statistic_is_not_saved() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    parameters = FlatParameters(list(model.named_parameters()))
    optimizer = build_optimizer(AdamW(), parameters)
    precision = Precision("fp32", torch.device("cpu"))
    state = TrainState(model, torch.device("cpu"), parameters, optimizer, None, precision)
    require_finite_statistics(state)
    model[1].running_var.fill_(math.inf)
    with pytest.raises(NonFinite, match="running_var"):
        require_finite_statistics(state)


def test_that_the_guards_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    device = torch.device("cpu")
    gradient = torch.randn(1000)
    loss = torch.tensor(1.5)
    host = HostGuard().inspect(loss, gradient)
    guard = DeviceGuard(device, sticky=True, scaled=False)
    there = guard.inspect(loss, gradient)
    assert host.update
    assert there.skip.item() == 0
    assert float(there.norm) == pytest.approx(host.norm, rel=1e-5)
    for bad_loss, bad_gradient in (
        (torch.tensor(math.nan), gradient),
        (loss, gradient.index_fill(0, torch.tensor(3), math.inf)),
    ):
        guard.reset()
        assert not HostGuard().inspect(bad_loss, bad_gradient).update
        assert guard.inspect(bad_loss, bad_gradient).skip.item() == 1
        assert guard.inspect(loss, gradient).skip.item() == 1  # and all after it


def test_that_a_large_gradient_is_not_taken_for_an_infinite_one() -> None:
    gradient = torch.full((10,), 1e30)
    seen = HostGuard().inspect(torch.tensor(1.0), gradient)
    assert seen.update
    assert seen.norm == pytest.approx(1e30 * math.sqrt(10), rel=1e-6)


def test_that_a_judge_lets_overflows_pass_but_not_for_ever() -> None:
    judge = Judge(skip=False, scaled=True)
    assert judge.judge([1.0] * 60, [math.inf] * 60) == (None, [])
    assert judge.judge([1.0] * 60, [math.inf] * 60)[0] == 40
    assert Judge(skip=False, scaled=True).judge([1.0, math.nan], [1.0, 1.0])[0] == 1
    assert Judge(skip=True, scaled=False).judge([math.nan, 1.0], [1.0, 1.0]) == (None, [0])


def test_that_a_device_loop_leaves_weights_alone_until_the_host_looks() -> None:
    model = nn.Linear(3, 1)
    flat = FlatParameters(list(model.named_parameters()))
    optimizer = build_optimizer(AdamW(), flat)
    guard = DeviceGuard(torch.device("cpu"), sticky=True, scaled=False)
    before = flat.weights.clone()
    flat.gradient.fill_(math.nan)
    for _ in range(3):
        seen = guard.inspect(torch.tensor(1.0), flat.gradient)
        optimizer.update(flat.gradient, 0.1, seen.skip)
        flat.gradient.fill_(1.0)
    assert torch.equal(flat.weights, before)

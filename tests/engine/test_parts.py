"""The smaller components of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.engine.devices import device_of, memory_watched, stored_elsewhere
from core.engine.ema import WeightAverage
from core.engine.flat import FlatParameters
from core.engine.gradients import CompiledGradients, Gradients
from core.engine.precision import LossScale, Precision
from core.engine.recording import CAPACITY, Points, Recorder
from core.engine.seeds import generators, seed_everything, undisturbed
from core.engine.train_state import Counters
from core.errors import BadInput, OutOfMemory
from core.runs.journal import EventWriter

pytestmark = pytest.mark.torch
CPU = torch.device("cpu")


def test_that_storage_that_was_away_comes_back_with_all_its_views() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    flat = FlatParameters(list(model.named_parameters()))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    weight = model[0].weight
    with stored_elsewhere([flat.weights, *model.parameters(), *model.buffers()]):
        assert flat.weights.untyped_storage().nbytes() == 0
    assert model[0].weight is weight
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    flat.weights.fill_(2.0)
    assert (model[0].weight == 2.0).all()


def test_that_undisturbed_generators_go_on_as_if_nothing_had_been_drawn() -> None:
    seed_everything(3)
    with undisturbed(CPU):
        torch.rand(5)
        np.random.rand(5)
    first = {name: array.copy() for name, array in generators(CPU).items()}
    seed_everything(3)
    assert all(np.array_equal(array, first[name]) for name, array in generators(CPU).items())


def test_that_the_average_follows_the_weights_and_lends_itself() -> None:
    flat = FlatParameters(list(nn.Linear(2, 2).named_parameters()))
    average = WeightAverage(flat, 0.5)
    start = flat.weights.clone()
    flat.weights.add_(1.0)
    average.update(100)
    with average.in_place():
        torch.testing.assert_close(flat.weights, start + 0.5)
    torch.testing.assert_close(flat.weights, start + 1.0)


def test_that_out_of_memory_proposes_a_smaller_batch() -> None:
    with pytest.raises(OutOfMemory, match="batch of 64") as caught, memory_watched(64, 1):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
    assert "training.batch_size to 32" in caught.value.remedy
    assert "training.accumulate to 2" in caught.value.remedy


def test_that_memory_the_machine_lacks_is_told_too() -> None:
    with pytest.raises(OutOfMemory), memory_watched(8, 1):
        torch.empty(2**50)


def test_that_a_device_that_is_not_there_is_a_clear_mistake() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(BadInput, match="no CUDA device"):
        device_of("cuda:1")
    assert device_of("auto").type in ("cpu", "mps")


def test_that_a_scaled_gradient_is_the_unscaled_one() -> None:
    model = nn.Linear(4, 3)
    flat = FlatParameters(list(model.named_parameters()))
    inputs, targets = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    plain = Gradients(model, nn.CrossEntropyLoss(), flat, Precision("fp32", CPU))
    plain(inputs, targets)
    wanted = flat.gradient.clone()
    precision = Precision("fp32", CPU)
    precision.scale = LossScale(CPU)
    Gradients(model, nn.CrossEntropyLoss(), flat, precision)(inputs, targets)
    torch.testing.assert_close(flat.gradient, wanted)


def test_that_a_scale_halves_after_an_overflow_and_survives_a_checkpoint() -> None:
    scale = LossScale(CPU)
    scale.update(torch.tensor(1.0))
    assert scale.scale.item() == 32768
    other = LossScale(CPU)
    scale.update(torch.tensor(0.0))
    other.restore(scale.state())
    assert other.state() == scale.state() == {"scale": 32768.0, "since": 1}


def test_that_statistics_of_a_bad_batch_can_be_taken_back() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    flat = FlatParameters(list(model.named_parameters()))
    gradients = Gradients(model, nn.MSELoss(), flat, Precision("fp32", CPU), undoable=True)
    before = {name: value.clone() for name, value in model.named_buffers()}
    inputs = torch.full((4, 2), float("nan"))
    gradients(inputs, torch.zeros(4, 2))
    gradients.undo(torch.tensor(1.0))
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers())
    gradients(inputs, torch.zeros(4, 2))
    gradients.undo()
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # of torch's own, when it compiles
def test_that_a_compiled_step_gives_the_same_gradient() -> None:
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Linear(8, 3))
    flat = FlatParameters(list(model.named_parameters()))
    inputs, targets = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    statistics = model[1].running_mean
    eager = Gradients(model, nn.CrossEntropyLoss(), flat, Precision("fp32", CPU))
    loss = eager(inputs, targets)
    wanted, mean = flat.gradient.clone(), statistics.clone()
    statistics.zero_()
    compiled = CompiledGradients(model, nn.CrossEntropyLoss(), flat, Precision("fp32", CPU), batch_size=6)
    torch.testing.assert_close(compiled(inputs, targets), loss)
    torch.testing.assert_close(compiled.gradient, wanted)
    torch.testing.assert_close(statistics, mean)
    compiled(inputs[:4], targets[:4])  # a smaller last batch is not compiled
    assert compiled.gradient is flat.gradient
    torch.compiler.reset()


def test_that_points_are_fetched_from_wherever_they_are() -> None:
    points = Points()
    for step in range(1, 4):
        points.add(step, step * 2, step / 10, torch.tensor(step / 4), 0.1, float(step))
    losses, norms = points.fetch()
    assert losses == [0.25, 0.5, 0.75]
    assert norms == [1.0, 2.0, 3.0]
    assert points.step(2) == 3
    points.cut(1)
    assert len(points) == 1


def test_that_full_columns_say_so_before_they_overflow() -> None:
    points = Points()
    fulls = [points.add(step, step, 0.0, 0.0, 0.0, 0.0) for step in range(CAPACITY)]
    assert fulls.index(True) in (CAPACITY - 2, CAPACITY - 1)


def test_that_a_sum_of_losses_does_not_depend_on_when_points_are_written(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=1000).tolist()
    sums = []
    for every in (1, 7, 1000):
        counters = Counters()
        with EventWriter(tmp_path / f"events-{every}.jsonl") as events:
            recorder = Recorder(events)
            for step, value in enumerate(values, start=1):
                recorder.points.add(step, step, 0.0, value, 0.1, 1.0)
                if step % every == 0:
                    recorder.flush(counters)
            recorder.flush(counters)
        sums.append((counters.loss_sum, counters.loss_count))
    assert sums[0] == sums[1] == sums[2]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_that_a_gpu_trains_resumes_and_pauses(bench: Any, precision: str) -> None:
    run = bench.run(compute={"device": "cuda", "precision": precision})
    assert bench.train(run).outcome == "completed"
    again = bench.run(compute={"device": "cuda", "precision": precision})
    bench.train(again)
    assert bench.state(again).metrics["train/loss"].value[-1] == pytest.approx(
        bench.state(run).metrics["train/loss"].value[-1], rel=0.05
    )

"""Batches are the same whichever way they come to the device."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from core.data.held import HeldExamples
from core.data.prepared import DataShape, PreparedData
from core.data.sampler import Sampler
from core.engine.batches import ArrivingBatches, ResidentBatches, batches_of, split_batches

pytestmark = pytest.mark.torch
CPU = torch.device("cpu")


def images(**more: Any) -> PreparedData:
    generator = np.random.default_rng(0)
    held = HeldExamples(generator.normal(size=(50, 2, 3, 4)).astype(np.float32), np.arange(50))
    return PreparedData(
        shape=DataShape("image", (2, 3, 4), 50, "classification"),
        examples=held,
        train=np.arange(5, 45),
        valid=np.arange(5),
        test=np.arange(45, 50),
        classes=(),
        input_names=(),
        target_scale=(0.0, 1.0),
        in_memory=True,
        fingerprint="",
        **more,
    )


@pytest.mark.parametrize("channels_last", [False, True])
def test_that_resident_and_arriving_batches_are_equal(channels_last: bool) -> None:
    data = images()
    held = data.examples
    assert isinstance(held, HeldExamples)
    sampler = Sampler(3, 40, 12)
    resident = ResidentBatches(held, data.train, sampler, CPU, channels_last=channels_last)
    arriving = ArrivingBatches(data, sampler, None, CPU, channels_last=channels_last)
    pairs = zip(resident.stream(0, 12), arriving.stream(0, 12), strict=False)
    sizes = []
    for (inputs, targets), (others, other_targets) in itertools.islice(pairs, 9):
        assert torch.equal(inputs, others)
        assert torch.equal(targets, other_targets)
        assert torch.equal(inputs, torch.from_numpy(held.all_inputs[targets.numpy()]))
        if channels_last:
            assert inputs.is_contiguous(memory_format=torch.channels_last)
        sizes.append(len(targets))
    arriving.close()
    assert sizes == [12, 12, 4, 12, 12, 12, 4, 12, 12]


def test_that_an_epoch_deals_every_example_once_also_in_small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.batches._WINDOW_BYTES", 1)
    batches = batches_of(images(), Sampler(0, 40, 7), 0, CPU, channels_last=False)
    seen = [int(target) for _, targets in itertools.islice(batches.stream(0, 0), 6) for target in targets]
    assert sorted(seen) == list(range(5, 45))
    assert seen != sorted(seen)


def test_that_augmented_batches_do_not_depend_on_where_they_begin() -> None:
    data = images(augment={"shift": 1, "noise": 0.5})
    whole = batches_of(data, Sampler(3, 40, 10), 9, CPU, channels_last=False)
    assert isinstance(whole, ArrivingBatches)
    first = [inputs for inputs, _ in itertools.islice(whole.stream(0, 0), 6)]
    again = [inputs for inputs, _ in itertools.islice(whole.stream(0, 20), 4)]
    whole.close()
    assert all(torch.equal(one, other) for one, other in zip(first[2:], again, strict=True))


def test_that_evaluation_reads_a_split_in_order() -> None:
    data = images()
    targets = [int(t) for _, part in split_batches(data, data.test, 2, CPU, channels_last=True) for t in part]
    assert targets == [45, 46, 47, 48, 49]

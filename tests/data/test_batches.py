"""Batches: gathered or streamed, the same examples in the same order, and every thread ends."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.augment import Augmentation
from core.data.batches import Batch, EpochGather, StreamingBatches, one_pass, open_batches
from core.data.held import HeldExamples
from core.data.prepare import prepare
from core.data.prepared import DataShape, PreparedData
from core.data.sampler import Sampler
from core.errors import DataError
from core.spec.data import AugmentSpec, DataSpec


def numbered(n: int, train: int | None = None) -> PreparedData:
    """Return data in memory whose inputs and targets are the examples' numbers."""
    numbers = np.arange(n)
    examples = HeldExamples(numbers.astype(np.float32)[:, None] * np.ones((1, 3), np.float32), numbers)
    nothing = np.empty(0, np.int64)
    chosen = numbers[:train]
    return PreparedData(
        DataShape("table", (3,), n, "classification"),
        examples,
        chosen,
        numbers[train or n :],
        nothing,
        (),
        (),
        (0, 1),
        True,
        "",
    )


def copied(batches: list[Batch] | object) -> list[Batch]:
    return [Batch(b.inputs.copy(), b.targets.copy(), b.indices.copy()) for b in batches]  # type: ignore[attr-defined]


@given(
    n=st.integers(1, 60),
    size=st.integers(1, 20),
    world=st.integers(1, 4),
    rank=st.integers(0, 3),
    window=st.integers(1, 2000),
    drop=st.booleans(),
)
def test_that_gathered_batches_are_the_samplers(
    n: int, size: int, world: int, rank: int, window: int, drop: bool
) -> None:
    data = numbered(n)
    sampler = Sampler(1, n, size, drop_last=drop, rank=min(rank, world - 1), world=world)
    gather = EpochGather(data, sampler, window_bytes=window)
    batches = copied(gather.epoch(2))
    assert len(batches) == len(sampler.starts())
    for start, batch in zip(sampler.starts(), batches, strict=True):
        assert np.array_equal(batch.indices, sampler.batch(2, start))
        assert np.array_equal(batch.inputs[:, 0], batch.indices)
        assert np.array_equal(batch.targets, batch.indices)
    whole = gather.gather(2)
    assert np.array_equal(whole.indices, np.concatenate([batch.indices for batch in batches]))
    assert np.array_equal(whole.inputs[:, 1], whole.indices)


@given(n=st.integers(2, 60), size=st.integers(1, 20), skipped=st.integers(0, 5))
def test_that_an_epoch_goes_on_from_any_position(n: int, size: int, skipped: int) -> None:
    sampler = Sampler(1, n, size)
    gather = EpochGather(numbered(n), sampler)
    whole = copied(gather.epoch(0))
    rest = copied(gather.epoch(0, skipped * size))
    assert [b.indices.tolist() for b in rest] == [b.indices.tolist() for b in whole[skipped:]]


def test_that_streamed_batches_equal_gathered_ones_over_epochs_and_restarts() -> None:
    data = numbered(50, train=33)
    sampler = Sampler(7, 33, 8)
    gather, stream = EpochGather(data, sampler), StreamingBatches(data, sampler, depth=2)
    for epoch, position in ((0, 0), (1, 0), (1, 16), (5, 8), (6, 0)):
        for one, other in zip(gather.epoch(epoch, position), stream.epoch(epoch, position), strict=True):
            assert np.array_equal(one.inputs, other.inputs)
            assert np.array_equal(one.indices, other.indices)
    stream.close()


def test_that_leaving_in_the_middle_ends_the_thread() -> None:
    before = threading.active_count()
    stream = StreamingBatches(numbered(100), Sampler(0, 100, 4), depth=3)
    next(iter(stream.epoch(0)))
    assert threading.active_count() == before + 1
    stream.close()
    stream.close()
    assert threading.active_count() == before
    assert stream.waited_s >= 0


def test_that_what_goes_wrong_while_reading_is_raised_to_the_trainer() -> None:
    class Broken(HeldExamples):
        def inputs(self, indices: np.ndarray) -> np.ndarray:
            if 9 in indices:
                raise DataError("the disk is gone.", where="disk")
            return super().inputs(indices)

    whole = numbered(20)
    assert isinstance(whole.examples, HeldExamples)
    broken = Broken(whole.examples.all_inputs, whole.examples.all_targets)
    data = PreparedData(**{**vars(whole), "examples": broken})
    stream = StreamingBatches(data, Sampler(0, 20, 4))
    with pytest.raises(DataError, match="the disk is gone"):
        list(stream.epoch(0))
    stream.close()
    with pytest.raises(DataError, match="the disk is gone"):
        list(one_pass(data, np.arange(20), 4))


def test_that_augmented_batches_are_the_same_gathered_and_streamed(tmp_path: Path) -> None:
    wanted = AugmentSpec(flip=True, shift=1, noise=0.1, brightness=0.2)
    data = prepare(DataSpec(augment=wanted), tmp_path)
    sampler = Sampler(3, len(data.train), 64)
    change = Augmentation.of(data, seed=3)
    gather, stream = EpochGather(data, sampler, change), StreamingBatches(data, sampler, change)
    plain = copied(EpochGather(data, sampler).epoch(1))
    for one, other, as_it_was in zip(gather.epoch(1), stream.epoch(1), plain, strict=True):
        assert np.array_equal(one.inputs, other.inputs)
        assert not np.array_equal(one.inputs, as_it_was.inputs)
    stream.close()
    assert Augmentation.of(prepare(DataSpec(), tmp_path), seed=3) is None


def test_that_evaluation_passes_over_examples_in_their_order() -> None:
    data = numbered(23, train=10)
    batches = list(one_pass(data, data.valid, 5))
    assert np.concatenate([batch.indices for batch in batches]).tolist() == list(range(10, 23))
    assert [len(batch.indices) for batch in batches] == [5, 5, 3]


def test_that_the_way_follows_from_where_the_data_is() -> None:
    data = numbered(10)
    assert isinstance(open_batches(data, Sampler(0, 10, 2)), EpochGather)
    with pytest.raises(TypeError):
        EpochGather(PreparedData(**{**vars(data), "examples": object()}), Sampler(0, 10, 2))

"""The order of examples: a permutation, the same for every number of ranks, restorable at any position."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.sampler import Sampler
from core.errors import CheckpointError

sizes = st.integers(1, 200)
batches = st.integers(1, 64)
seeds = st.integers(0, 2**53)


@given(seed=seeds, epoch=st.integers(0, 1000), n=sizes)
def test_that_an_epoch_deals_every_example_once(seed: int, epoch: int, n: int) -> None:
    order = Sampler(seed, n, 4).permutation(epoch)
    assert np.array_equal(np.sort(order), np.arange(n))


@given(seed=seeds, epoch=st.integers(0, 1000), n=sizes)
def test_that_the_order_follows_from_seed_and_epoch_alone(seed: int, epoch: int, n: int) -> None:
    used = Sampler(seed, n, 7)
    for other in range(3):
        used.permutation(other)
    assert np.array_equal(used.permutation(epoch), Sampler(seed, n, 3).permutation(epoch))


def test_that_epochs_and_seeds_differ() -> None:
    orders = [Sampler(seed, 100, 10).permutation(epoch).tolist() for seed in (0, 1) for epoch in (0, 1)]
    assert len({tuple(order) for order in orders}) == 4


@given(n=sizes, batch=batches, world=st.integers(1, 9), epoch=st.integers(0, 5))
def test_that_the_ranks_shares_laid_end_to_end_are_the_global_batch(n: int, batch: int, world: int, epoch: int) -> None:
    alone = Sampler(3, n, batch)
    ranks = [Sampler(3, n, batch, rank=rank, world=world) for rank in range(world)]
    for start in alone.starts():
        joined = np.concatenate([rank.batch(epoch, start) for rank in ranks])
        assert np.array_equal(joined, alone.batch(epoch, start))


@given(n=sizes, batch=batches, steps=st.integers(0, 40))
def test_that_a_restored_sampler_goes_on_where_the_other_stood(n: int, batch: int, steps: int) -> None:
    first = Sampler(11, n, batch)
    for _ in range(steps):
        first.advance()
    second = Sampler(11, n, batch)
    second.restore(first.state())
    for _ in range(3):
        assert (first.epoch, first.position) == (second.epoch, second.position)
        assert np.array_equal(first.batch(first.epoch, first.position), second.batch(second.epoch, second.position))
        first.advance()
        second.advance()


@given(n=sizes, batch=batches)
def test_that_dropping_the_last_batch_leaves_full_batches_or_the_only_one(n: int, batch: int) -> None:
    sampler = Sampler(0, n, batch, drop_last=True)
    lengths = [len(sampler.batch(0, start)) for start in sampler.starts()]
    assert lengths == [batch] * (n // batch) or lengths == [n]


def test_that_a_position_of_other_data_is_refused() -> None:
    with pytest.raises(CheckpointError, match="order of 10 examples"):
        Sampler(0, 11, 2).restore(Sampler(0, 10, 2).state())

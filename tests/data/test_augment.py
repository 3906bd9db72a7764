"""Augmentation: each image's change depends on (seed, epoch, example) alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.data import counter_random
from core.data.augment import Augmentation

BLACK = np.array([-1.0, -2.0, -0.5], np.float32).reshape(-1, 1, 1)
EVERYTHING = Augmentation(seed=5, black=BLACK, flip=True, shift=2, noise=0.1, brightness=0.3)


def images(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(size=(count, 3, 6, 5)).astype(np.float32)


@given(order=st.permutations(range(12)), cut=st.integers(0, 12), epoch=st.integers(0, 9))
def test_that_batches_and_order_make_no_difference(order: list[int], cut: int, epoch: int) -> None:
    numbers = np.array(order)
    whole = EVERYTHING.apply(images(12), epoch, np.arange(12))
    parts = [EVERYTHING.apply(images(12)[part], epoch, part) for part in (numbers[:cut], numbers[cut:]) if len(part)]
    assert np.array_equal(np.concatenate(parts), whole[numbers])


def test_that_epochs_differ() -> None:
    numbers = np.arange(12)
    assert not np.array_equal(EVERYTHING.apply(images(12), 0, numbers), EVERYTHING.apply(images(12), 1, numbers))


def test_that_flip_mirrors_about_half_and_leaves_the_rest() -> None:
    numbers = np.arange(2000)
    original = np.random.default_rng(2).normal(size=(2000, 1, 2, 3)).astype(np.float32)
    changed = Augmentation(seed=0, black=BLACK[:1], flip=True).apply(original.copy(), 0, numbers)
    same = (changed == original).all(axis=(1, 2, 3))
    mirrored = (changed == original[..., ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 850 < mirrored.sum() < 1150


def test_that_shift_moves_by_every_distance_and_fills_with_black() -> None:
    numbers = np.arange(500)
    one = np.zeros((500, 1, 5, 5), np.float32)
    one[:, :, 2, 2] = 1
    changed = Augmentation(seed=0, black=np.full((1, 1, 1), -7.0, np.float32), shift=1).apply(one, 3, numbers)
    _, _, rows, columns = np.nonzero(changed == 1)
    assert {(int(row), int(column)) for row, column in zip(rows, columns, strict=True)} == {
        (row, column) for row in (1, 2, 3) for column in (1, 2, 3)
    }
    assert set(np.unique(changed)) == {-7.0, 0.0, 1.0}


def test_that_brightness_leaves_black_alone() -> None:
    black = np.broadcast_to(BLACK, (4, 3, 2, 2)).astype(np.float32)
    changed = Augmentation(seed=0, black=BLACK, brightness=0.5).apply(black.copy(), 0, np.arange(4))
    assert np.allclose(changed, black)


def test_that_noise_is_normal_with_the_deviation_asked_for() -> None:
    drawn = counter_random.normal(3, 7, np.arange(500), (3, 20, 20))
    assert abs(float(drawn.mean())) < 0.01
    assert float(drawn.std()) == pytest.approx(1, abs=0.01)
    assert float((drawn**4).mean()) == pytest.approx(3, abs=0.1)
    rows = drawn.reshape(500, -1)
    assert abs(float(np.corrcoef(rows[:-1].ravel(), rows[1:].ravel())[0, 1])) < 0.01


def test_that_uniform_numbers_fill_the_unit_interval_and_streams_differ() -> None:
    numbers = np.arange(100_000)
    one, other = (counter_random.uniform(0, 0, numbers, stream) for stream in (1, 2))
    counts = np.histogram(one, 20, (0, 1))[0]
    assert counts.min() > 4700
    assert counts.max() < 5300
    assert abs(float(np.corrcoef(one, other)[0, 1])) < 0.02

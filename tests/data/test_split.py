"""Splits: disjoint, complete, the same for the same seed, with class shares kept."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from core.data.split import codes_of, split_by_codes, split_by_fraction, split_nothing
from core.spec.data import SplitSpec

shares = st.floats(0, 0.45)
class_sizes = st.lists(st.integers(1, 40), min_size=1, max_size=8)


def labels_of(sizes: list[int]) -> np.ndarray:
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))


def wanted(n: int, valid: float, test: float) -> int:
    return sum(max(round(n * share), 1 if share > 0 and n > 1 else 0) for share in (valid, test))


@given(sizes=class_sizes, valid=shares, test=shares, seed=st.integers(0, 2**40), stratify=st.booleans())
def test_that_every_example_is_in_exactly_one_part(
    sizes: list[int], valid: float, test: float, seed: int, stratify: bool
) -> None:
    labels = labels_of(sizes)
    assume(wanted(len(labels), valid, test) < len(labels))
    spec = SplitSpec(valid=valid, test=test, seed=seed)
    split = split_by_fraction(len(labels), spec, labels if stratify else None)
    assert np.array_equal(np.sort(np.concatenate(split)), np.arange(len(labels)))
    again = split_by_fraction(len(labels), spec, labels if stratify else None)
    assert all(np.array_equal(one, other) for one, other in zip(split, again, strict=True))


@given(n=st.integers(2, 500), valid=shares, test=shares)
def test_that_the_shares_are_met_to_the_example(n: int, valid: float, test: float) -> None:
    assume(wanted(n, valid, test) < n)
    split = split_by_fraction(n, SplitSpec(valid=valid, test=test))
    assert abs(len(split.valid) - n * valid) <= 1
    assert abs(len(split.test) - n * test) <= 1


@given(sizes=class_sizes, valid=shares, seed=st.integers(0, 1000))
def test_that_stratified_shares_are_met_class_by_class(sizes: list[int], valid: float, seed: int) -> None:
    labels = labels_of(sizes)
    n = len(labels)
    assume(wanted(n, valid, 0) < n)
    split = split_by_fraction(n, SplitSpec(valid=valid, seed=seed), labels)
    held_out = np.bincount(labels[split.valid], minlength=len(sizes))
    share = max(round(n * valid), 1 if valid > 0 and n > 1 else 0) / n
    for size, count in zip(sizes, held_out, strict=True):
        assert count < size  # every class keeps an example in training
        # Places that a class of one example cannot take go to the others.
        assert abs(count - size * share) <= 1 + sum(1 for other in sizes if other * (1 - share) < 1)


def test_that_seeds_hold_out_different_examples() -> None:
    parts = {tuple(split_by_fraction(100, SplitSpec(seed=seed)).valid.tolist()) for seed in range(5)}
    assert len(parts) == 5


def test_that_a_column_decides() -> None:
    codes = codes_of(["train", "Valid", " validation ", "test", "VAL", "training"], "s")
    assert codes.tolist() == [0, 1, 1, 2, 1, 0]
    split = split_by_codes(codes)
    assert [part.tolist() for part in split] == [[0, 5], [1, 2, 4], [3]]


def test_that_no_split_trains_on_everything() -> None:
    split = split_nothing(5)
    assert split.train.tolist() == [0, 1, 2, 3, 4]
    assert len(split.valid) == len(split.test) == 0

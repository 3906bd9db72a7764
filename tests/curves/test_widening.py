"""Bins that widen with age."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.curves.widening import Widening


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 3000), st.lists(st.integers(0, 3000), max_size=6))
def test_that_widening_bins_do_not_depend_on_the_parts(count: int, cuts: list[int]) -> None:
    random = np.random.default_rng(count)
    step, value = np.arange(float(count)), random.normal(size=count)
    value[random.random(count) < 0.1] = np.nan
    whole, parts = Widening(), Widening()
    whole.extend(step, value)
    for start, stop in pairwise([0, *sorted(min(cut, count) for cut in cuts), count]):
        parts.extend(step[start:stop], value[start:stop])
    one, other = whole.bins(), parts.bins()
    assert one.size.sum() == np.isfinite(value).sum()
    np.testing.assert_array_equal(one.size, other.size)
    np.testing.assert_allclose(one.value, other.value, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(one.step, other.step, rtol=1e-9)


def test_that_the_first_points_stand_alone_and_a_million_make_few_bins() -> None:
    bins = Widening()
    bins.extend(np.arange(1e6), np.arange(1e6))
    assert (bins.bins().size[:50] == 1).all()
    assert len(bins.bins().step) < 600
    np.testing.assert_array_equal(bins.bins().step, bins.bins().value)

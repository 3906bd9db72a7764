"""A pyramid loses no extreme, hides nothing that is not finite, and does not depend on how the points came."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.curves.pyramid import BLOCKS_PER_PIXEL, Pyramid

columns = npst.arrays(
    np.float64, st.integers(1, 3000), elements=st.floats(-1e6, 1e6, width=32) | st.sampled_from([np.nan, np.inf])
)


def _in_parts(values: np.ndarray, parts: int) -> Pyramid:
    pyramid = Pyramid()
    for stop in np.linspace(0, len(values), parts + 1).astype(int):
        pyramid.follow(values[:stop])
    return pyramid


@settings(deadline=None, max_examples=60)
@given(columns, st.integers(1, 9), st.integers(1, 40), st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_that_a_query_holds_every_extreme_in_view(values, parts, pixels, a, b, log_x) -> None:
    pyramid = _in_parts(values, parts)
    x = np.arange(1.0, len(values) + 1)
    x_from, x_to = sorted((1 + a * len(values), 1 + b * len(values)))
    at, got = pyramid.query(x, values, x_from, x_to, pixels, log_x=log_x)
    assert (np.diff(at) >= 0).all()
    assert not np.isinf(got).any()
    seen = values[(x >= x_from) & (x <= x_to)]
    seen = seen[np.isfinite(seen)]
    if len(seen):
        assert np.nanmin(got) <= seen.min()
        assert np.nanmax(got) >= seen.max()


@settings(deadline=None, max_examples=30)
@given(columns, st.integers(2, 30), st.integers(1, 30))
def test_that_it_does_not_matter_in_which_parts_points_came(values, parts, pixels) -> None:
    x = np.arange(float(len(values)))
    whole, grown = _in_parts(values, 1), _in_parts(values, parts)
    for one, other in zip(
        whole.query(x, values, 0, len(values), pixels), grown.query(x, values, 0, len(values), pixels), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(whole.non_finite, grown.non_finite)
    np.testing.assert_array_equal(whole.non_finite, np.flatnonzero(~np.isfinite(values)))


def test_that_a_single_spike_among_a_million_points_is_drawn() -> None:
    values = np.zeros(1_000_000)
    values[654_321] = 7.0
    pyramid = _in_parts(values, 3)
    x = np.arange(1e6)
    at, got = pyramid.query(x, values, 0, 1e6, 800)
    assert got.max() == 7.0
    assert abs(at[np.argmax(got)] - 654_321) < 1e6 / 800
    assert len(got) <= 4 * 2 * BLOCKS_PER_PIXEL * 800


def test_that_only_the_asked_stretch_of_a_column_is_drawn() -> None:
    values = np.concatenate((np.zeros(5000), np.full(5000, 9.0), np.zeros(5000)))
    x = np.concatenate((np.arange(5000.0), np.arange(4000.0, 9000.0), np.arange(5000.0, 10000.0)))
    pyramid = _in_parts(values, 4)
    for start, stop, level in ((0, 5000, 0.0), (5000, 10000, 9.0), (10000, 15000, 0.0)):
        _, got = pyramid.query(x, values, 0, 10000, 50, start=start, stop=stop)
        assert set(got) == {level}


def test_that_a_long_stretch_of_nan_is_a_gap() -> None:
    values = np.zeros(100_000)
    values[40_000:60_000] = np.nan
    pyramid = _in_parts(values, 2)
    at, got = pyramid.query(np.arange(1e5), values, 0, 1e5, 100)
    assert np.isnan(got[(at > 42_000) & (at < 58_000)]).all()
    assert np.isfinite(got[(at < 38_000) | (at > 62_000)]).all()


def test_that_dense_and_sparse_stretches_are_both_drawn_in_detail() -> None:
    """A logging interval may change a thousandfold inside one run."""
    x = np.concatenate((np.linspace(0, 1, 100_000), np.linspace(1, 1000, 500)))
    values = np.sin(x)
    pyramid = _in_parts(values, 1)
    at, _ = pyramid.query(x, values, 0, 1000, 1000)
    assert (at > 1).sum() >= 450
    at, _ = pyramid.query(x, values, 1e-5, 1000, 1000, log_x=True)
    assert ((at > 0.001) & (at < 0.1)).sum() >= 300


def test_that_an_empty_pyramid_answers() -> None:
    nothing = np.empty(0)
    at, got = Pyramid().query(nothing, nothing, 0, 1, 100)
    assert len(at) == len(got) == 0

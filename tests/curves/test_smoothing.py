"""Smoothing is what its formula says, in one part or many, with gaps where the raw line has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from core.curves.smoothing import ExponentialMean, decay_of, exponential_mean, window_mean

columns = npst.arrays(
    np.float64, st.integers(0, 400), elements=st.floats(-1e3, 1e3, width=32) | st.sampled_from([np.nan, -np.inf])
)


def _by_hand(values: np.ndarray, decay: float) -> np.ndarray:
    total, weight, smoothed = 0.0, 0.0, []
    for value in values:
        total, weight = total * decay, weight * decay
        if np.isfinite(value):
            total, weight = total + value, weight + 1
        smoothed.append(total / weight if np.isfinite(value) else np.nan)
    return np.array(smoothed)


@settings(deadline=None, max_examples=60)
@given(columns, st.sampled_from([0.0, 0.3, 0.9, 0.999]), st.integers(1, 5))
def test_that_the_exponential_mean_is_the_weighted_mean_of_the_past(values, decay, parts) -> None:
    mean = ExponentialMean(decay)
    got = np.concatenate([mean.extend(part) for part in np.array_split(values, parts)])
    np.testing.assert_allclose(got, _by_hand(values, decay), rtol=1e-7, atol=1e-7)


@settings(deadline=None, max_examples=60)
@given(columns, st.sampled_from([1, 3, 9, 51]))
def test_that_the_window_mean_is_the_mean_of_the_window(values, points) -> None:
    got = window_mean(values, points)
    for index, value in enumerate(values):
        around = values[max(0, index - points // 2) : index + points // 2 + 1]
        around = around[np.isfinite(around)]
        expected = around.mean() if np.isfinite(value) else np.nan
        np.testing.assert_allclose(got[index], expected, rtol=1e-7, atol=1e-6)


def test_that_a_constant_stays_a_constant_from_the_first_point() -> None:
    np.testing.assert_allclose(exponential_mean(np.full(1000, 3.0), 100), 3.0)


def test_that_one_point_does_not_smooth() -> None:
    values = np.array([1.0, 5.0, 2.0])
    assert decay_of(1) == 0
    np.testing.assert_array_equal(exponential_mean(values, 1), values)


@pytest.mark.parametrize("points", [0, 2, -1])
def test_that_a_window_without_a_middle_is_refused(points: int) -> None:
    with pytest.raises(ValueError, match="odd"):
        window_mean(np.zeros(3), points)


def test_that_a_decay_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="below 1"):
        ExponentialMean(1.0)

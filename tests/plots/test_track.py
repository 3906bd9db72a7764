"""What is drawn of one metric: smoothed as it grows, smoothed again when points die."""

from __future__ import annotations

import numpy as np
import pytest

from app.plots.track import Smoothed, Track, Window
from app.plots.x_axis import STEP, interpolate
from core.curves.smoothing import ExponentialMean, decay_of
from core.runs.series import Series
from core.runs.state import RunState


def _series(values: np.ndarray, first: int = 1) -> Series:
    series = Series()
    _extend(series, values, first)
    return series


def _extend(series: Series, values: np.ndarray, first: int) -> None:
    step = first + np.arange(float(len(values)))
    series.extend(step, 16 * step, 0.5 * step, values)


def test_that_a_growing_line_is_smoothed_as_a_whole_one() -> None:
    values = np.random.default_rng(0).random(900) + 0.5
    series, grown = _series(values[:100]), Smoothed(20, of_logarithms=False)
    for stop in range(200, 1000, 100):
        grown.follow(series)
        _extend(series, values[stop - 100 : stop], stop - 99)
    grown.follow(series)
    whole = ExponentialMean(decay_of(20)).extend(series.value)
    np.testing.assert_allclose(grown.values.values, whole, rtol=1e-9)


def test_that_on_a_logarithmic_axis_the_mean_is_of_logarithms() -> None:
    values = 10.0 ** np.linspace(0, -6, 500)
    plain, logarithmic = Smoothed(50, of_logarithms=False), Smoothed(50, of_logarithms=True)
    for smoothed in (plain, logarithmic):
        smoothed.follow(_series(values))
    lag = np.log10(logarithmic.values.values[-1] / values[-1])
    assert lag == pytest.approx(6 / 500 * 24.5, rel=0.05)  # half the window, no more
    assert plain.values.values[-1] > logarithmic.values.values[-1]


def test_that_smoothing_begins_again_where_a_resume_went_back() -> None:
    random = np.random.default_rng(1)
    first, second = random.random(500), random.random(300)
    series, smoothed = _series(first), Smoothed(20, of_logarithms=False)
    smoothed.follow(series)
    series.cut_after(300)
    _extend(series, second, 301)
    smoothed.follow(series)
    live = np.concatenate((first[:300], second))
    np.testing.assert_allclose(
        smoothed.values.values[series.live], ExponentialMean(decay_of(20)).extend(live), rtol=1e-9
    )
    assert np.isnan(smoothed.values.values[~series.live]).all()


def test_that_a_resumed_line_is_one_line() -> None:
    series = _series(np.ones(500))
    series.cut_after(300)
    _extend(series, np.full(300, 2.0), 301)
    track = Track(series, RunState())
    track.follow(0)
    x, y = track.raw(Window(STEP, 0, 1000, 2000))
    np.testing.assert_array_equal(x, np.arange(1, 601))
    np.testing.assert_array_equal(np.flatnonzero(y == 2.0), np.arange(300, 600))
    dead_x, _ = track.dead(Window(STEP, 0, 1000, 2000))
    assert (dead_x.min(), dead_x.max()) == (300, 500)


def test_that_every_dead_tail_begins_where_it_left_the_curve() -> None:
    series = _series(np.ones(500))
    for value in (2.0, 3.0):  # twice from the same checkpoint
        series.cut_after(300)
        _extend(series, np.full(100, value), 301)
    track = Track(series, RunState())
    track.follow(0)
    x, y = track.dead(Window(STEP, 0, 1000, 2000))
    begins = np.flatnonzero(np.append(True, np.isnan(y[:-1])))
    assert x[begins].tolist() == [300.0, 300.0]
    assert y[begins].tolist() == [1.0, 1.0]
    assert track.extent(STEP) == (1, 500)


def test_that_places_between_points_are_interpolated() -> None:
    series = _series(np.ones(3), first=10)
    at = interpolate(series, series.examples, np.array([11.0, 11.5, 5.0, 99.0]))
    assert at.tolist() == pytest.approx([16 * 11, 16 * 11.5, 16 * 5, 16 * 12])


def test_that_places_are_found_across_a_resume() -> None:
    series = _series(np.ones(500))
    series.cut_after(300)
    _extend(series, np.full(300, 2.0), 301)
    steps = np.array([1.0, 300.0, 300.5, 301.0, 600.0])
    assert interpolate(series, series.step, steps).tolist() == steps.tolist()
    assert interpolate(Series(), np.empty(0), steps).tolist() == [0.0] * 5

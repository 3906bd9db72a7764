"""Straight strokes and bars give the picture that an outline gives, in a time that does not grow with the points."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.plots.line_look import Look
from app.plots.strokes import strokes
from app.theme import theme


def _noise(count: int, width: float = 500.0) -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, width, count), 200 + 80 * np.random.default_rng(0).standard_normal(count)


def _lengths(lines: np.ndarray) -> np.ndarray:
    return np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])


def test_that_a_sparse_line_joins_every_point() -> None:
    x, y = _noise(50)
    made = strokes(x, y, 2.0, (), 1.0)
    np.testing.assert_array_equal(made.lines[:, :2], np.column_stack((x, y))[:-1])
    np.testing.assert_array_equal(made.lines[:, 2:], np.column_stack((x, y))[1:])
    assert not len(made.bars)


@pytest.mark.parametrize("pattern", [(), (8.0, 4.0)])
def test_that_a_gap_stays_a_gap(pattern: tuple[float, ...]) -> None:
    x, y = np.arange(0.0, 400, 40), np.full(10, 100.0)
    y[4] = np.nan
    lines = strokes(x, y, 2.0, pattern, 1.0).lines
    assert len(lines)
    assert not ((lines[:, 2] > 120) & (lines[:, 0] < 200)).any()


def test_that_a_dense_line_fills_each_column_between_its_extremes() -> None:
    x, y = _noise(20_000)
    y[7_777] = -400.0
    bars = strokes(x, y, 1.0, (), 1.0).bars
    assert len(bars) == pytest.approx(501, abs=1)
    tops, bottoms = bars[:, 1] + 0.5, bars[:, 1] + bars[:, 3] - 0.5
    assert tops.min() == pytest.approx(-400.0)
    assert bottoms.max() == pytest.approx(y.max())
    for column in (3, 250, 499):
        inside = y[np.floor(x) == column]
        assert tops[column] <= inside.min() + 1e-9
        assert bottoms[column] >= inside.max() - 1e-9
    assert (tops[1:] <= bottoms[:-1] + 1e-9).all(), "neighbouring columns touch"
    assert (bottoms[1:] >= tops[:-1] - 1e-9).all()


def test_that_a_line_that_is_sparse_on_one_side_is_not_torn_there() -> None:
    """As on a logarithmic axis: a few points far apart, then thousands in a few columns."""
    x = np.concatenate(([0.0, 100.0, 200.0], np.linspace(300, 400, 5_000)))
    y = np.concatenate(([10.0, 20.0, 30.0], _noise(5_000)[1]))
    made = strokes(x, y, 2.0, (), 1.0)
    assert made.lines[:, 0].tolist() == [0.0, 100.0, 200.0]
    assert made.lines[:, 2].tolist() == [100.0, 200.0, 300.0]


def test_that_a_column_has_the_width_of_a_pixel_of_the_screen() -> None:
    x, y = _noise(20_000)
    assert len(strokes(x, y, 1.0, (), 0.5).bars) == pytest.approx(1001, abs=1)


def test_that_dashes_have_their_lengths_and_share() -> None:
    x, y = np.array([0.0, 300.0, 600.0]), np.array([0.0, 0.0, 0.0])
    lines = strokes(x, y, 2.0, (8.0, 4.0), 1.0).lines
    assert _lengths(lines).sum() == pytest.approx(50 * (8 - 2), rel=0.02)  # the square ends add 2 to each
    assert lines[0].tolist() == [1.0, 0.0, 7.0, 0.0]


def test_that_far_away_values_do_not_leave_the_painters_reach() -> None:
    made = strokes(np.array([0.0, 10.0, 20.0]), np.array([1e300, -1e300, 5.0]), 2.0, (8.0, 4.0), 1.0)
    assert np.abs(made.lines).max() <= 1e6


def test_that_the_work_does_not_grow_with_a_noisy_lines_points() -> None:
    x, y = _noise(100_000)
    made = strokes(x, y, 2.0, (), 1.0)
    assert len(made.bars) + len(made.lines) <= 600


def test_that_dashes_are_cut_as_qt_cuts_them(qapp: object) -> None:
    look = Look(theme().series(0), 1.5, Qt.PenStyle.DashLine)
    assert [length * 1.5 for length in look.pen(2).dashPattern()] == list(look.pattern)


def test_that_a_line_is_painted_where_qt_would_paint_its_outline(view, a_run, settled) -> None:
    """Pixel by pixel: the drawn line covers the points it was given."""
    view.set_runs([a_run.shown()])
    view.toolbar.phases.click()
    settled()
    plot = view.plots[0]
    valid = next(line for line in plot.lines if line.metric == "valid/loss")
    image = plot.canvas.grab().toImage()
    colour = valid.look.colour
    x, y = valid._raw.points
    for index in range(5, len(x) - 5, 10):
        at = plot.canvas.mapFromScene(
            plot.canvas.box.mapToScene(plot.strip.x_pixel(float(x[index])), plot.strip.y_pixel(float(y[index])))
        )
        near = [image.pixelColor(at.x() + dx, at.y() + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        distance = min(sum(abs(a - b) for a, b in zip(one.getRgb(), colour.getRgb(), strict=True)) for one in near)
        assert distance < 60, index

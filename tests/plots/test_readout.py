"""The legend: nothing touches, nothing is cut that need not be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.plots.entry_painter import MOST_ROWS, EntryPainter
from app.plots.line_look import MOST_DASHED, main_look
from app.plots.phase_bands import _labels
from app.plots.readout import Entry, Reading
from app.theme import theme
from core.curves.phases import Phase


@pytest.fixture
def metrics(qapp: QApplication) -> QFontMetrics:
    theme().install(qapp, "light")
    return QFontMetrics(theme().font("body"))


def _entries(count: int, *, lines: int = 2) -> list[Entry]:
    readings = tuple(
        Reading(label, main_look(0, light=label == "train"), 6.749e-4) for label in ("train", "valid")[:lines]
    )
    return [Entry(str(number), f"Digits, run number {number}", number, readings) for number in range(count)]


def _inked_columns(laid: EntryPainter, width: int) -> list[bool]:
    """Return for each pixel column of the first row whether anything was painted there."""
    image = QImage(width, 24, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    laid.paint(painter, 0, 23)
    painter.end()
    white = QImage(1, 1, QImage.Format.Format_RGB32)
    white.fill(Qt.GlobalColor.white)
    return [any(image.pixel(x, y) != white.pixel(0, 0) for y in range(24)) for x in range(width)]


def test_that_a_value_never_touches_the_line_after_it(metrics: QFontMetrics) -> None:
    """Pixel by pixel: between the training value and the line of validation there is air."""
    inked = _inked_columns(EntryPainter(_entries(1), 600, metrics, named=True), 600)
    value_ends = 24 + metrics.horizontalAdvance("train ") + metrics.horizontalAdvance("6.749e−4")
    line_begins = inked.index(True, value_ends + 3)
    assert line_begins - value_ends >= 10


@pytest.mark.parametrize(("count", "width"), [(1, 400), (2, 700), (5, 500), (5, 1000), (30, 500)])
def test_that_entries_do_not_overlap(metrics: QFontMetrics, count: int, width: int) -> None:
    laid = EntryPainter(_entries(count), width, metrics, named=True)
    places = [laid.place(index) for index in range(count)]
    for one, other in pairwise(places):
        assert not one.intersects(other)
    assert laid.index_at(places[-1].center()) == count - 1
    assert all(place.right() <= width for place in places[:1])


def test_that_five_runs_are_all_seen_in_a_narrow_window(metrics: QFontMetrics) -> None:
    assert EntryPainter(_entries(5), 500, metrics, named=True).rows <= MOST_ROWS


def test_that_values_without_names_stand_in_one_row(metrics: QFontMetrics) -> None:
    assert EntryPainter(_entries(4, lines=1), 460, metrics, named=False).rows == 1


def test_that_a_run_without_points_is_told(view, a_run, new_run, settled) -> None:
    view.set_runs([a_run.shown("one"), new_run().start().shown("two", 1)])
    settled()
    assert "two: no points" in view.plots[0].readout.accessibleDescription()


def test_that_the_legend_promises_no_dashes_that_are_not_drawn(view, a_run, settled) -> None:
    view.set_runs([a_run.shown()])
    settled()
    train, valid = view.plots[0].lines
    assert train.look.style == Qt.PenStyle.DashLine
    assert len(train._smooth.points[0]) <= MOST_DASHED
    assert valid.look.style == Qt.PenStyle.SolidLine
    view.toolbar.smoothing.setValue(0)
    settled()
    assert train.look.style == Qt.PenStyle.SolidLine, "1,000 raw points are too dense for dashes"


def test_that_a_broken_run_is_not_labelled_with_a_phase() -> None:
    assert all("organise" not in text for text in _labels(Phase("I", 1, None, 0.0, "None: diverged.", "none")))
    assert _labels(Phase("I", 1, None, 0.1, "Not yet."))[0] == "I  organise  (a)–(c), not yet over"
    assert _labels(Phase("II", 50, None, 0.2, "Not yet."))[0] == "II  detail  (c)–(e) ?"


def test_that_the_toolbar_never_overlaps_itself(view, a_run, settled) -> None:
    view.set_runs([a_run.shown()])
    for width in (900, 678, 560):
        view.resize(width, 500)
        settled()
        bar = view.toolbar
        row = (bar.metrics, bar.x_axis, bar.log_x, bar.log_y, bar.smoothing, bar.smoothing_text, bar.phases, bar.follow)
        shown = [widget for widget in row if widget.isVisible()]
        for one, other in pairwise(shown):
            assert one.geometry().right() < other.geometry().left(), width
        if bar.smoothing_text.isVisible():
            assert bar.smoothing_text.geometry().left() - bar.smoothing.geometry().right() >= 4


def test_that_a_broken_run_says_so_where_the_phases_would_be(view, new_run, settled) -> None:
    run = new_run().start().points("train/loss", range(1, 101), [1.1**step for step in range(100)])
    view.set_runs([run.shown()])
    settled()
    bands = view.plots[0].bands
    tip = bands.tip_at(QPointF(bands.boundingRect().left() + 20, bands.boundingRect().top() + 10))
    assert "No phases" in tip
    assert "diverged" in tip


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (1, 2), (2, 2), (5, 2)])
def test_that_the_last_value_is_whole_however_narrow_the_plot(metrics: QFontMetrics, count: int, lines: int) -> None:
    """A value that is cut off at its end reads as another number; words, names and other values go first."""
    for width in range(110, 420, 10):
        laid = EntryPainter(_entries(count, lines=lines), width, metrics, named=True)
        name = laid._names[0] if laid._lefts is not None else laid._name
        assert laid._width(name) <= width

"""Ticks are few and round, and say their unit."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from app.plots import wording
from app.plots.nice_axis import NiceAxis, _log_ticks, _spacing
from app.theme import theme


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.12345, "0.1235"), (1234.5, "1,234"), (1e-7, "1.000e−7"), (-2.5, "−2.500"), (math.nan, "NaN")],
)
def test_that_values_are_written_with_four_digits(value: float, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.5, "0.5 s"), (185, "3:05"), (3723, "1:02:03")])
def test_that_durations_are_written_as_clocks(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


def test_that_neighbouring_ticks_share_a_unit() -> None:
    assert [wording.tick(value, 5e5, 2e6) for value in (0, 5e5, 2e6)] == ["0", "0.5 M", "2.0 M"]


def test_that_an_axis_that_counts_has_no_ticks_between_whole_numbers(qapp: QApplication) -> None:
    theme().install(qapp, "light")
    axis = NiceAxis("bottom")
    axis.set_kind(logarithmic=False, whole=True)
    assert axis.tickValues(0.0, 3.0, 800.0) == [(1.0, [0.0, 1.0, 2.0, 3.0])]
    axis.set_kind(logarithmic=False)
    assert axis.tickValues(0.0, 3.0, 800.0)[0][0] < 1.0


@given(st.floats(-12, 12), st.floats(0.001, 20), st.floats(2, 20))
def test_that_a_logarithmic_axis_always_has_ticks_in_view(low: float, decades: float, room: float) -> None:
    ticks = _log_ticks(low, low + decades, room)
    assert all(low - 1e-9 <= tick <= low + decades + 1e-9 for tick in ticks)
    assert 1 <= len(ticks) <= 3 * room + 10


@given(st.floats(1e-12, 1e12), st.booleans())
def test_that_a_spacing_is_round_and_wide_enough(wanted: float, time: bool) -> None:
    spacing = _spacing(wanted, time)
    assert wanted * (1 - 1e-6) <= spacing <= max(10 * wanted, 1.0)

"""Which checkpoint is better, in words; and the colours of numbers."""

from __future__ import annotations

import math

import pytest
from PySide6.QtWidgets import QApplication

from app.compare.ramps import colour_of
from app.compare.wording import best_of, signed, value, verdict
from app.theme import theme
from core.comparison.result import MetricRow, Number


def row(*values: Number | None, name: str = "valid/accuracy", higher: bool = True) -> MetricRow:
    """Return a metric whose differences can be told."""
    known = [None if one is None or values[0] is None else float(one) - float(values[0]) for one in values]
    return MetricRow(name=name, values=list(values), differences=known, higher_is_better=higher, measured=True)


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (row(0.5, 0.75), "B is better by valid/accuracy, by 0.2500: A 0.5000, B 0.7500."),
        (row(0.5, 0.75, 0.75), "B and C are best by valid/accuracy: A 0.5000, B 0.7500, C 0.7500."),
        (row(0.5, 0.5), "They are equal by valid/accuracy: 0.5000."),
        (row(0.5, 0.75, higher=False), "A is better by valid/accuracy, by 0.2500: A 0.5000, B 0.7500."),
    ],
)
def test_that_the_verdict_names_the_better_one(metric: MetricRow, words: str) -> None:
    letters = ["A", "B", "C"][: len(metric.values)]
    assert verdict([metric], letters, "valid/accuracy") == words


def test_that_nothing_is_called_better_where_no_difference_means_anything() -> None:
    apart = row(0.5, 0.75)
    apart.differences = [0.0, None]
    assert best_of(apart) == []
    words = verdict([apart], ["A", "B"], "valid/accuracy", ["The runs have different data."])
    assert words == "None can be called better. The runs have different data."


def test_that_a_value_that_is_not_finite_is_never_the_best() -> None:
    assert best_of(row("NaN", 0.2)) == [1]
    assert best_of(row("-Infinity", 0.2, higher=False)) == [1]


def test_that_numbers_carry_a_real_minus_and_differences_a_sign() -> None:
    assert signed(0.25) == "+0.2500"
    assert signed(-0.25) == "−0.2500"
    assert (value("Infinity"), value("NaN"), value(None)) == ("∞", "NaN", "")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_numbers_stay_readable_on_every_shade(qapp: QApplication, mode: str) -> None:
    theme().install(qapp, mode)  # type: ignore[arg-type]
    text = theme().colour("text")
    for ramp, share in (("much", 0.0), ("much", 1.0), ("difference", -1.0), ("difference", 1.0)):
        ground = colour_of(share, ramp, numbered=True)  # type: ignore[arg-type]
        light, dark = sorted((_luminance(text.getRgbF()), _luminance(ground.getRgbF())), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ramp, share)


def _luminance(colour: tuple[float, ...]) -> float:
    linear = [one / 12.92 if one <= 0.04045 else math.pow((one + 0.055) / 1.055, 2.4) for one in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

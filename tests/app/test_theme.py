"""The tokens: both modes complete, readable, distinguishable."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from app.icons import bind_icon, icon, icon_folder, pixmap
from app.theme import set_role, theme
from app.tokens import COLOURS, SERIES, Mode

MODES: list[Mode] = ["light", "dark"]
TEXT_ON = [
    ("text", "window"),
    ("text", "surface"),
    ("text", "raised"),
    ("text", "selection"),
    ("text_muted", "window"),
    ("text_muted", "surface"),
    ("accent", "surface"),
    ("success", "surface"),
    ("warning", "surface"),
    ("danger", "surface"),
    ("danger", "selection"),
    ("on_accent", "accent"),
    ("on_tooltip", "tooltip"),
    ("text", "warning_surface"),
]


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    made = QColor(colour)
    return 0.2126 * linear(made.redF()) + 0.7152 * linear(made.greenF()) + 0.0722 * linear(made.blueF())


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_that_both_modes_have_the_same_tokens() -> None:
    assert COLOURS["light"].keys() == COLOURS["dark"].keys()
    assert len(SERIES["light"]) == len(SERIES["dark"])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_that_text_has_a_contrast_of_at_least_4_5(mode: Mode, text: str, ground: str) -> None:
    assert contrast(COLOURS[mode][text], COLOURS[mode][ground]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_that_series_and_borders_of_inputs_have_a_contrast_of_at_least_3(mode: Mode) -> None:
    for colour in (*SERIES[mode], COLOURS[mode]["line_strong"]):
        assert contrast(colour, COLOURS[mode]["plot"]) >= 3


def test_that_a_change_of_mode_is_told_and_reaches_widgets(qapp: QApplication) -> None:
    theme().install(qapp, "light")
    told = []
    theme().theme_changed.connect(lambda: told.append(theme().mode))
    theme().set_preference("dark")
    assert told == ["dark"]
    assert qapp.palette().window().color() == theme().colour("window")
    assert COLOURS["dark"]["accent"] in qapp.styleSheet()
    theme().set_preference("light")


def test_that_there_are_two_text_sizes_and_one_heading_size(qapp: QApplication) -> None:
    theme().install(qapp, "light")
    body, small, heading = (theme().font(role).pointSizeF() for role in ("body", "small", "heading"))
    assert small < body < heading
    label = QLabel("x")
    set_role(label, "small")
    label.ensurePolished()
    assert label.font().pointSizeF() == pytest.approx(small, abs=0.1)


def test_that_digits_have_equal_widths(qapp: QApplication) -> None:
    theme().install(qapp, "light")
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(theme().font("body"))
    assert len({round(metrics.horizontalAdvance(digit * 8), 3) for digit in "0123456789"}) == 1


@pytest.mark.parametrize("path", sorted(icon_folder().glob("*.svg")), ids=lambda path: path.stem)
def test_that_every_drawing_shows_something_at_every_scale(qapp: QApplication, path: Path) -> None:
    name = path.stem
    for size, ratio in ((16, 1.0), (16, 2.0), (24, 1.0)):
        drawn = pixmap(name, "text", size, ratio)
        assert drawn.width() == size * ratio
        image = drawn.toImage()
        opaque = sum(image.pixelColor(x, y).alpha() > 128 for x in range(image.width()) for y in range(image.height()))
        assert opaque >= image.width() / 2


def test_that_a_bound_icon_changes_with_the_theme_and_lets_go_of_what_is_gone(qapp: QApplication) -> None:
    theme().install(qapp, "light")
    button = QToolButton()
    bind_icon(button, "train", "text")
    before = button.icon().cacheKey()
    theme().set_preference("dark")
    assert button.icon().cacheKey() != before
    assert button.icon().cacheKey() == icon("train", "text").cacheKey()
    del button
    theme().set_preference("light")

"""How the confusion of classes is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.panels.confusion_grid import ConfusionGrid, shade
from app.panels.confusion_layout import ConfusionLayout
from app.panels.confusion_view import ConfusionView
from app.panels.confusion_wording import cell_words, compact, summary_words, tooltip
from app.panels.run_details import RunDetails, RunFacts
from app.theme import theme
from core.runs.confusion import ConfusionMatrix
from core.runs.events import Confusion, Environment, Started
from core.runs.state import RunState

COUNTS = [[8, 2, 0], [1, 1005, 0], [0, 0, 0]]


def matrix(split: str = "valid", classes: Sequence[str] = "abc", counts: object = COUNTS) -> ConfusionMatrix:
    return ConfusionMatrix(split, 1240, tuple(classes), np.array(counts, np.int64).reshape(len(classes), len(classes)))


def of_size(count: int) -> ConfusionMatrix:
    return matrix(classes=[f"class {number}" for number in range(count)], counts=np.eye(count))


@pytest.fixture
def view(qtbot: QtBot) -> ConfusionView:
    made = ConfusionView()
    qtbot.addWidget(made)
    made.resize(340, 500)
    return made


@pytest.fixture
def both_modes() -> Iterator[Sequence[str]]:
    """Names of the modes; whatever was preferred before is preferred again afterwards."""
    before = theme().preference
    yield ("light", "dark")
    theme().set_preference(before)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tooltips that were shown; the offscreen platform can only complain of them."""
    texts: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, *more: texts.append(text))
    return texts


def test_that_split_and_step_are_said(view: ConfusionView) -> None:
    view.show_matrices([matrix()])
    assert view.title.text() == "Confusion on valid, step 1,240"
    assert view.words.text().startswith("1,013 of 1,016 right; most often a is taken for b: 2.")
    assert all(button.isHidden() for button in view.choices.values())


def test_that_nothing_is_shown_without_a_matrix(view: ConfusionView) -> None:
    view.show_matrices([matrix()])
    assert not view.isHidden()
    view.show_matrices([])
    assert view.isHidden()
    view.show_matrices([matrix(classes=(), counts=[])])
    assert view.isHidden()


def test_that_a_split_that_was_chosen_stays_while_the_run_grows(view: ConfusionView, qtbot: QtBot) -> None:
    view.show_matrices([matrix(), matrix("test")])
    view.show()
    assert view.choices["valid"].isChecked()
    qtbot.mouseClick(view.choices["test"], Qt.MouseButton.LeftButton)
    assert view.title.text() == "Confusion on test, step 1,240"
    view.show_matrices([matrix()])
    assert "valid" in view.title.text()
    view.show_matrices([matrix(), matrix("test")])
    assert "test" in view.title.text()
    assert view.choices["test"].isChecked()


def test_that_a_cell_tells_its_count_with_recall_and_precision() -> None:
    assert cell_words(matrix(), 0, 1) == (
        "true a, predicted b: 2 of 10 (20.0 %)\nrecall of a: 0.800 (8 of 10)\nprecision of b: 0.998 (1,005 of 1,007)"
    )
    assert cell_words(matrix(), 2, 2).splitlines() == [
        "true c, predicted c: 0",
        "recall of c: undefined, there is no example of it",
        "precision of c: undefined, it is never predicted",
    ]


def test_that_class_names_are_never_taken_for_markup() -> None:
    words = tooltip(matrix(classes=["<b>bold</b>", "two\nlines", "x" * 100]), 0, 1)
    assert "&lt;b&gt;bold&lt;/b&gt;" in words
    assert "predicted two lines" in words
    assert len(summary_words(matrix(classes=["x" * 500, "b", "c"]))) < 150


def test_that_counts_are_shortened_where_room_is_scarce() -> None:
    counts = (0, 999, 1_000, 9_949, 9_950, 35_200, 999_499, 1_000_000)
    assert [compact(count) for count in counts] == ["0", "999", "1.0k", "9.9k", "10k", "35k", "999k", "1.0M"]


def test_that_arrow_keys_move_from_cell_to_cell_and_tell_it(
    view: ConfusionView, qtbot: QtBot, shown: list[str]
) -> None:
    view.show_matrices([matrix()])
    view.show()
    grid = view.grid
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_End):
        qtbot.keyClick(grid, key)
    assert grid.current == (2, 2)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_Left):
        qtbot.keyClick(grid, key)
    assert grid.current == (1, 0)
    assert "true b, predicted a: 1 of 1,006" in grid.accessibleDescription()
    assert "true b, predicted a" in shown[-1]
    view.show_matrices([matrix(classes="a", counts=[[3]])])
    assert grid.current == (0, 0)


def test_that_the_mouse_finds_the_cell_under_it(view: ConfusionView, qtbot: QtBot, shown: list[str]) -> None:
    view.show_matrices([matrix()])
    view.show()
    place = view.grid.layout_now().cell(0, 1).center()
    QApplication.sendEvent(view.grid, QHelpEvent(QHelpEvent.Type.ToolTip, place, view.grid.mapToGlobal(place)))
    assert "true a, predicted b: 2 of 10" in shown[-1]
    qtbot.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=place)
    assert view.grid.current == (0, 1)


@pytest.mark.parametrize("width", [160, 308, 700])
@pytest.mark.parametrize("count", [1, 2, 10, 40, 41, 100, 700])
def test_that_every_cell_is_inside_and_found_again(qapp: QApplication, width: int, count: int) -> None:
    places = ConfusionLayout(width, of_size(count).classes, QFontMetrics(theme().font("small")))
    assert places.area.right() < width
    assert places.area.bottom() < places.height
    for number in {0, count // 2, count - 1}:
        cell = places.cell(number, number)
        assert places.area.contains(cell.center())
        if places.side >= 2:
            assert places.cell_at(cell.center()) == (number, number)


@pytest.mark.parametrize("count", [1, 2, 20, 40, 41, 700])
def test_that_any_number_of_classes_is_painted_in_both_themes(
    qtbot: QtBot, both_modes: Sequence[str], count: int
) -> None:
    grid = ConfusionGrid()
    qtbot.addWidget(grid)
    grid.show_matrix(of_size(count))
    grid.resize(308, grid.heightForWidth(308))
    places, pictures = grid.layout_now(), []
    for mode in both_modes:
        theme().set_preference(mode)  # type: ignore[arg-type]
        picture = grid.grab().toImage()
        ratio = grid.devicePixelRatioF()
        inside = places.cell(count - 1, count - 1).topLeft() * ratio
        assert picture.pixel(inside) == shade(1.0, numbered=count <= 20).rgb()
        pictures.append(picture)
    assert pictures[0] != pictures[1]


def test_that_numbers_are_readable_on_every_shade(qapp: QApplication, both_modes: Sequence[str]) -> None:
    for mode in both_modes:
        theme().set_preference(mode)  # type: ignore[arg-type]
        text = theme().colour("text")
        shades = [shade(step / 20, numbered=True) for step in range(21)]
        assert min(contrast(text, colour) for colour in shades) >= 4.5
        depth = [contrast(theme().colour("surface"), colour) for colour in shades]
        assert depth == sorted(depth)
        assert len(set(depth)) == len(depth)


def test_that_the_details_of_a_run_show_its_confusion(qtbot: QtBot) -> None:
    details = RunDetails()
    qtbot.addWidget(details)
    environment = Environment(torch="2.13.0", python="3.11.2", platform="Linux", device="cpu", threads=2)
    state = RunState.of([Started(seq=1, segment=0, pid=1, environment=environment)])
    details.show_run(RunFacts("abc", "mine", "running", {}, state))
    assert details.confusion.isHidden()
    state.apply(Confusion(seq=2, step=30, split="valid", counts=[[1, 2], [3, 4]]))
    details.show_run(RunFacts("abc", "mine", "running", {}, state))
    assert details.confusion.title.text() == "Confusion on valid, step 30"
    assert not details.confusion.isHidden()
    details.show_run(None)
    assert details.confusion.isHidden()


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2 has it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())

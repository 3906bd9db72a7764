"""The page that compares checkpoints: how it is opened and left, what it shows, what it says when it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QHeaderView, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from core.errors import CheckpointError

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def test_that_a_single_checkpoint_is_compared_with_the_model_of_its_run(show: Any) -> None:
    run = show.run("digits")
    window = show.open()
    page = show.compare(window, (run.id, 40))
    assert window.centre.currentWidget() is page
    assert window.parts.model.selection.checkpoints == ((run.id, 40), (run.id, 80))
    assert [(one, step) for one, step in show.answers.asked[-1].checkpoints] == [(run.id, 40), (run.id, 80)]


def test_that_the_model_itself_is_compared_with_the_last(show: Any) -> None:
    run = show.run("digits")
    window = show.open()
    show.compare(window, (run.id, 80))
    assert window.parts.model.selection.checkpoints == ((run.id, 80), (run.id, 100))


def test_that_recorded_metrics_and_the_answer_stand_there_while_the_rest_is_made(show: Any, qtbot: QtBot) -> None:
    run = show.run("digits")
    page = show.compare(show.open(), (run.id, 40), (run.id, 100))
    qtbot.waitUntil(lambda: page.metrics.metrics.topLevelItemCount() == 1)
    assert page.head.verdict.text() == "B is better by valid/accuracy, by 0.3000: A 0.5000, B 0.8000."
    qtbot.waitUntil(lambda: page.head.doing.text() == "Comparing weights · 12 s left")
    assert page.head.bar.value() == 500
    assert page.weights.absent


def test_that_an_answer_fills_every_part(show: Any) -> None:
    run = show.run("digits")
    show.answer([(run.id, 40), (run.id, 80)])
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    assert [view for view in page.views if view.absent] == [page.errors]
    assert not page.tabs.isTabVisible(page.views.index(page.errors))
    assert page.head.bar.isHidden()
    assert "all 4 validation examples" in page.flipped.words.text()
    assert page.flipped.rows.topLevelItem(0).text(2) == "cat"
    assert "rises by up to 1.5000" in page.line.words.text()
    assert page.histograms.list.count() == 2


def test_that_a_reason_stands_where_a_part_makes_no_sense(show: Any) -> None:
    run = show.run("digits")
    why = "The models do not have the same tensors, so no straight line joins them."
    show.answer([(run.id, 40), (run.id, 80)], line=[], absent=[show.absent("line", why)])
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    assert page.line.absent
    assert page.line.reason.text() == why


def test_that_an_error_is_one_sentence_with_its_remedy_and_another_try(show: Any, qtbot: QtBot) -> None:
    run = show.run("digits")
    show.answers.answer = CheckpointError("The checkpoint of step 40 is damaged.", remedy="Choose another one.")
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    assert page.head.doing.text() == "The checkpoint of step 40 is damaged. Choose another one."
    show.answer([(run.id, 40), (run.id, 80)])
    page.head.again.click()
    qtbot.waitUntil(lambda: not page.line.absent)
    assert page.head.doing.isHidden()


def test_that_cancel_ends_the_question_and_keeps_what_is_known(show: Any, qtbot: QtBot) -> None:
    run = show.run("digits")
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    qtbot.waitUntil(lambda: page.metrics.metrics.topLevelItemCount() == 1)
    page.head.cancel.click()
    assert len(show.answers.cancelled) == 1
    assert not page.question.waiting
    assert not page.metrics.absent
    assert page.line.reason.text() == "The comparison was cancelled."


def test_that_another_question_ends_the_one_before(show: Any, qtbot: QtBot) -> None:
    run = show.run("digits")
    window = show.open()
    page = show.compare(window, (run.id, 40), (run.id, 80))
    show.answer([(run.id, 80), (run.id, 40)])
    page.head.swap.click()
    qtbot.waitUntil(lambda: page.found is not None)
    assert [list(request.checkpoints) for request in show.answers.cancelled] == [[(run.id, 40), (run.id, 80)]]
    assert window.parts.model.selection.checkpoints == ((run.id, 80), (run.id, 40))
    assert window.centre.currentWidget() is page


def test_that_runs_of_other_data_are_not_called_better_before_it_is_known(show: Any, qtbot: QtBot) -> None:
    first, second = show.run("digits"), show.run("wine", data={"kind": "wine"})
    page = show.compare(show.open(), (first.id, 40), (second.id, 80))
    qtbot.waitUntil(lambda: page.metrics.metrics.topLevelItemCount() == 1)
    assert page.head.verdict.text() == ""
    assert page.metrics.metrics.topLevelItem(0).text(3) == ""


def test_that_the_head_names_no_checkpoint_that_went(show: Any, qtbot: QtBot) -> None:
    run = show.run("digits")
    show.answer([(run.id, 40), (run.id, 80)])
    window = show.open()
    page = show.compare(window, (run.id, 40), (run.id, 80))
    window.parts.model.selection.select_checkpoints([(run.id, 100), (run.id, 40)])
    qtbot.waitUntil(lambda: page.sides[0].step == 100 and not page.question.waiting)
    named = [one.text() for one in page.head.findChildren(QAbstractButton) if one.isVisible()]
    assert [text for text in named if "step" in text] == [" digits · step 100", " digits · step 40"]


def test_that_closing_the_window_ends_the_question(show: Any) -> None:
    run = show.run("digits")
    window = show.open()
    show.compare(window, (run.id, 40), (run.id, 80))
    window.close()
    assert len(show.answers.cancelled) == 1


def test_that_escape_or_another_run_leads_back_to_the_curves(show: Any, qtbot: QtBot) -> None:
    run, other = show.run("digits"), show.run("wine")
    show.answer([(run.id, 40), (run.id, 80)])
    window = show.open()
    page = show.compare(window, (run.id, 40), (run.id, 80))
    qtbot.keyClick(page.tabs.tabBar(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.centre.currentWidget() is window.run_page)
    window.comparing.checkpoints()
    assert window.centre.currentWidget() is page
    assert len(show.answers.asked) == 1  # what is there is not asked for again
    window.parts.model.selection.select_runs([other.id])
    assert window.centre.currentWidget() is window.run_page


def test_that_only_rows_of_the_chosen_kind_of_flip_are_listed(show: Any) -> None:
    run = show.run("digits")
    show.answer([(run.id, 40), (run.id, 80)])
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    page.tabs.setCurrentWidget(page.flipped)
    page.flipped.buttons["lost"].click()
    assert [page.flipped.rows.topLevelItem(0).text(column) for column in (0, 1, 2, 4)] == ["9", "cat", "cat", "dog"]
    assert page.flipped.rows.topLevelItemCount() == 1
    assert not page.flipped.buttons["changed"].isEnabled()


def test_that_a_heat_map_tells_every_cell_by_key(show: Any, qtbot: QtBot) -> None:
    run = show.run("digits")
    show.answer([(run.id, 40), (run.id, 80)])
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    page.tabs.setCurrentWidget(page.confusion)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):  # there are two columns
        qtbot.keyClick(page.confusion.difference, key)
    assert page.confusion.difference.accessibleDescription() == "B − A: true cat, predicted dog: −1"
    page.tabs.setCurrentWidget(page.similarity)
    qtbot.keyClick(page.similarity.map, Qt.Key.Key_Down)
    assert "linear CKA none" in page.similarity.map.accessibleDescription()


def test_that_arrow_keys_read_the_line_out(show: Any, qtbot: QtBot) -> None:
    run = show.run("digits")
    show.answer([(run.id, 40), (run.id, 80)])
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    page.tabs.setCurrentWidget(page.line)
    qtbot.keyClick(page.line.canvas, Qt.Key.Key_Right)
    assert page.line.readout.text() == "at 0.50  ·  train/loss 3.0000  ·  valid/loss 3.0000"


def test_that_every_interactive_widget_of_the_page_has_its_names(show: Any) -> None:
    run = show.run("digits")
    show.answer([(run.id, 40), (run.id, 80)])
    page = show.compare(show.open(), (run.id, 40), (run.id, 80))
    kinds = (QAbstractButton, QAbstractItemView, QComboBox, QTabBar)
    found = [widget for widget in page.findChildren(QWidget) if isinstance(widget, kinds)]
    made_by_qt = ("qt_", "Scroll")
    own = [one for one in found if not isinstance(one, QHeaderView) and not one.objectName().startswith(made_by_qt)]
    nameless = [one for one in own if not one.objectName() or not one.accessibleName()]
    assert not [f"{type(one).__name__} {one.objectName()}" for one in nameless]


@pytest.mark.parametrize("action", ["checkpoint.compare", "run.compare"])
def test_that_comparing_says_why_it_cannot(show: Any, qtbot: QtBot, action: str) -> None:
    show.run("digits")
    window = show.open()
    assert not window.actions_set[action].isEnabled()
    assert window.actions_set.reasons[action].endswith(".")

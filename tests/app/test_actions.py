"""The table of actions, its rules, and what is made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from app.actions.fuzzy import score
from app.actions.palette import REASON_ROLE, ROW_ROLE, Palette
from app.actions.situation import RULES, Situation, reason_against
from app.actions.table import MENUS, ROWS, Row
from app.icons import icon_folder
from app.main_window import MainWindow


def test_that_ids_and_shortcuts_are_given_once() -> None:
    assert max(Counter(row.id for row in ROWS).values()) == 1
    assert max(Counter(row.shortcut for row in ROWS if row.shortcut).values()) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_that_every_row_is_whole(row: Row) -> None:
    assert row.rule in RULES
    assert row.menu in MENUS
    assert row.text
    assert row.tooltip
    assert not row.icon or (icon_folder() / f"{row.icon}.svg").exists()
    assert not row.shortcut or not QKeySequence(row.shortcut).isEmpty()


def test_that_every_rule_says_why_in_a_sentence_or_nothing() -> None:
    for rule in RULES:
        reason = reason_against(rule, Situation(read_only=True, draft_problems=2))
        assert not reason or reason.endswith(".")


@pytest.mark.parametrize(
    ("rule", "status", "possible"),
    [
        ("pause", "running", True),
        ("pause", "paused", False),
        ("pause", "completed", False),
        ("resume", "paused", True),
        ("resume", "interrupted", True),
        ("resume", "failed", True),
        ("resume", "stopped", True),
        ("resume", "running", False),
        ("resume", "completed", False),
        ("live", "paused", True),
        ("live", "starting", True),
        ("live", "queued", False),
        ("ended", "running", False),
        ("ended", "queued", False),
        ("ended", "failed", True),
    ],
)
def test_that_control_fits_the_status(rule: str, status: str, possible: bool) -> None:
    assert (reason_against(rule, Situation(selected=1, status=status)) == "") is possible


def test_that_nothing_is_changed_in_a_read_only_workspace() -> None:
    situation = Situation(read_only=True, selected=1, status="running", queue_place=0, queue_length=2)
    for rule in ("train", "pause", "live", "ended", "queued", "writable run", "up", "down"):
        assert reason_against(rule, situation) == "The workspace is read-only."


def test_that_a_queue_move_stops_at_the_ends() -> None:
    first = Situation(selected=1, status="queued", queue_place=0, queue_length=2)
    assert reason_against("up", first)
    assert not reason_against("down", first)


def test_that_an_action_waits_while_the_run_has_not_answered(shown: Callable[[], MainWindow]) -> None:
    actions = shown().actions_set
    running = Situation(selected=1, status="running")
    actions.update(running)
    assert actions["run.pause"].isEnabled()
    actions.update(Situation(selected=1, status="running", pending=frozenset({"run.pause"})))
    assert not actions["run.pause"].isEnabled()
    assert "Waiting for the run to answer." in actions["run.pause"].toolTip()
    assert actions["run.stop"].isEnabled()


def test_that_tooltips_carry_the_shortcut_and_the_reason(shown: Callable[[], MainWindow]) -> None:
    actions = shown().actions_set
    assert "Ctrl+P" in actions["run.pause"].toolTip()
    assert "No run is selected." in actions["run.pause"].toolTip()


def test_that_every_action_stands_in_a_menu(shown: Callable[[], MainWindow]) -> None:
    window = shown()
    in_menus = {action for menu in window.menuBar().actions() for action in menu.menu().actions()}
    assert {row.id for row in ROWS} == {name for name, made in window.actions_set.actions.items() if made in in_menus}


def test_that_fuzzy_matching_likes_beginnings_of_words() -> None:
    assert score("xyz", "Pause") is None
    assert score("clr", "Set learning rate") is None
    assert (score("slr", "Set learning rate") or 0) > (score("slr", "Reveal folder elsewhere") or -99)
    assert (score("res", "Resume") or 0) > (score("res", "Keyboard shortcuts, pressed") or 0)


def test_that_the_palette_finds_does_and_explains(shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = shown()
    palette = Palette(window.actions_set, window)
    palette.open()
    assert palette.list.count() == len(ROWS) - 1
    palette.field.setText("pause")
    first = palette.list.item(0)
    assert first.data(ROW_ROLE).id == "run.pause"
    assert first.data(REASON_ROLE) == "No run is selected."
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()  # what cannot be done is not done
    palette.field.setText("draft and det")
    assert window.right.isVisible()
    window.actions_set["view.draft"].setChecked(True)
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert not window.right.isVisible()

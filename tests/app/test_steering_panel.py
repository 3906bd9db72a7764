"""Steering from the window: the run's own values, checked as they are typed; who changed what; which is the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.bottom.bottom_tabs import BottomTabs
from app.main_window import MainWindow
from app.panels.steer_panel import SteerPanel
from app.panels.steer_row import SteerRow
from core.runs.events import CommandDone
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def told(run: RunFolder, path: str, value: float, was: float, step: int, key: str = "c1", **more: Any) -> None:
    with EventWriter(run.events_path) as events:
        arguments = {"path": path, "value": value, "was": was}
        fields = {
            "command_id": key,
            "name": "set",
            "arguments": arguments,
            "outcome": "applied",
            "step": step,
            "by": "test",
        }
        events.write(CommandDone(**fields | more))


def open_steer(window: MainWindow, run: RunFolder, qtbot: QtBot) -> SteerPanel:
    window.parts.model.selection.select_runs([run.id])
    panel = window.right.steer
    qtbot.waitUntil(lambda: bool(panel.rows), timeout=10_000)
    window._look()
    return panel


def row(panel: SteerPanel, name: str) -> SteerRow:
    return next(row for row in panel.rows if row.one.name == name)


def test_that_the_panel_shows_the_run_s_values_and_not_the_draft_s(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits", "running", steps=100)
    told(run, "training.batch_size", 32, 64, 60)
    window = shown()
    window.parts.draft.set("training.batch_size", 16)
    panel = open_steer(window, run, qtbot)
    assert row(panel, "batch_size").now.text() == "32"
    assert row(panel, "learning_rate").now.text() == "0.001"
    assert "0.002 at this step" in row(panel, "learning_rate").said.text()
    names = {one.one.name for one in panel.rows}
    assert names == {
        "learning_rate", "weight_decay", "clip_norm", "batch_size", "patience", "min_change", "stop_point"
    }  # fmt: skip


def test_that_a_value_is_judged_as_it_is_typed(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    panel = open_steer(shown(), stage.run("digits", "running", steps=100), qtbot)
    assert not panel.apply.isEnabled()
    for name, text, words in (
        ("clip_norm", "much", "number"),
        ("weight_decay", "11", "from 0 to 10"),
        ("batch_size", "2.5", "whole number"),
        ("stop_point", "2", "the run is at step 100"),
        ("patience", "50", "outlast"),
    ):
        one = row(panel, name)
        one.line.setText(text)
        assert words in one.said.text()
        assert not panel.apply.isEnabled()
        one.line.clear()
    row(panel, "stop_point").line.setText("40")
    assert "ends at step 920, not 460" in row(panel, "stop_point").said.text()
    row(panel, "clip_norm").line.setText("0,5")
    assert (panel.apply.isEnabled(), panel.apply.text()) == (True, "Apply 2 changes")


def test_that_apply_sends_what_was_typed_and_waits_for_the_answer(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits", "running", steps=100)
    window = shown()
    panel = open_steer(window, run, qtbot)
    row(panel, "learning_rate").findChild(object, "steer_times_0.5.training.optimizer.learning_rate").click()
    assert row(panel, "learning_rate").text == "0.0005"
    qtbot.keyClick(row(panel, "learning_rate").line, Qt.Key.Key_Return)
    qtbot.waitUntil(run.commands_path.exists, timeout=10_000)
    said = run.commands_path.read_text()
    assert '"path":"training.optimizer.learning_rate","value":0.0005' in said
    assert row(panel, "learning_rate").text == ""
    row(panel, "clip_norm").line.setText("1")
    assert not panel.apply.isEnabled()
    assert "Waiting" in panel.apply.toolTip()


def test_that_the_action_goes_to_the_learning_rate(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = shown()
    panel = open_steer(window, stage.run("digits", "running", steps=100), qtbot)
    window.show()
    window.activateWindow()
    window.actions_set["run.steer"].trigger()
    assert window.right.currentWidget() is panel
    qtbot.waitUntil(lambda: row(panel, "learning_rate").line.hasFocus())


def test_that_an_ended_run_shows_its_values_and_takes_no_other(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window = shown()
    assert "No run is selected" in window.right.steer.words.text()
    panel = open_steer(window, stage.run("digits"), qtbot)
    assert "has ended" in panel.words.text()
    assert not row(panel, "learning_rate").line.isEnabled()
    assert not panel.apply.isVisibleTo(panel)
    assert not window.actions_set["run.steer"].isEnabled()


def changes(window: MainWindow) -> list[list[str]]:
    shown = window.bottom.changes.list
    items = [shown.topLevelItem(place) for place in range(shown.topLevelItemCount())]
    return [[item.text(column) for column in range(1, 8)] for item in items if item is not None]


def test_that_changes_are_listed_with_who_sent_them_and_what_was_refused(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits", "running", steps=100)
    told(run, "training.clip_norm", 0.5, 0.0, 60)
    told(run, "training.clip_norm", -1, 0.5, 70, "c2", outcome="refused", message="-1 is too small.")
    window = shown()
    open_steer(window, run, qtbot)
    qtbot.waitUntil(lambda: len(changes(window)) == 2, timeout=10_000)
    assert changes(window) == [
        ["70", "test", "training.clip_norm", "0.5", "-1", "refused", "-1 is too small."],
        ["60", "test", "training.clip_norm", "0", "0.5", "applied", ""],
    ]


def test_that_a_steered_run_goes_into_the_draft_with_its_changes(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits")
    told(run, "training.batch_size", 32.0, 64, 60)
    window = shown()
    open_steer(window, run, qtbot)
    window.actions_set["run.replay"].trigger()
    qtbot.waitUntil(lambda: bool(window.parts.draft.value("training.changes")), timeout=10_000)
    assert window.parts.draft.value("training.changes") == [{"step": 60, "field": "training.batch_size", "value": 32.0}]
    assert window.parts.draft.value("training.batch_size") == 64


def test_that_a_checkpoint_s_spec_has_the_values_in_force_then(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits")
    told(run, "training.batch_size", 32.0, 64, 60)
    window = shown()
    open_steer(window, run, qtbot)
    window.parts.model.selection.select_checkpoint(run.id, 100)
    window._look()
    window.actions_set["checkpoint.restore"].trigger()
    qtbot.waitUntil(lambda: window.parts.draft.value("training.batch_size") == 32, timeout=10_000)
    assert not window.parts.draft.value("training.changes")


def test_that_choosing_compares_and_makes_a_checkpoint_the_model(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits")
    (run.checkpoints_path / "step-00000400.h5").touch()
    window = shown()
    open_steer(window, run, qtbot)
    window.show()
    bottom: BottomTabs = window.bottom
    bottom.fold(False)
    bottom.setCurrentWidget(bottom.choosing)
    qtbot.waitUntil(lambda: bool(bottom.choosing.rows), timeout=10_000)
    ways = [item.text(0) for item in bottom.choosing.list.findItems("", Qt.MatchFlag.MatchContains)]
    assert ways[0] == "Early stopping: patience 2"
    assert ways[-2:] == ["Selection: the best checkpoint", "Selection: the last checkpoint"]
    advice = bottom.choosing.advice
    assert "To fine-tune on fresh data, warm-start from" in advice.text()
    advice.linkActivated.emit("300")
    assert window.parts.model.selection.checkpoint == (run.id, 300)
    last = bottom.choosing.list.topLevelItem(len(ways) - 1)
    bottom.choosing.list.itemClicked.emit(last, 0)
    assert window.parts.model.selection.checkpoint == (run.id, 400)
    window._look()
    window.actions_set["checkpoint.choose"].trigger()
    state = window.parts.model.state(run.id)
    qtbot.waitUntil(lambda: state.ended.model_step == 400, timeout=10_000)
    assert "chosen by you" in state.ended.model_rule
    qtbot.waitUntil(lambda: window.parts.model.summaries[run.id].model_step == 400, timeout=10_000)
    window._look()
    window.actions_set["checkpoint.by_rule"].trigger()
    qtbot.waitUntil(lambda: state.ended.model_step == 300, timeout=10_000)

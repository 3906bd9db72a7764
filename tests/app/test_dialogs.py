"""Dialogs say what is valid and what they will do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.dialogs.describe_run import DescribeRun
from app.main_window import MainWindow
from app.settings import Settings
from core.runs.commands import CommandOutcome

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.mark.parametrize(("name", "told"), [("pause", 1), ("stop", 0), ("kill", 0)])
def test_that_an_end_on_command_is_told_once_when_the_run_has_ended(
    stage: Any,
    shown: Callable[[], MainWindow],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    told: int,
) -> None:
    from core.jobs import client

    run = stage.run("digits", "running", steps=100)
    window = shown()
    outcome = CommandOutcome(id="c", time=0.0, outcome="applied", step=100)
    monkeypatch.setattr(client, "send", lambda *_, **__: "c")
    monkeypatch.setattr(client, "wait_outcome", lambda *_: outcome)
    before = len(window.parts.notices.all)
    with qtbot.waitSignal(window.parts.control.pending_changed):
        window.parts.control.send(f"run.{name}", run.id, name, f"{name} done")
    qtbot.waitUntil(lambda: not window.parts.control.pending_for(run.id))
    said = [notice.text for notice in window.parts.notices.all[before:] if f"{name} done" in notice.text]
    assert len(said) == told


def test_that_killing_asks_first(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    run = stage.run("digits", "running", steps=100)
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    window._look()
    window.actions_set["run.kill"].trigger()
    box = next(box for box in window.findChildren(QMessageBox, "kill"))
    assert not run.commands_path.exists()
    box.findChild(QAbstractButton, "kill_confirm").click()
    qtbot.waitUntil(run.commands_path.exists, timeout=10_000)
    assert '"kill"' in run.commands_path.read_text()


def test_that_name_notes_and_tags_can_be_changed(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    run = stage.run("digits")
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    window._look()
    window.actions_set["run.describe"].trigger()
    dialog = window.findChild(DescribeRun)
    dialog.name.setText("my best")
    dialog.tags_field.setText("#one, two, two")
    dialog.accept()
    qtbot.waitUntil(lambda: window.parts.model.summaries[run.id].name == "my best", timeout=10_000)
    assert window.parts.model.summaries[run.id].tags == ("one", "two")


def test_that_the_shortcuts_are_listed(shown: Callable[[], MainWindow]) -> None:
    window = shown()
    window.actions_set["help.shortcuts"].trigger()
    assert window.findChild(QDialog, "shortcuts").isVisible()


def test_that_settings_survive_and_damage_falls_back(tmp_path: Path) -> None:
    file = tmp_path / "window.ini"
    first = Settings(file)
    first.theme = "dark"
    first.remember_workspace(tmp_path)
    first.put("words", ["one"])
    first.sync()
    again = Settings(file)
    assert again.theme == "dark"
    assert again.recent() == [tmp_path]
    assert again.words_of("words") == ["one"]
    file.write_text("[General]\ntheme=purple\nrecent=/nowhere\ngeometry=nonsense\n")
    damaged = Settings(file)
    assert damaged.theme == "system"
    assert damaged.recent() == []
    assert damaged.bytes_of("geometry") is None

"""Deleting is undoable; work beside the window arrives in the window."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.live.background import Background
from app.live.trash import Trash
from app.samples import samples
from core.errors import WorkspaceError


def test_that_trash_holds_runs_until_it_is_emptied(stage: Any) -> None:
    runs = [stage.run("a"), stage.run("b")]
    trash = Trash(stage.workspace)
    assert trash.contents() == (0, 0)
    trash.put([run.id for run in runs])
    assert stage.workspace.runs() == []
    number, size = trash.contents()
    assert number == 2
    assert size > 0
    trash.bring_back([runs[0].id])
    assert stage.workspace.runs() == [runs[0]]
    trash.empty()
    assert trash.contents() == (0, 0)
    with pytest.raises(WorkspaceError, match="no longer in the trash"):
        trash.bring_back([runs[1].id])


def test_that_results_and_errors_arrive_in_the_thread_of_the_window(qtbot: QtBot) -> None:
    background = Background()
    arrived: list[tuple[str, object, bool]] = []

    def note(kind: str, value: object) -> None:
        arrived.append((kind, value, threading.current_thread() is threading.main_thread()))

    background.run(lambda: 7, lambda value: note("done", value))
    background.run(lambda: 1 // 0, None, lambda error: note("failed", type(error)))
    qtbot.waitUntil(lambda: len(arrived) == 2)
    assert sorted(arrived, key=str) == [("done", 7, True), ("failed", ZeroDivisionError, True)]
    background.close()


def test_that_nothing_arrives_after_closing(qtbot: QtBot) -> None:
    background = Background()
    gate, reached = threading.Event(), threading.Event()
    arrived: list[object] = []

    def work() -> int:
        reached.set()
        gate.wait(10)
        return 1

    background.run(work, arrived.append)
    qtbot.waitUntil(reached.is_set)
    background.close()
    gate.set()
    other = Background()
    other.run(lambda: 2, arrived.append)
    qtbot.waitUntil(lambda: bool(arrived))
    assert arrived == [2]
    other.close()


def test_that_samples_are_read_and_a_broken_one_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('name = "Good"\n[data]\nkind = "wine"\n')
    (tmp_path / "bad.toml").write_text("name = \n")
    assert [sample.name for sample in samples(tmp_path)] == ["Good"]
    assert samples(tmp_path)[0].icon == "sample-wine"
    assert samples(), "Epochal comes with samples"

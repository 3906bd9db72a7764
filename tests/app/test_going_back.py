"""Going back to a checkpoint: one dialog that shows what will be so, and the three things it may start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton, QToolButton
from pytestqt.qtbot import QtBot

from app.dialogs.going_back import GoingBack
from app.lineage.family import family_of
from app.main_window import MainWindow
from core.checkpoints.format import write_checkpoint
from core.checkpoints.store import file_name
from core.runs.run_folder import RunFolder
from core.runs.summary import RunSummary

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def save(run: RunFolder, step: int) -> None:
    """Write a checkpoint as the engine does, with as little in it as going back looks at."""
    counters = {"step": step, "stage": 0, "changes": [], "rate_factor": 1.0, "roll_backs": 0,
                "plateau": {"factor": 1.0, "best": None, "waited": 0}, "best": {"step": step, "value": 0.25},
                "patience": {"reference": None, "waited": 0}, "loss_sum": 0.0, "loss_count": 0}  # fmt: skip
    state = {
        "format": 1,
        "counters": counters,
        "optimizer": {"updates": float(step)},
        "sampler": {"seed": 0, "examples": 1437, "epoch": 2, "position": 64},
        "examples": step * 64,
        "virtual_epoch": 1437,
        "clock": {"wall_s": 1.0, "segment": 0},
    }
    write_checkpoint(run.checkpoints_path / file_name(step), {"model/head.weight": np.zeros((4, 4), np.float32)}, state)


@pytest.fixture
def ended(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> tuple[MainWindow, RunFolder]:
    """A window on a completed run of 400 steps whose checkpoints of 200 and 400 are there; 200 is selected."""
    run = stage.run("digits")
    for step in (200, 400):
        save(run, step)
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: bool((state := window.parts.model.state(run.id)) and state.ended), timeout=10_000)
    window.parts.model.selection.select_checkpoint(run.id, 200)
    window._look()
    return window, run


def opened(window: MainWindow, qtbot: QtBot, action: str) -> GoingBack:
    window.actions_set[action].trigger()
    dialog = window.findChildren(GoingBack)[-1]
    qtbot.waitUntil(lambda: dialog.outlook is not None or bool(dialog.problem.text()), timeout=10_000)
    return dialog


def child_of(window: MainWindow, run: RunFolder) -> RunFolder | None:
    return next((other for other in window.parts.model.workspace.runs() if other != run), None)


def test_that_a_fork_shows_everything_before_it_starts(ended: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, run = ended
    dialog = opened(window, qtbot, "checkpoint.fork")
    for words in ("Restored", "26,122 parameters", "adamw, 200 updates", "Left behind", "after step 200"):
        assert words in dialog.lists.words()
    assert child_of(window, run) is None
    dialog.form.length.setText("40")
    qtbot.waitUntil(lambda: dialog.outlook is not None and dialog.outlook.choice == "keep", timeout=10_000)
    assert "training.budget.stop_point" in dialog.lists.words()
    dialog.findChild(QAbstractButton, "going_back_schedule_restart").click()
    qtbot.waitUntil(lambda: dialog.outlook is not None and dialog.outlook.choice == "restart", timeout=10_000)
    assert len(dialog.rates.new.points[0])
    dialog.findChild(QAbstractButton, "going_back_go").click()
    qtbot.waitUntil(lambda: child_of(window, run) is not None, timeout=10_000)
    child = child_of(window, run)
    assert child is not None
    assert (child.record().kind, child.record().parent_step, child.record().name) == ("fork", 200, "digits @ 200")
    assert len(child.spec().training.stages) == 2


def test_that_what_is_typed_wrong_is_said_and_starts_nothing(ended: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, _ = ended
    dialog = opened(window, qtbot, "checkpoint.fork")
    dialog.form.length.setText("2")
    qtbot.waitUntil(lambda: bool(dialog.problem.text()), timeout=10_000)
    assert "from step 200" in dialog.problem.text()
    go = dialog.findChild(QAbstractButton, "going_back_go")
    assert not go.isEnabled()
    dialog.form.length.setText("30")
    qtbot.waitUntil(go.isEnabled, timeout=10_000)
    assert not dialog.problem.text()


def test_that_train_longer_proposes_twice_the_length(ended: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, _ = ended
    dialog = opened(window, qtbot, "run.longer")
    outlook = dialog.outlook
    assert outlook is not None
    assert (outlook.kind, outlook.step, outlook.new_end) == ("fork", 400, 2 * outlook.old_end)
    assert dialog.form.length.text() == "40"


def test_that_a_warm_start_can_go_on_in_the_draft(ended: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, run = ended
    dialog = opened(window, qtbot, "checkpoint.warm_start")
    dialog.findChild(QToolButton, "going_back_head_new").click()
    qtbot.waitUntil(lambda: "All layers but" in dialog.lists.words(), timeout=10_000)
    dialog.to_draft.click()
    assert child_of(window, run) is None
    draft = window.parts.draft
    assert draft.value("start") == {"kind": "warm_start", "run": run.id, "step": 200, "head": "new"}
    line = window.findChild(QToolButton, "draft.start_clear")
    assert line.parentWidget().isVisibleTo(window)
    line.click()
    assert draft.value("start") == {"kind": "scratch"}
    assert not line.parentWidget().isVisibleTo(window)


def test_that_resume_says_what_fades_and_goes_on(
    ended: tuple[MainWindow, RunFolder], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, run = ended
    resumed: list[Any] = []
    monkeypatch.setattr(window.parts.control, "resume", lambda *told, **more: resumed.append((told, more)))
    dialog = opened(window, qtbot, "checkpoint.resume")
    assert "stays, faded" in dialog.lists.words()
    assert not dialog.to_draft.isVisible()
    dialog.choose("fork")
    dialog.choose("resume")
    qtbot.waitUntil(lambda: dialog.outlook is not None and dialog.outlook.kind == "resume", timeout=10_000)
    assert not dialog.to_draft.isVisible()
    dialog.findChild(QAbstractButton, "going_back_go").click()
    assert resumed[0][0] == (run.id, 200)


def test_that_the_end_of_a_complete_run_is_forked_not_resumed(
    ended: tuple[MainWindow, RunFolder], qtbot: QtBot
) -> None:
    window, run = ended
    window.parts.model.selection.select_checkpoint(run.id, 400)
    window._look()
    dialog = opened(window, qtbot, "checkpoint.resume")
    assert dialog.kind == "fork"
    assert "nothing is left to train" in dialog.findChild(QToolButton, "going_back_resume").toolTip()


def test_that_a_running_run_can_be_forked_but_not_resumed(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits", "running", steps=250)
    save(run, 200)
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: bool((state := window.parts.model.state(run.id)) and state.checkpoints), timeout=10_000)
    window.parts.model.selection.select_checkpoint(run.id, 200)
    window._look()
    assert not window.actions_set["checkpoint.resume"].isEnabled()
    dialog = opened(window, qtbot, "checkpoint.fork")
    button = dialog.findChild(QToolButton, "going_back_resume")
    assert not button.isEnabled()
    assert button.toolTip() == "Stop the run first."


def test_that_a_forks_line_begins_with_its_parents(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    parent = stage.run("digits")
    child = stage.run("digits @ 200", "queued", parent=parent)
    window = shown()
    window.parts.model.selection.select_runs([child.id])
    qtbot.waitUntil(
        lambda: bool((state := window.parts.model.state(child.id)) and state.series("train/loss").inherited),
        timeout=10_000,
    )
    state = window.parts.model.state(child.id)
    assert state is not None
    assert state.series("train/loss").step[-1] == 200


def test_that_a_family_is_drawn_with_parents_above_their_children() -> None:
    def run(name: str, parent: str | None, step: int | None, kind: str, last: int) -> RunSummary:
        return RunSummary(id=name, name=name, status="completed", parent=parent, parent_step=step, kind=kind,
                          created=0.0, tags=(), step=last)  # fmt: skip

    runs = {one.id: one for one in (
        run("a", None, None, "train", 100), run("b", "a", 40, "fork", 120), run("c", "a", 80, "fork", 90),
        run("d", "b", 60, "warm_start", 30), run("x", None, None, "train", 5), run("y", "gone", 3, "fork", 9),
    )}  # fmt: skip
    branches = family_of(runs, "d")
    assert [(one.run.id, one.depth, one.first, one.last, one.parent_row) for one in branches] == [
        ("a", 0, 0, 100, None),
        ("c", 1, 80, 90, 0),
        ("b", 1, 40, 120, 0),
        ("d", 2, 0, 30, 2),
    ]
    assert [one.run.id for one in family_of(runs, "y")] == ["y"]
    assert family_of(runs, "nobody") == []

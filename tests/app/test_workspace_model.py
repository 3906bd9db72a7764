"""Following a workspace: bounded ticks, ends seen once, the queue's view of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.live import run_feed
from app.live.run_feed import RunFeed
from app.live.selection import Selection
from app.main_window import MainWindow
from core.jobs import client
from core.runs import reader
from core.runs.columns import to_column
from core.runs.events import Ended, Metrics
from core.runs.journal import EventWriter
from core.runs.state import RunState


def test_that_a_feed_reads_a_backlog_in_slices_and_arrives_at_the_same_state(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = stage.run("digits")
    with EventWriter(run.events_path) as events:
        for number in range(500):
            columns = to_column([float(number)])
            events.write(Metrics(step=columns, examples=columns, wall=columns, values={"train/x": columns}))
    monkeypatch.setattr(run_feed, "SLICE_BYTES", 1024)
    monkeypatch.setattr(reader, "_BLOCK", 1024)
    slow, fast = RunFeed(run), RunFeed(run)
    ticks = 0
    while slow.advance(0.0):
        ticks += 1
    fast.advance(10.0)
    assert ticks > 1
    assert not slow.behind
    assert slow.state.last_seq == fast.state.last_seq
    assert len(slow.state.series("train/x")) == 500
    slow.close(), fast.close()


def test_that_an_end_is_told_once(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    run = stage.run("digits", "running", steps=100)
    window = shown()
    ends = []
    window.parts.model.run_ended.connect(lambda *end: ends.append(end))
    with EventWriter(run.events_path) as events:
        events.write(Ended(outcome="stopped", reason="command", step=100))
    qtbot.waitUntil(lambda: ends == [(run.id, "stopped")], timeout=10_000)
    ticks = []
    window.parts.model.ticked.connect(lambda: ticks.append(1))
    window.parts.model.look_soon()
    qtbot.waitUntil(lambda: len(ticks) > 5, timeout=10_000)
    assert len(ends) == 1


def test_that_a_run_in_the_queue_is_shown_as_queued_whatever_it_was(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits", "stopped", steps=100)
    window = shown()
    assert window.parts.model.summaries[run.id].status == "stopped"
    client.resume(stage.workspace, run, accept_differences=True)
    window.parts.model.look_soon()
    qtbot.waitUntil(lambda: window.parts.model.summaries[run.id].status == "queued", timeout=10_000)
    client.cancel(stage.workspace, run)
    window.parts.model.look_soon()
    qtbot.waitUntil(lambda: window.parts.model.summaries[run.id].status == "stopped", timeout=10_000)


def test_that_a_deleted_run_leaves_list_and_selection_and_can_be_brought_back(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits")
    window = shown()
    model = window.parts.model
    model.selection.select_runs([run.id])
    window._look()
    window.actions_set["run.delete"].trigger()
    qtbot.waitUntil(lambda: not model.summaries, timeout=10_000)
    assert model.selection.runs == ()
    assert not run.path.exists()
    qtbot.waitUntil(window.actions_set["run.undo_delete"].isEnabled, timeout=10_000)
    window.actions_set["run.undo_delete"].trigger()
    qtbot.waitUntil(lambda: list(model.summaries) == [run.id], timeout=10_000)
    assert run.path.exists()


def test_that_a_running_run_is_not_deleted(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    run = stage.run("digits", "running", steps=100)
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    window._runs_doer.delete()
    notices = window.parts.notices.all
    qtbot.waitUntil(lambda: any("is running" in said.text for said in notices), timeout=10_000)
    assert run.path.exists()


def test_that_queue_actions_move_and_cancel(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    runs = [stage.run(name, "queued") for name in ("a", "b", "c")]
    for run in runs:
        client.submit(stage.workspace, run)
    window = shown()
    model = window.parts.model
    waiting = lambda: [entry.run for entry in model.queue.waiting]  # noqa: E731
    qtbot.waitUntil(lambda: len(waiting()) == 3, timeout=10_000)
    assert window.bottom.tabText(0) == "Queue 3"
    model.selection.select_runs([runs[2].id])
    window._look()
    window.actions_set["queue.up"].trigger()
    qtbot.waitUntil(lambda: waiting() == [runs[0].id, runs[2].id, runs[1].id], timeout=10_000)
    window.bottom.queue.list.setCurrentItem(window.bottom.queue.list.topLevelItem(0))
    qtbot.waitUntil(lambda: model.selection.current == runs[0].id, timeout=10_000)
    window._look()
    window.actions_set["queue.cancel"].trigger()
    qtbot.waitUntil(lambda: waiting() == [runs[2].id, runs[1].id], timeout=10_000)


def test_that_a_selected_checkpoint_is_selected_everywhere(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits")
    window = shown()
    selection = window.parts.model.selection
    selection.select_runs([run.id])
    qtbot.waitUntil(lambda: window.run_page is not None and bool(window.run_page.checkpoints.model.rows))
    selection.select_checkpoint(run.id, 200)
    assert window.run_page is not None
    assert window.run_page.checkpoints.current_step() == 200
    window.run_page.curves.checkpoint_chosen.emit(run.id, 100)
    assert window.run_page.checkpoints.current_step() == 100
    window._look()
    assert window.actions_set["checkpoint.export"].isEnabled()


def test_that_a_log_is_followed_and_its_cut_is_told(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    run = stage.run("digits")
    run.log_path.write_text("old line\n" * 100_000)
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    window.bottom.fold(False)
    window.bottom.setCurrentWidget(window.bottom.log)
    qtbot.waitUntil(lambda: window.bottom.log.text.blockCount() > 1000, timeout=10_000)
    assert "are not shown" in window.bottom.log.text.toPlainText().splitlines()[0]
    with run.log_path.open("a") as log:
        log.write("a new line\n")
    qtbot.waitUntil(lambda: window.bottom.log.text.toPlainText().endswith("a new line\n"), timeout=10_000)


def test_that_a_run_keeps_its_colour_while_others_come_and_go() -> None:
    selection = Selection()
    selection.select_runs(["a", "b"])
    selection.select_runs(["b", "c"])
    assert selection.colour_of("b") == 1
    assert selection.colour_of("c") == 0
    assert selection.colour_of("a") is None


def test_that_a_checkpoint_is_let_go_with_its_run() -> None:
    selection = Selection()
    selection.select_checkpoint("a", 5)
    assert selection.runs == ("a",)
    selection.select_runs(["b"])
    assert selection.checkpoint is None


def test_that_several_checkpoints_of_several_runs_are_one_selection() -> None:
    selection = Selection()
    told: list[tuple[tuple[str, int], ...]] = []
    selection.checkpoint_changed.connect(lambda: told.append(selection.checkpoints))
    selection.select_runs(["a", "b"])
    selection.select_checkpoint("a", 5)
    selection.toggle_checkpoint("b", 7)
    selection.toggle_checkpoint("c", 9)
    assert selection.checkpoint == ("a", 5)
    assert selection.checkpoints == (("a", 5), ("b", 7), ("c", 9))
    assert selection.runs == ("a", "b", "c")
    selection.toggle_checkpoint("a", 5)
    assert selection.current == "b", "the current checkpoint's run is the current one"
    assert selection.checkpoints == (("b", 7), ("c", 9))
    assert len(told) == 4, "one change is told once"


def test_that_the_current_checkpoint_follows_the_current_run() -> None:
    selection = Selection()
    selection.select_checkpoints([("a", 5), ("b", 7), ("a", 8)])
    selection.make_current("b")
    assert selection.checkpoints == (("b", 7), ("a", 5), ("a", 8))
    selection.make_checkpoint_current("a", 8)
    assert selection.current == "a"
    assert selection.checkpoint == ("a", 8)
    selection.make_checkpoint_current("b", 99)
    assert selection.checkpoints == (("b", 99),)


def test_that_checkpoints_that_are_gone_are_let_go() -> None:
    selection = Selection()
    selection.select_checkpoints([("a", 5), ("b", 5), ("a", 8)])
    selection.forget_checkpoints("a", {8})
    assert selection.checkpoints == (("a", 8), ("b", 5))
    selection.select_checkpoints([])
    assert selection.checkpoint is None
    assert selection.runs == ("a", "b")


def test_that_states_are_kept_for_runs_looked_at_before(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    first, second = stage.run("a"), stage.run("b")
    window = shown()
    model = window.parts.model
    model.selection.select_runs([first.id])
    qtbot.waitUntil(lambda: _points(model.state(first.id)) > 0)
    state = model.state(first.id)
    model.selection.select_runs([second.id])
    model.selection.select_runs([first.id])
    assert model.state(first.id) is state


def _points(state: RunState | None) -> int:
    return len(state.series("train/loss")) if state else 0

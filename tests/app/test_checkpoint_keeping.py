"""The checkpoints of a run in the window: one selection in curve and table, a menu, pins, deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QMenu, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from core.checkpoints.store import CheckpointStore, file_name
from core.runs.run_folder import RunFolder

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def kept(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> tuple[MainWindow, RunFolder]:
    """A window on an ended run whose eight checkpoints, at steps 50 to 400, have files."""
    run = stage.run("digits")
    for step in range(50, 401, 50):
        (run.checkpoints_path / file_name(step)).write_bytes(b"checkpoint")
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: window.run_page is not None and len(window.run_page.checkpoints.model.rows) == 8)
    return window, run


def _row(window: MainWindow, step: int) -> int:
    assert window.run_page is not None
    row = window.run_page.checkpoints.model.row_of(step)
    assert row is not None
    return row


def _click(window: MainWindow, qtbot: QtBot, step: int, keys: Qt.KeyboardModifier) -> None:
    assert window.run_page is not None
    table = window.run_page.checkpoints.view
    index = table.model().index(_row(window, step), 0)
    table.scrollTo(index)
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, keys, table.visualRect(index).center())


def test_that_table_curve_and_selection_are_one(kept: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, run = kept
    assert window.run_page is not None
    selection, curves = window.parts.model.selection, window.run_page.curves
    _click(window, qtbot, 200, Qt.KeyboardModifier.NoModifier)
    _click(window, qtbot, 300, Qt.KeyboardModifier.ControlModifier)
    assert selection.checkpoints == ((run.id, 200), (run.id, 300))
    assert curves.checkpoints.selected == selection.checkpoints
    curves.checkpoint_toggled.emit(run.id, 100)
    assert window.run_page.checkpoints.steps() == [200, 300, 100]
    marked = {index.row() for index in window.run_page.checkpoints.view.selectionModel().selectedRows()}
    assert marked == {_row(window, step) for step in (100, 200, 300)}
    _click(window, qtbot, 150, Qt.KeyboardModifier.NoModifier)
    assert selection.checkpoints == ((run.id, 150),)
    curves.checkpoints_let_go.emit()
    assert selection.checkpoints == ()
    assert window.run_page.checkpoints.current_step() is None


def test_that_checkpoints_of_two_runs_stay_selected_together(
    kept: tuple[MainWindow, RunFolder], stage: Any, qtbot: QtBot
) -> None:
    window, run = kept
    other = stage.run("wine", seed=1)
    assert window.run_page is not None
    model, page = window.parts.model, window.run_page
    qtbot.waitUntil(lambda: other.id in model.summaries, timeout=10_000)
    model.selection.select_runs([run.id, other.id])
    model.selection.select_checkpoint(run.id, 100)
    page.curves.checkpoint_toggled.emit(other.id, 250)
    assert page.checkpoints.steps() == [100]
    _click(window, qtbot, 200, Qt.KeyboardModifier.ControlModifier)
    assert model.selection.checkpoints == ((run.id, 100), (other.id, 250), (run.id, 200))
    _click(window, qtbot, 350, Qt.KeyboardModifier.NoModifier)
    assert model.selection.checkpoints == ((run.id, 350),)


def test_that_the_table_keeps_its_selection_when_the_run_grows(
    kept: tuple[MainWindow, RunFolder], qtbot: QtBot
) -> None:
    window, run = kept
    assert window.run_page is not None
    table = window.run_page.checkpoints
    window.parts.model.selection.select_checkpoints([(run.id, 300), (run.id, 100)])
    state = window.parts.model.state(run.id)
    table.model.beginResetModel()
    table.model.endResetModel()
    table.show_run(run.id, state)
    assert table.steps() == [300, 100]
    marked = {index.row() for index in table.view.selectionModel().selectedRows()}
    assert marked == {_row(window, 300), _row(window, 100)}
    table.view.selectionModel().select(
        table.model.index(_row(window, 100), 0),
        QItemSelectionModel.SelectionFlag.Deselect | QItemSelectionModel.SelectionFlag.Rows,
    )
    assert window.parts.model.selection.checkpoints == ((run.id, 300),)


def test_that_the_menu_acts_on_the_checkpoint_it_was_opened_for(
    kept: tuple[MainWindow, RunFolder], qtbot: QtBot
) -> None:
    window, run = kept
    assert window.run_page is not None
    window.run_page.curves.checkpoint_menu_wanted.emit(run.id, 250, QPoint(10, 10))
    assert window.parts.model.selection.checkpoint == (run.id, 250)
    menu = window.run_page.findChild(QMenu, "checkpoint_menu")
    assert menu is not None
    told = {action.objectName() for action in menu.actions() if action.isEnabled()}
    assert {"checkpoint.resume", "checkpoint.export", "checkpoint.pin", "checkpoint.delete"} <= told
    menu.close()


def test_that_a_checkpoint_is_pinned_and_let_go(kept: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, run = kept
    assert window.run_page is not None
    store, page = CheckpointStore(run.checkpoints_path), window.run_page
    window.parts.model.selection.select_checkpoint(run.id, 100)
    window._look()
    window.actions_set["checkpoint.pin"].trigger()
    qtbot.waitUntil(lambda: window.parts.model.pins.of(run.id) == {100}, timeout=10_000)
    assert store.pins() == {100}
    model = page.checkpoints.model
    told = model.data(model.index(_row(window, 100), len(model.columns) - 1))
    assert told.startswith("pinned")
    window.actions_set["checkpoint.pin"].trigger()
    qtbot.waitUntil(lambda: window.parts.model.pins.of(run.id) == frozenset(), timeout=10_000)
    assert store.pins() == set()


def test_that_deleting_asks_and_then_deletes_what_is_selected(kept: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, run = kept
    assert window.run_page is not None
    model = window.parts.model
    model.selection.select_checkpoints([(run.id, 400), (run.id, 100)])
    window._look()
    window.actions_set["checkpoint.delete"].trigger()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox, "delete_checkpoints") is not None, timeout=10_000)
    box = window.findChild(QMessageBox, "delete_checkpoints")
    assert box is not None
    assert box.text() == "Delete 2 checkpoints of “digits”?"
    assert "Resume will then go on from step 350." in box.informativeText()
    qtbot.mouseClick(box.findChild(QPushButton, "delete_checkpoints_confirm"), Qt.MouseButton.LeftButton)
    page = window.run_page
    qtbot.waitUntil(lambda: page.checkpoints.model.row_of(400) is None, timeout=10_000)
    assert CheckpointStore(run.checkpoints_path).steps() == [50, 150, 200, 250, 300, 350]
    assert model.selection.checkpoints == ()
    assert len(page.checkpoints.model.rows) == 6


def test_that_a_pinned_checkpoint_is_not_deleted_but_told_of(kept: tuple[MainWindow, RunFolder], qtbot: QtBot) -> None:
    window, run = kept
    CheckpointStore(run.checkpoints_path).pin(100)
    window.parts.model.selection.select_checkpoint(run.id, 100)
    window._look()
    window.actions_set["checkpoint.delete"].trigger()
    qtbot.waitUntil(lambda: "pinned" in window.parts.notices.all[-1].text, timeout=10_000)
    assert window.findChild(QMessageBox, "delete_checkpoints") is None
    assert 100 in CheckpointStore(run.checkpoints_path).steps()

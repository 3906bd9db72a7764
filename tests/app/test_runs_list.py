"""The list of runs: arrangement, filter, selection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.runs_view.filter import Wanted
from app.runs_view.run_rows import COLUMNS, SUMMARY_ROLE, RunRows
from app.runs_view.words import age, duration, number, progress_words
from core.runs.summary import RunSummary


def summary(**given: Any) -> RunSummary:
    """Return a summary."""
    known = {"id": "a1", "name": "digits", "status": "running", "parent": None, "parent_step": None, "kind": "train"}
    return RunSummary(**{**known, "created": 0.0, "tags": ("images",), **given})


def names(window: MainWindow, parent: QModelIndex | None = None) -> list[object]:
    """Return the names that are shown, rows below others as lists."""
    model, found = window.runs.shown, []
    above = parent or QModelIndex()
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        found.append(index.data())
        if below := names(window, index):
            found.append(below)
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", True),
        ("dig", True),
        ("dig a1", True),
        ("wine", False),
        ("status:running", True),
        ("status:failed", False),
        ("status:failed status:running", True),
        ("tag:images", True),
        ("tag:other", False),
        ("dig status:running tag:images", True),
        ("wine status:running", False),
    ],
)
def test_that_words_must_all_match_and_statuses_any(text: str, wanted: bool) -> None:
    assert Wanted.read(text).accepts(summary()) is wanted


def test_that_progress_is_told_in_words() -> None:
    assert progress_words(summary(step=62, total_steps=100, seconds_left=75.0)) == "62 %, 1 min 15 s left"
    assert progress_words(summary(status="failed", step=30, total_steps=100)) == "failed at 30 %"
    assert progress_words(summary(status="queued")) == "waiting in the queue"


def test_that_a_run_is_never_rounded_up_to_done() -> None:
    assert progress_words(summary(step=9999, total_steps=10000, seconds_left=1)).startswith("99 %")


def test_that_times_and_numbers_are_short() -> None:
    assert [duration(seconds) for seconds in (5, 75, 3700, 200_000)] == ["5 s", "1 min 15 s", "1 h 01 min", "2 d 7 h"]
    assert [number(value) for value in (0.98765, 1e-6, float("nan"), None)] == ["0.9877", "1.00e-06", "nan", ""]
    assert [number(value) for value in (30284.1307, -1234.0, 2e7)] == ["30,284.1", "-1,234.0", "2.00e+07"]
    assert [age(0, now) for now in (1, 30, 130, 9000)] == ["now", "30 s ago", "2 min ago", "2 h ago"]


def test_that_runs_stand_newest_first_by_name_and_by_descent(stage: Any, shown: Callable[[], MainWindow]) -> None:
    parent = stage.run("digits")
    stage.run("wine")
    stage.run("digits", seed=2, parent=parent)
    window = shown()
    assert names(window) == ["digits", "wine", "digits"]
    window.runs.arrange("name")
    assert names(window) == ["digits", ["digits", "digits"], "wine", ["wine"]]
    window.runs.arrange("lineage")
    assert names(window) == ["wine", "digits", ["digits"]]
    window.runs.arrange("table")
    assert [window.runs.view.isColumnHidden(column) for column in range(len(COLUMNS))] == [False] * len(COLUMNS)
    assert not window.runs.view.isHeaderHidden()


def test_that_a_new_run_appears_without_losing_the_selection(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    first = stage.run("digits")
    window = shown()
    window.parts.model.selection.select_runs([first.id])
    stage.run("wine")
    window.parts.model.look_soon()
    qtbot.waitUntil(lambda: names(window) == ["wine", "digits"], timeout=10_000)
    selected = window.runs.view.selectionModel().selectedRows()
    assert [index.data(SUMMARY_ROLE).id for index in selected] == [first.id]


def test_that_selecting_in_the_list_selects_everywhere_and_several_are_overlaid(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    runs = {stage.run(name, seed=seed).id for seed, name in enumerate(("a", "b", "c"))}
    window = shown()
    window.runs.view.selectAll()
    assert set(window.parts.model.selection.runs) == runs
    qtbot.waitUntil(lambda: window.run_page is not None and len(window.run_page.curves.runs) == 3, timeout=10_000)
    colours = {window.parts.model.selection.colour_of(run) for run in runs}
    assert colours == {0, 1, 2}
    window.runs.view.clearSelection()
    assert window.parts.model.selection.runs == ()
    assert window.centre.currentWidget().objectName() == "nothing_selected"


def test_that_a_filter_hides_counts_and_keeps_the_selection(stage: Any, shown: Callable[[], MainWindow]) -> None:
    digits = stage.run("digits", tags=("images",))
    stage.run("wine", "failed", steps=100)
    window = shown()
    window.parts.model.selection.select_runs([digits.id])
    window.runs.bar.field.setText("status:failed")
    assert names(window) == ["wine"]
    assert window.parts.model.selection.current == digits.id
    window.runs.bar.field.setText("nothing like that")
    assert not window.runs.view.isVisible()
    window.activateWindow()
    window.runs.bar.field.setFocus()
    QTest.keyClick(window.runs.bar.field, Qt.Key.Key_Escape)
    assert names(window) == ["wine", "digits"]
    selected = window.runs.view.selectionModel().selectedRows()
    assert [index.data(SUMMARY_ROLE).id for index in selected] == [digits.id]


def test_that_the_filter_menu_offers_statuses_and_tags(stage: Any, shown: Callable[[], MainWindow]) -> None:
    stage.run("digits", tags=("images",))
    window = shown()
    menu = window.runs.bar._menu
    entries = {action.text(): action for action in menu.actions() if isinstance(action, QAction)}
    entries["#images"].trigger()
    entries["Failed"].trigger()
    assert window.runs.bar.field.text() == "tag:images status:failed"
    entries["#images"].trigger()
    assert window.runs.bar.field.text() == "status:failed"


def test_that_clicking_one_of_the_selected_rows_makes_it_current(stage: Any, shown: Callable[[], MainWindow]) -> None:
    first, second = stage.run("a"), stage.run("b")
    window = shown()
    view = window.runs.view
    for run in (first, second):
        index = window.runs.shown.mapFromSource(window.runs.rows.index_of(run.id))
        view.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        )
    assert window.parts.model.selection.runs == (second.id, first.id)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("shape", ["list", "name", "lineage"])
@pytest.mark.parametrize("seed", range(3))
def test_that_rows_follow_any_sequence_of_changes(qtmodeltester: Any, shape: str, seed: int) -> None:
    random = Random(seed)
    rows = RunRows()
    rows.set_shape(shape)
    qtmodeltester.check(rows)
    known: dict[str, RunSummary] = {}
    for moment in range(25):
        changed: set[str] = set()
        for _ in range(random.randrange(4)):
            deed = random.choice(["add", "add", "remove", "step", "rename", "old"])
            one = random.choice(list(known)) if known else ""
            if deed in ("add", "old") or not known:
                one = f"r{moment}x{random.randrange(10**6)}"
                created = float(moment if deed == "add" else -moment)
                parent = random.choice([None, *known])
                known[one] = summary(id=one, created=created, name=random.choice("ab"), parent=parent)
            elif deed == "remove":
                del known[one]
            else:
                change = {"step": random.randrange(99)} if deed == "step" else {"name": random.choice("ab")}
                known[one] = replace(known[one], **change)
            changed.add(one)
        rows.set_runs(dict(known), changed)
        assert flat(rows) == flat_of_new(known, shape)


def flat(rows: RunRows, parent: QModelIndex | None = None) -> list[object]:
    """Return every run's summary in order, with its depth."""
    found: list[object] = []
    above = parent or QModelIndex()
    for row in range(rows.rowCount(above)):
        index = rows.index(row, 0, above)
        found += [(index.data(SUMMARY_ROLE), index.data()), flat(rows, index)]
    return found


def flat_of_new(known: dict[str, RunSummary], shape: str) -> list[object]:
    """Return what rows that are built anew show."""
    rows = RunRows()
    rows.set_shape(shape)
    rows.set_runs(known, set(known))
    return flat(rows)


def test_that_a_thousand_runs_are_listed_and_stay_selectable(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window = shown()
    rows = [summary(id=f"run{number:05d}", created=float(number)) for number in range(1000)]
    window.parts.model.summaries.update({row.id: row for row in rows})
    window.parts.model.changed = {row.id for row in rows}
    window.runs.refresh()
    assert window.runs.shown.rowCount() == 1000
    window.parts.model.stop()
    window.runs.view.selectAll()
    assert len(window.parts.model.selection.runs) == 1000

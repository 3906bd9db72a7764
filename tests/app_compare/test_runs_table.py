"""Runs side by side below their curves."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot


def compared(show: Any, qtbot: QtBot, *runs: Any) -> tuple[Any, Any]:
    """Open a window, select runs, compare them; return the window and the table."""
    window = show.open()
    model = window.parts.model
    model.selection.select_runs([run.id for run in runs])
    qtbot.waitUntil(lambda: all((state := model.state(run.id)) and state.ended for run in runs))
    window.comparing.runs()
    table = window.run_page.compared
    qtbot.waitUntil(lambda: table.found is not None)
    return window, table


def texts(item: Any) -> list[str]:
    return [item.text(column) for column in range(item.columnCount())]


def test_that_seeds_stand_under_their_mean_and_the_fields_that_differ_beside(show: Any, qtbot: QtBot) -> None:
    first, second = show.run("one"), show.run("two", seed=2)
    _, table = compared(show, qtbot, first, second)
    head = [table.tree.headerItem().text(column) for column in range(table.tree.columnCount())]
    assert head == ["run", "best", "last", "at 100", "seed"]
    group = table.tree.topLevelItem(0)
    assert texts(group) == ["mean of 2 seeds", "0.9100 ± 0.0141", "0.8100 ± 0.0141", "0.8100 ± 0.0141", "0, 2"]
    assert texts(group.child(1)) == ["two", "0.9200 @80", "0.8200 @100", "0.8200 @100", "2"]


def test_that_runs_of_other_specs_stand_alone(show: Any, qtbot: QtBot) -> None:
    first, second = show.run("one"), show.run("two", training={"batch_size": 16})
    _, table = compared(show, qtbot, first, second)
    assert [texts(table.tree.topLevelItem(row))[0] for row in range(2)] == ["one", "two"]
    assert table.tree.headerItem().text(4) == "batch_size"
    assert table.tree.headerItem().toolTip(4) == "training.batch_size of the spec"


def test_that_the_step_follows_the_crosshair_and_stays_when_it_is_gone(show: Any, qtbot: QtBot) -> None:
    window, table = compared(show, qtbot, show.run("one"), show.run("two", seed=2))
    curves = window.run_page.curves
    curves.draw_now()
    curves.pointing.move_to(45.0)
    qtbot.waitUntil(lambda: table.tree.headerItem().text(3) == "at 40")
    assert texts(table.tree.topLevelItem(0).child(0))[3] == "0.5000 @40"
    curves.pointing.move_to(None)
    assert table.step.value() == 40


def test_that_a_chosen_run_is_held_up_in_the_curves_until_the_table_goes(show: Any, qtbot: QtBot) -> None:
    first, second = show.run("one"), show.run("two", seed=2)
    window, table = compared(show, qtbot, first, second)
    curves, child = window.run_page.curves, table.tree.topLevelItem(0).child(1)
    table.tree.setCurrentItem(child)
    curves.draw_now()
    widths = {line.run.id: line.look.width for line in curves.plots[0].lines}
    assert widths[second.id] > widths[first.id]
    table.tree.itemActivated.emit(child, 0)
    assert window.parts.model.selection.current == second.id
    qtbot.keyClick(table.tree, Qt.Key.Key_Escape)
    curves.draw_now()
    assert len({line.look.width for line in curves.plots[0].lines}) == 1
    assert table.isHidden()
    assert not window.run_page.checkpoints.isHidden()


def test_that_fewer_than_two_runs_are_told_what_to_do(show: Any, qtbot: QtBot) -> None:
    first, second = show.run("one"), show.run("two")
    window, table = compared(show, qtbot, first, second)
    window.parts.model.selection.select_runs([first.id])
    qtbot.waitUntil(lambda: table.empty.isVisible())
    assert "Select two runs" in table.empty.text()


def test_that_comparing_brings_no_torch_into_the_window() -> None:
    code = (
        "import sys, app.compare.page, app.compare.runs_table\n"
        "assert not {'torch', 'core.engine', 'core.data', 'core.models'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

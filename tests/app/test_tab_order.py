"""Tab goes through the window as it is laid out, however late a part of it was made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow


def way(window: MainWindow, qtbot: QtBot, start: QWidget, presses: int) -> list[str]:
    """Press Tab so often; return the names of what has the focus each time."""
    start.setFocus()
    names = []
    for _ in range(presses):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        names.append(window.focusWidget().objectName())
    return names


def test_that_tab_enters_a_section_where_it_stands(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    stage.run("digits")
    window = shown()
    window.activateWindow()
    draft = window.right.draft
    draft.set_open_sections(["training", "model"])  # made in the order of the sections, not of the opening
    draft.set_open_sections(["model", "training", "checkpoints"])
    names = way(window, qtbot, draft.sections["model"].header, 30)
    assert names[0] == "field.model.kind" or names[0].startswith("field.model")
    order = [name for name in names if name.startswith("section.")]
    assert order[:2] == ["section.training", "section.checkpoints"]
    assert names.index("section.training") > names.index("more.model")
    between = names[names.index("section.training") + 1 : names.index("section.checkpoints")]
    assert between
    assert all(not name.startswith(("field.model", "section.")) for name in between)
    assert "draft.scroll" not in names


def test_that_tab_goes_from_the_runs_to_the_middle(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    run = stage.run("digits")
    window = shown()
    window.activateWindow()
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: window.run_page is not None and window.parts.model.state(run.id) is not None)
    names = way(window, qtbot, window.runs.bar.field, 10)
    assert "plot-metrics" in names
    assert not any(name.startswith("section.") for name in names[: names.index("plot-metrics")])

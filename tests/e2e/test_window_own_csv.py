"""A real window and a CSV of one's own: dropped, looked at, its target chosen, trained to the end."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from app.theme import theme
from app.windows import Windows
from core.runs import liveness
from core.runs.workspace import Workspace

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]
PATIENCE_MS = 90_000
ROWS = 300
Until = Callable[[Callable[[], object]], None]


@pytest.fixture
def until(qtbot: QtBot) -> Until:
    """Wait for a condition while the window lives."""
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """Numbers with gaps, categories, truth values and dates, in a path that nobody should have to rename."""
    path = tmp_path / "my 🏠 data" / "häuser und preise.csv"
    path.parent.mkdir()
    chance = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["sold", "area", "rooms", "district", "garden", "price"])
        for _ in range(ROWS):
            area, rooms, garden = chance.uniform(40, 200), chance.randint(1, 7), chance.random() < 0.5
            district = chance.choice(["north", "süd", "🌊 coast", ""])
            price = 2000 * area + 9000 * rooms + 20_000 * garden + 30_000 * (district == "north")
            shown = "" if chance.random() < 0.1 else f"{area:.1f}"
            date = f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            table.writerow([date, shown, rooms, district, "yes" if garden else "no", f"{price:.0f}"])
    return path


@pytest.fixture
def window(tmp_path: Path, qapp: QApplication, until: Until) -> Iterator[MainWindow]:
    """A window on a new workspace, with everything that runs behind a real one."""
    theme().install(qapp, "light")
    windows = Windows(Settings(tmp_path / "window.ini"))
    window = windows.open(tmp_path / "ws")
    until(lambda: window.parts.model.loaded)
    yield window
    windows.close_all()
    end_everything(Workspace.open(tmp_path / "ws"))


def end_everything(workspace: Workspace) -> None:
    """Kill what trains and whoever looks after it, and wait until they are gone."""
    holder = liveness.holder(workspace.supervisor_lock_path)
    if holder is None or not holder.is_alive():
        return
    supervisor = psutil.Process(holder.pid)
    processes = [supervisor, *supervisor.children(recursive=True)]
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=10)


def drop(widget: QWidget, path: Path) -> None:
    """Drop a file on a widget, as a file browser does."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place = widget.rect().center()
    offered = Qt.DropAction.CopyAction
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, offered, data, button, keys)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(place), offered, data, button, keys))


def test_that_a_csv_of_one_s_own_trains_from_the_window(
    window: MainWindow, houses: Path, qtbot: QtBot, until: Until
) -> None:
    drop(window, houses)
    draft = window.parts.draft
    assert draft.value("data.kind") == "csv"
    assert draft.value("data.path") == str(houses)
    assert draft.value("name") == "häuser und preise"

    # The data section has opened and looks at the file; the columns it finds can be chosen.
    target = window.right.draft.findChild(QComboBox, "field.data.target")
    until(lambda: target.count() == 6)
    target.setFocus()
    line = target.lineEdit()
    line.clear()
    qtbot.keyClicks(line, "price")
    until(lambda: draft.value("data.target") == "price")
    words = window.right.draft.findChild(QLabel, "preview.words")
    until(lambda: f"{ROWS} examples, 6 columns" in words.text())

    draft.set("training.budget.stop_point", 5)
    train = window.right.draft.bar.train
    until(train.isEnabled)
    qtbot.mouseClick(train, Qt.MouseButton.LeftButton)
    model = window.parts.model
    until(lambda: model.selection.current)
    run = model.selection.current
    until(lambda: run in model.summaries and model.summaries[run].status not in ("queued", "starting", "running"))

    state = model.state(run)
    until(lambda: state.ended is not None)
    assert (state.ended.outcome, state.ended.message) == ("completed", "")
    assert state.prepared.task == "regression"
    assert len(state.series("valid/loss")) == 5
    assert state.checkpoints
    assert not [said for said in window.parts.notices.all if said.level == "error"]

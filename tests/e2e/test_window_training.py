"""A real window, a real supervisor, a real worker: train, pause, resume, stop; and a window that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from app.theme import theme
from app.windows import Windows
from core.runs import liveness
from core.runs.events import AnyEvent, Ended
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.workspace import Workspace
from core.spec.read import spec_from_dict

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]
PATIENCE_MS = 90_000
LONG = {
    "name": "long digits",
    "data": {"kind": "digits"},
    "model": {"kind": "mlp", "hidden": [32]},
    "training": {"budget": {"unit": "epochs", "stop_point": 20_000}, "batch_size": 64},
    "checkpoints": {"num_checkpoints": 0},
}
WINDOW = """
import sys
from pathlib import Path
from app.main import make_application
from app.settings import Settings
from app.theme import theme
from app.windows import Windows
application = make_application(["epochal"])
theme().install(application, "light")
windows = Windows(Settings(Path(sys.argv[1]) / "other.ini"))
windows.open(Path(sys.argv[1]) / "ws")
application.exec()
"""


class Desk:
    """A workspace, the windows on it, and what they see."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.workspace = Workspace.open(folder / "ws")
        self.windows = Windows(Settings(folder / "window.ini"))
        self.qtbot = qtbot
        self.window: MainWindow

    def open(self) -> MainWindow:
        self.window = self.windows.open(self.workspace.path)
        self.until(lambda: self.window.parts.model.loaded)
        return self.window

    def until(self, condition: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)

    def train(self) -> RunFolder:
        """Put a run without end in sight into the draft and press Train."""
        self.window.parts.draft.use(LONG)
        train = self.window.right.draft.bar.train
        assert train.isEnabled()
        train.click()
        self.until(lambda: self.window.parts.model.selection.current)
        run = self.workspace.run(self.window.parts.model.selection.current or "")
        self.until(lambda: self.status(run) == "running" and self.points(run) > 0)
        return run

    def status(self, run: RunFolder) -> str:
        summary = self.window.parts.model.summaries.get(run.id)
        return summary.status if summary else ""

    def points(self, run: RunFolder) -> int:
        state = self.window.parts.model.state(run.id)
        return len(state.series("train/loss")) if state else 0

    def do(self, action: str) -> None:
        """Press an action's button as soon as it can be pressed."""
        self.until(self.window.actions_set[action].isEnabled)
        self.window.actions_set[action].trigger()


def events_of(run: RunFolder) -> list[AnyEvent]:
    return EventReader(run.events_path).poll()


def end_everything(workspace: Workspace) -> None:
    """Kill what trains and whoever looks after it, and wait until they are gone."""
    holders = [
        liveness.holder(path) for path in (workspace.supervisor_lock_path, *(r.lock_path for r in workspace.runs()))
    ]
    found = [holder for holder in holders if holder is not None and holder.is_alive()]
    processes = [psutil.Process(holder.pid) for holder in found]
    for process in list(processes):
        processes += process.children(recursive=True)
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(processes, timeout=10)


@pytest.fixture
def desk(tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[Desk]:
    theme().install(qapp, "light")
    desk = Desk(tmp_path, qtbot)
    yield desk
    desk.windows.close_all()
    end_everything(desk.workspace)


def test_that_a_window_trains_pauses_resumes_steers_saves_and_stops(desk: Desk) -> None:
    window = desk.open()
    run = desk.train()
    assert window.run_page is not None
    desk.until(lambda: window.run_page.curves.plots)

    desk.do("run.pause")
    desk.until(lambda: desk.status(run) == "paused")
    state = window.parts.model.state(run.id)
    paused_at = state.step
    desk.do("run.resume")
    desk.until(lambda: desk.status(run) == "running" and state.step > paused_at)

    desk.do("run.checkpoint")
    desk.until(lambda: [row for row in state.checkpoints if row.reason == "command"])
    desk.until(lambda: window.run_page.checkpoints.model.rows)

    window.parts.control.send("run.steer", run.id, "set", "learning rate", path="learning_rate", value=0.0005)
    desk.until(lambda: [done for done in state.commands if done.name == "set" and done.outcome == "applied"])

    desk.do("run.stop")
    desk.until(lambda: desk.status(run) == "stopped")
    desk.until(lambda: any("stopped at step" in said.text for said in window.parts.notices.all))
    assert state.ended.reason == "command"
    assert {"pause", "resume", "checkpoint", "set", "stop"} <= {done.name for done in state.commands}
    assert not [said for said in window.parts.notices.all if said.level == "error"]


def test_that_a_run_goes_on_when_the_window_closes_and_is_there_again(desk: Desk) -> None:
    window = desk.open()
    run = desk.train()
    window.close()
    keep = window.findChild(QAbstractButton, "closing_keep")
    keep.click()
    assert window not in desk.windows.all
    length = run.events_path.stat().st_size
    deadline = time.monotonic() + PATIENCE_MS / 1000
    desk.until(lambda: run.events_path.stat().st_size > length)
    assert time.monotonic() < deadline

    again = desk.open()
    desk.until(lambda: desk.status(run) == "running")
    again.parts.model.selection.select_runs([run.id])
    desk.until(lambda: desk.points(run) > 0)
    again.close()
    again.findChild(QAbstractButton, "closing_stop").click()
    desk.until(lambda: again not in desk.windows.all)
    desk.until(lambda: [event for event in events_of(run) if isinstance(event, Ended)])
    ends = [event for event in events_of(run) if isinstance(event, Ended)]
    assert [end.outcome for end in ends] == ["stopped"]


def test_that_a_killed_window_loses_nothing(desk: Desk, tmp_path: Path) -> None:
    """kill -9 of the window's process: the run goes on, and a new window has every sequence number."""
    log = (tmp_path / "window.log").open("wb")
    process = subprocess.Popen([sys.executable, "-c", WINDOW, str(tmp_path)], stdout=log, stderr=log)
    log.close()
    try:
        run = desk.workspace.create_run(spec_from_dict(LONG))
        from core.jobs import client

        client.submit(desk.workspace, run)
        desk.until(lambda: any(event.seq > 3 for event in events_of(run)))
        assert process.poll() is None, (tmp_path / "window.log").read_text()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        assert run.is_alive()
    finally:
        process.kill()
        process.wait(10)

    window = desk.open()
    window.parts.model.selection.select_runs([run.id])
    desk.until(lambda: desk.status(run) == "running" and desk.points(run) > 0)
    state = window.parts.model.state(run.id)
    seen = state.last_seq
    desk.until(lambda: state.last_seq > seen + 3)
    assert state.missing == 0
    desk.do("run.stop")
    desk.until(lambda: desk.status(run) == "stopped")
    numbers = [event.seq for event in events_of(run)]
    assert numbers == list(range(1, len(numbers) + 1))
    desk.until(lambda: state.last_seq == numbers[-1])

"""The process that looks at data: asked, answered, failed, cancelled."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.panels import preview_process
from app.panels.own_data import source_of
from app.panels.preview_process import PreviewProcess
from app.panels.preview_tables import columns_model
from app.panels.thumbnails import Thumbnails
from core.spec.catalog import Catalog


@pytest.fixture
def process(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> PreviewProcess:
    monkeypatch.setattr(preview_process, "SETTLE_MS", 0)
    return PreviewProcess(tmp_path)


def answer_with(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have a small program answer in place of the describing process."""
    monkeypatch.setattr(QProcess, "setArguments", lambda self, _: QProcess.__dict__["setProgram"](self, sys.executable))
    start = QProcess.start
    monkeypatch.setattr(QProcess, "start", lambda self: start(self, sys.executable, ["-c", code]))


def test_that_an_answer_arrives(process: PreviewProcess, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, "print('{\"examples\": 3}')")
    with qtbot.waitSignal(process.arrived, timeout=30_000) as arrived:
        process.ask({"kind": "digits"})
    assert arrived.args == [{"examples": 3}]
    assert not process.is_busy


def test_that_an_error_is_told_with_its_place(
    process: PreviewProcess, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = '{"error": {"message": "Has no rows.", "where": "a.csv", "remedy": "Add some."}}'
    answer_with(monkeypatch, f"print('{error}')")
    with qtbot.waitSignal(process.failed, timeout=30_000) as failed:
        process.ask({"kind": "csv"})
    assert failed.args == ["a.csv: Has no rows. Add some.", "data"]


def test_that_a_crash_is_told_in_a_sentence(
    process: PreviewProcess, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, "import os; os.abort()")
    with qtbot.waitSignal(process.failed, timeout=30_000) as failed:
        process.ask({"kind": "csv"})
    assert "could not be looked at" in failed.args[0]


def test_that_a_long_look_is_cancelled_at_once(
    process: PreviewProcess, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, "import time; time.sleep(60)")
    with qtbot.waitSignal(process.started):
        process.ask({"kind": "csv"})
    with qtbot.waitSignal(process.cancelled, timeout=1000):
        process.cancel()
    assert not process.is_busy


def test_that_a_look_ends_with_its_window_and_without_a_complaint(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, "import time; time.sleep(60)")
    window = QWidget()
    process = PreviewProcess(tmp_path, window)
    with qtbot.waitSignal(process.started):
        process.ask({"kind": "csv"})
    child = process._process
    assert child is not None
    qtbot.waitUntil(lambda: child.state() == QProcess.ProcessState.Running)
    with qtbot.waitSignal(child.destroyed):
        window.deleteLater()


def test_that_the_same_question_is_asked_once(
    process: PreviewProcess, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, "print('{\"examples\": 3}')")
    with qtbot.waitSignal(process.arrived, timeout=30_000):
        process.ask({"kind": "digits"})
    process.ask({"kind": "digits"})
    assert not process.is_busy
    process.again()
    assert process.is_busy
    process.close()


def test_that_a_file_is_known_by_its_ending(catalog: Catalog, tmp_path: Path) -> None:
    assert source_of(Path("a.tsv"), catalog) == ("csv", "path")
    assert source_of(Path("a.npz"), catalog) is None  # this catalog reads none
    assert source_of(tmp_path, catalog) is None


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (72614.3, 1020345.0, "72,614 to 1,020,345"),
        (30.0, 249.94, "30 to 249.9"),
        (-1.5e-5, 0.5, "-1.5e-05 to 0.5"),
        (3.0, 3.0, "always 3"),
        (0, 3e9, "0 to 3e+09"),
    ],
)
def test_that_a_column_s_range_is_written_as_people_read_it(least: float, most: float, words: str) -> None:
    model = columns_model([{"name": "price", "type": "number", "minimum": least, "maximum": most}])
    assert model.index(0, 2).data() == words


def test_that_pictures_of_every_class_come_before_a_second_of_one(qtbot: QtBot) -> None:
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    shown = Thumbnails()
    qtbot.addWidget(shown)
    shown.show_pictures([{"png": dot, "label": str(digit)} for digit in range(10) for _ in range(2)])
    assert shown.accessibleDescription() == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1"

"""A curve CSV that is dropped on the window is drawn with its phases; where it may be data, both are offered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.dialogs.foreign_curve import ForeignCurve
from app.main_window import MainWindow
from app.plots.phase_track import track_of
from core.runs.state import RunState


def _curve(path: Path, names: str) -> Path:
    x = np.arange(1, 121) / 120
    train = np.where(x < 0.15, 1 - 4.6 * x, 0.31 - 0.2 * (x - 0.15))
    valid = np.where(x < 0.55, 1.1 * train, 0.25 + 0.4 * (x - 0.55))
    rows = [f"{10 * i},{a},{b}" for i, (a, b) in enumerate(zip(train, valid, strict=True), start=1)]
    path.write_text("\n".join([names, *rows]) + "\n")
    return path


def test_that_a_dropped_curve_is_drawn_with_its_phases(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = shown()
    window.centre.file_dropped.emit(_curve(tmp_path / "curve.csv", "step,train/loss,valid/loss"))
    qtbot.waitUntil(lambda: window.findChild(ForeignCurve) is not None, timeout=20_000)
    dialog = window.findChild(ForeignCurve)
    dialog.curves.draw_now()
    rules = [label.text() for label in dialog.findChildren(QLabel) if "foreign_curve_rule" in label.objectName()]
    assert len(rules) == 3
    assert "Validation turned at step 6" in rules[2]
    assert dialog.curves.plots
    assert window.parts.draft.value("data.path") != str(dialog.path)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(ForeignCurve) is None, timeout=10_000)


def test_that_a_curve_may_be_used_as_data_instead(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = shown()
    path = _curve(tmp_path / "curve.csv", "step,train/loss,valid/loss")
    window.centre.file_dropped.emit(path)
    qtbot.waitUntil(lambda: window.findChild(ForeignCurve) is not None, timeout=20_000)
    window.findChild(ForeignCurve).findChild(QPushButton, "foreign_curve_as_data").click()
    assert window.parts.draft.value("data.path") == str(path)


def test_that_both_are_offered_where_the_columns_do_not_tell(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = shown()
    window.centre.file_dropped.emit(_curve(tmp_path / "unclear.csv", "step,loss,other"))
    box = window.findChild(QMessageBox, "curve_or_data")
    draw = next(button for button in box.buttons() if "curve" in button.text())
    draw.click()
    qtbot.waitUntil(lambda: window.findChild(ForeignCurve) is not None, timeout=20_000)
    window.findChild(ForeignCurve).close()


def test_that_a_bad_curve_is_said_in_a_notice(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot, tmp_path: Path
) -> None:
    window = shown()
    path = tmp_path / "bad.csv"
    path.write_text("step,train/loss\n1,0.5\n2,oops\n")
    window.centre.file_dropped.emit(path)
    qtbot.waitUntil(lambda: any("line 3" in said.text for said in window.parts.notices.all), timeout=20_000)


def test_that_a_state_is_judged_once_for_all_who_ask() -> None:
    state = RunState()
    assert track_of(state) is track_of(state)
    assert track_of(RunState()) is not track_of(state)

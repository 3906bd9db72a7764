"""The window as a whole: names, empty states, what is remembered, what is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QProcess, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.theme import theme
from app.toast import Toast
from core.runs.events import CommandDone

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
)
OWN_OF_QT = ("qt_", "ScrollLeftButton", "ScrollRightButton", "_q_")


def interactive(window: QWidget) -> list[QWidget]:
    """Return every widget that takes keys or clicks, without the inner parts that Qt makes itself."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, INTERACTIVE) and not isinstance(widget, QScrollBar) and not _made_by_qt(widget)
    ]


def test_that_every_interactive_widget_has_an_object_name_and_an_accessible_name(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits")
    stage.run("wine", "interrupted", steps=80)
    window = shown()
    window.centre.show_welcome()
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: window.run_page is not None and bool(window.run_page.curves.plots))
    window.right.draft.set_open_sections(list(window.right.draft.sections))
    window.parts.notices.say("note", "hello")
    nameless = [
        f"{type(widget).__name__} {widget.objectName()!r} {widget.accessibleName()!r} {_text(widget)!r}"
        for widget in interactive(window)
        if not widget.objectName() or not (widget.accessibleName() or _text(widget))
    ]
    assert not nameless, "\n".join(nameless)


def _made_by_qt(widget: QWidget) -> bool:
    if widget.objectName().startswith(OWN_OF_QT):
        return True
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QComboBox | QAbstractSpinBox | QAbstractItemView | QLineEdit):
            return True
        above = above.parentWidget()
    return widget.parentWidget().objectName().startswith("qt_")


def _text(widget: QWidget) -> str:
    return str(widget.text()) if isinstance(widget, QAbstractButton) else ""


def test_that_a_first_start_welcomes_with_samples(shown: Callable[[], MainWindow]) -> None:
    window = shown()
    page = window.centre.currentWidget()
    assert page.objectName() == "welcome"
    assert page.findChild(QWidget, "sample_digits-mlp") is not None
    assert page.findChild(QWidget, "own_data") is not None
    assert window.findChild(QWidget, "welcome_title").text() == "Welcome to Epochal"


def test_that_a_later_empty_workspace_says_something_else(stage: Any, shown: Callable[[], MainWindow]) -> None:
    stage.settings.remember_workspace(stage.workspace.path)
    window = shown()
    assert "sample" in window.findChild(QWidget, "welcome_title").text()


def test_that_runs_without_a_selection_ask_for_one(stage: Any, shown: Callable[[], MainWindow]) -> None:
    stage.run("digits")
    assert shown().centre.currentWidget().objectName() == "nothing_selected"


def test_that_choosing_a_sample_fills_the_draft(shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = shown()
    card = window.findChild(QWidget, "sample_wine")
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert window.parts.draft.value("data.kind") == "wine"
    qtbot.keyClick(window.findChild(QWidget, "sample_diabetes"), Qt.Key.Key_Return)
    assert window.parts.draft.value("data.kind") == "diabetes"


def test_that_own_data_that_is_dropped_fills_the_draft(
    shown: Callable[[], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    window = shown()
    table = tmp_path / "my täble 🙂.csv"
    table.write_text("a,b,target\n1,2,x\n3,4,y\n")
    window.centre.file_dropped.emit(table)
    assert window.parts.draft.value("data.kind") == "csv"
    assert window.parts.draft.value("data.path") == str(table)
    strange = tmp_path / "what.xyz"
    strange.write_text("")
    window.centre.file_dropped.emit(strange)
    assert "what.xyz" in window.parts.notices.all[-1].text


def test_that_one_click_on_a_sample_trains_it(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = shown()
    window.findChild(QAbstractButton, "sample_train_digits-mlp").click()
    qtbot.waitUntil(lambda: len(window.parts.model.summaries) == 1, timeout=10_000)
    run = stage.workspace.runs()[0]
    assert window.parts.model.selection.current == run.id
    qtbot.waitUntil(lambda: window.parts.model.queue.waiting != [], timeout=10_000)
    assert window.parts.model.summaries[run.id].status == "queued"


def test_that_layout_and_choices_are_remembered(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    run = stage.run("digits")
    window = shown()
    window.bottom.fold(False)
    window.frame.show_runs(False)
    window.parts.model.selection.select_runs([run.id])
    page = window.run_page
    assert page is not None
    page.curves.toolbar.log_x.click()
    window.close()
    again = shown()
    assert again.parts.settings.bytes_of("geometry") is not None
    assert not again.bottom.folded
    assert again.runs.isHidden()
    again.parts.model.selection.select_runs([run.id])
    assert again.run_page is not None
    assert again.run_page.curves.toolbar.log_x.isChecked()


def test_that_the_theme_is_remembered(shown: Callable[[], MainWindow]) -> None:
    window = shown()
    window.actions_set["view.theme"].trigger()
    assert theme().mode == "dark"
    assert window.parts.settings.theme == "dark"
    window.actions_set["view.theme"].trigger()
    assert theme().mode == "light"


def test_that_a_read_only_workspace_is_shown_and_says_so(
    stage: Any, shown: Callable[[], MainWindow], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    run = stage.run("digits")
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    window = shown()
    assert window.parts.read_only
    qtbot.waitUntil(window.banner.isVisible)
    assert "read-only" in window.banner.accessibleName()
    window.parts.model.selection.select_runs([run.id])
    window._look()
    assert window.actions_set.reasons["run.train"] == "The workspace is read-only."
    assert window.actions_set.reasons["run.delete"] == "The workspace is read-only."
    assert not window.right.draft.bar.train.isEnabled()


def question(window: MainWindow, name: str) -> QMessageBox:
    """Return an open question."""
    return next(box for box in window.findChildren(QMessageBox, name) if box.isVisible())


def test_that_closing_over_a_running_run_asks_and_cancel_keeps_the_window(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    stage.run("digits", "running", steps=100)
    window = shown()
    window.close()
    assert window.isVisible()
    question(window, "closing").findChild(QAbstractButton, "closing_cancel").click()
    assert window.isVisible()


def test_that_closing_may_keep_runs_going(stage: Any, shown: Callable[[], MainWindow]) -> None:
    run = stage.run("digits", "running", steps=100)
    window = shown()
    window.close()
    question(window, "closing").findChild(QAbstractButton, "closing_keep").click()
    assert window not in stage.windows.all
    assert not run.commands_path.exists()


def test_that_closing_may_stop_runs_and_waits_until_they_were_told(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits", "running", steps=100)
    window = shown()
    window.close()
    question(window, "closing").findChild(QAbstractButton, "closing_stop").click()
    qtbot.waitUntil(lambda: window not in stage.windows.all, timeout=10_000)
    assert '"stop"' in run.commands_path.read_text()


def test_that_nothing_is_asked_when_nothing_runs(stage: Any, shown: Callable[[], MainWindow]) -> None:
    stage.run("digits")
    window = shown()
    window.close()
    assert window not in stage.windows.all


def test_that_interrupted_runs_are_offered_once(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    stage.run("digits", "interrupted", steps=100)
    window = shown()
    qtbot.waitUntil(window.banner.isVisible)
    assert "digits" in window.banner.accessibleName()
    window.banner.findChild(QAbstractButton, "banner_dismiss").click()
    window.close()
    assert not shown().banner.isVisible()


@pytest.mark.parametrize(("signal", "saved", "offered"), [(9, False, True), (11, False, False), (11, True, True)])
def test_that_a_run_that_would_crash_again_from_its_beginning_is_not_offered(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot, signal: int, saved: bool, offered: bool
) -> None:
    from core.runs.events import Ended
    from core.runs.journal import EventWriter

    run = stage.run("digits", "running", steps=10)
    with EventWriter(run.events_path) as events:
        events.write(Ended(outcome="failed", reason="died", step=10, signal=signal))
    if saved:
        (run.checkpoints_path / "step-00000010.h5").touch()
    window = shown()
    qtbot.waitUntil(lambda: bool(window.parts.model.summaries), timeout=10_000)
    assert window.banner.isVisible() is offered


def test_that_paused_runs_are_counted(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    from core.runs.events import Paused
    from core.runs.journal import EventWriter

    run = stage.run("digits", "running", steps=10)
    with EventWriter(run.events_path) as events:
        events.write(Paused(step=10))
    window = shown()
    words = window.findChild(QLabel, "status_running")
    qtbot.waitUntil(lambda: words.text() == "1 paused", timeout=10_000)


def test_that_an_interrupted_run_with_another_environment_is_asked_about(
    stage: Any, shown: Callable[[], MainWindow], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    from core.jobs import client

    run = stage.run("digits", "interrupted", steps=100)
    told = []
    monkeypatch.setattr(client, "environment_differences", lambda _: ["PyTorch is 9 here; the run used 2."])
    monkeypatch.setattr(client, "resume", lambda _, run, **how: told.append((run.id, how["accept_differences"])))
    window = shown()
    qtbot.waitUntil(window.banner.isVisible)
    window.banner.findChild(QAbstractButton, "resume_all").click()
    qtbot.waitUntil(lambda: any(box.isVisible() for box in window.findChildren(QMessageBox)), timeout=10_000)
    box = question(window, "resume_differs")
    assert "PyTorch is 9 here" in box.informativeText()
    assert not told
    box.findChild(QAbstractButton, "resume_anyway").click()
    qtbot.waitUntil(lambda: told == [(run.id, True)], timeout=10_000)


def test_that_a_run_that_ends_is_told_in_the_window(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    from core.runs.events import Ended
    from core.runs.journal import EventWriter

    run = stage.run("digits", "running", steps=100)
    window = shown()
    with EventWriter(run.events_path) as events:
        events.write(Ended(outcome="failed", reason="error", step=100, message="The disk is full."))
    qtbot.waitUntil(lambda: bool(window.findChildren(Toast)), timeout=10_000)
    assert window.parts.notices.all[-1].level == "error"
    assert "The disk is full." in window.parts.notices.all[-1].text
    window.findChildren(Toast)[0].opened.emit(run.id)
    assert window.parts.model.selection.current == run.id


def test_that_a_failed_run_shows_its_traceback(stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    run = stage.run("digits", "failed", steps=100, message="Out of luck.", traceback="Traceback: line 7")
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: window.right.currentWidget() is window.right.details, timeout=10_000)
    texts = [edit.toPlainText() for edit in window.right.details.findChildren(QPlainTextEdit)]
    assert any("line 7" in text for text in texts)


def test_that_two_windows_on_one_workspace_see_the_same(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    first, second = shown(), shown()
    stage.run("digits")
    for window in (first, second):
        window.parts.model.look_soon()
        qtbot.waitUntil(lambda window=window: len(window.parts.model.summaries) == 1, timeout=10_000)
    first.close()
    assert second.isVisible()
    assert QApplication.topLevelWidgets()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1200)])
def test_that_nothing_is_cut_off(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot, size: tuple[int, int]
) -> None:
    run = stage.run("digits", "running", steps=250)
    window = shown()
    window.resize(*size)
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: window.run_page is not None and bool(window.run_page.curves.plots))
    QApplication.processEvents()
    assert window.minimumSizeHint().width() <= size[0]
    assert window.minimumSizeHint().height() <= size[1]
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            corner = button.mapTo(window, button.rect().bottomRight())
            assert corner.x() <= window.width(), button.objectName()
            assert button.width() >= button.minimumSizeHint().width(), button.objectName()


def test_that_the_draft_is_there_again(stage: Any, shown: Callable[[], MainWindow]) -> None:
    window = shown()
    window.parts.draft.set("name", "half done")
    window.right.draft.set_open_sections(["training"])
    window.close()
    again = shown()
    assert again.parts.draft.value("name") == "half done"
    assert again.right.draft.open_sections() == ["training"]


def test_that_the_draft_survives_a_window_that_is_killed(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window = shown()
    window.parts.draft.set("name", "half done")
    qtbot.waitUntil(lambda: "half done" in stage.settings.text_of("draft"), timeout=10_000)


def test_that_a_selected_run_that_waits_is_not_taken_for_no_run(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    window = shown()
    run = stage.run("digits", "queued")
    window.parts.model.selection.select_runs([run.id])
    window.parts.model.look_soon()
    qtbot.waitUntil(lambda: window.run_page is not None and bool(window.run_page.curves.runs), timeout=10_000)
    assert window.run_page.curves.runs[0].id == run.id


def test_that_own_data_may_be_dropped_anywhere_on_the_window(
    stage: Any, shown: Callable[[], MainWindow], tmp_path: Path
) -> None:
    stage.run("digits")
    window = shown()
    table = tmp_path / "houses.csv"
    table.write_text("a,b\n1,2\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(table))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, none)
    window.dragEnterEvent(enter)
    assert enter.isAccepted()
    window.dropEvent(QDropEvent(QPointF(5, 5), copy, data, left, none))
    assert window.parts.draft.value("data.path") == str(table)


def test_that_closing_ends_a_look_at_the_data(shown: Callable[[], MainWindow], qtbot: QtBot) -> None:
    window = shown()
    window.right.show_section("data")
    body = window.right.draft.sections["data"].body
    qtbot.waitUntil(lambda: body.process._process is not None, timeout=10_000)
    process = body.process._process
    qtbot.waitUntil(lambda: process.state() == QProcess.ProcessState.Running, timeout=10_000)
    window.close()
    assert process.state() == QProcess.ProcessState.NotRunning
    assert not body.process.is_busy


def test_that_restoring_a_spec_brings_the_rate_that_was_in_force(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    run = stage.run("digits")
    window = shown()
    selection = window.parts.model.selection
    selection.select_runs([run.id])
    qtbot.waitUntil(lambda: window.parts.model.state(run.id).step == 400, timeout=10_000)
    path = "training.optimizer.learning_rate"
    for step, rate in ((120, 0.5), (260, 0.25)):
        told = CommandDone(
            command_id=str(step), name="set", arguments={"path": path, "value": rate}, outcome="applied", step=step
        )
        window.parts.model.state(run.id).apply(told)
    for step, rate in ((100, 0.001), (200, 0.5), (400, 0.25)):
        selection.select_checkpoint(run.id, step)
        window.checkpoints.restore()
        qtbot.waitUntil(lambda rate=rate: window.parts.draft.value(path) == rate, timeout=10_000)
    assert "starts a new run from the beginning" in window.parts.notices.all[-1].text


def test_that_opening_goes_to_the_live_run(stage: Any, shown: Callable[[], MainWindow]) -> None:
    stage.run("wine")
    run = stage.run("digits", "running", steps=100)
    stage.run("diabetes")
    assert shown().parts.model.selection.current == run.id


def test_that_notices_of_a_run_are_kept_once_and_old_ones_come_without_a_toast(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    first, second = stage.run("digits"), stage.run("wine")
    window = shown()
    for run in (first, second, first):
        window.parts.model.selection.select_runs([run.id])
        qtbot.waitUntil(lambda run=run: window.parts.model.state(run.id).ended is not None, timeout=10_000)
    texts = [said.text for said in window.parts.notices.all]
    assert sum("29 examples" in text for text in texts) == 2
    assert window.findChildren(Toast) == []


def test_that_several_runs_that_die_are_offered_together(
    stage: Any, shown: Callable[[], MainWindow], qtbot: QtBot
) -> None:
    from core.runs.events import Ended
    from core.runs.journal import EventWriter

    runs = [stage.run(name, "running", steps=100) for name in ("digits", "wine")]
    window = shown()
    for run in runs:
        with EventWriter(run.events_path) as events:
            events.write(Ended(outcome="failed", reason="died", step=100, signal=9))
    qtbot.waitUntil(lambda: "2 runs were interrupted" in window.banner.accessibleName(), timeout=10_000)


def test_that_a_spec_taken_over_is_shown_as_the_draft(stage: Any, shown: Callable[[], MainWindow]) -> None:
    stage.run("digits")
    window = shown()
    window.right.setCurrentWidget(window.right.steer)
    window.parts.draft.use({"name": "another"})
    assert window.right.currentWidget() is window.right.draft


def test_that_a_closed_window_waits_for_no_answer(shown: Callable[[], MainWindow], stage: Any, qtbot: QtBot) -> None:
    run = stage.run("slow", "running")
    window = shown()
    qtbot.waitUntil(lambda: window.parts.model.loaded)
    control = window.parts.control
    control.send("run.pause", run.id, "pause", "pause")
    assert control.pending_for(run.id) == {"run.pause"}
    stage.close()
    assert not control.pending_for(run.id)

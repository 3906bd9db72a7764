"""The proof of a checkpoint in the window: progress, cancel, and the verdict in plain words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from app.dialogs.proof import ProofDialog
from app.live.proofs import day
from app.main_window import MainWindow
from core.errors import BadInput
from core.jobs.throwaway import Cancelled, Done, Progress
from core.runs.proof import Difference, Proof, write_proof

EQUAL = Proof(
    verdict="bit-equal", step=200, to_step=250, state_sha256="0" * 64, time=time.time(), points=150, states=[250]
)
OTHER = Proof(
    verdict="differs",
    step=200,
    to_step=250,
    state_sha256="0" * 64,
    time=time.time(),
    points=150,
    differences=[
        Difference(what="train/loss", step=201, expected=0.5, found=0.25, relative=0.5, count=50),
        Difference(what="state counters.best.step", step=250, expected="240", found="220"),
    ],
    because=["Threads was 1, is 2."],
)


class Asked:
    """A question whose answer the test gives."""

    def __init__(self) -> None:
        self.answer_now = threading.Event()
        self.result: Proof | Exception = EQUAL
        self.cancelled = False

    def answer(self, on_progress: Callable[[Progress], None]) -> Done:
        on_progress(Progress(fraction=0.5, doing="Going on: step 225 of 200 to 250", seconds_left=7.0))
        assert self.answer_now.wait(20)
        if self.cancelled:
            raise Cancelled("It was cancelled.")
        if isinstance(self.result, Exception):
            raise self.result
        return Done(answer=msgspec.to_builtins(self.result))

    def cancel(self) -> None:
        self.cancelled = True
        self.answer_now.set()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Every dialog asks this."""
    question = Asked()
    monkeypatch.setattr(ProofDialog, "_ask", lambda self: question)
    return question


def opened(window: MainWindow, qtbot: QtBot, run_id: str) -> ProofDialog:
    """Ask for the proof of step 200 as a user would, and return the dialog."""
    window.parts.model.selection.select_runs([run_id])
    qtbot.waitUntil(lambda: window.parts.model.state(run_id) is not None, timeout=10_000)
    window.parts.model.selection.select_checkpoint(run_id, 200)
    qtbot.waitUntil(lambda: window.actions_set["checkpoint.verify"].isEnabled(), timeout=10_000)
    window.actions_set["checkpoint.verify"].trigger()
    (dialog,) = window.findChildren(ProofDialog)
    return dialog


def test_that_a_proof_tells_its_progress_and_then_its_verdict(
    stage: Any, shown: Any, qtbot: QtBot, asked: Asked
) -> None:
    run = stage.run("one")
    dialog = opened(shown(), qtbot, run.id)
    qtbot.waitUntil(lambda: "7 s left" in dialog.doing.text(), timeout=10_000)
    assert dialog.bar.value() == 500
    assert dialog.stop.isVisible()
    assert not dialog.again.isVisible()
    asked.answer_now.set()
    qtbot.waitUntil(lambda: not dialog.busy, timeout=10_000)
    assert dialog.head.text() == f"Proved bit-equal on {day(EQUAL.time)}"
    assert "150 points" in dialog.words.text()
    assert dialog.again.isVisible()
    assert not dialog.table.isVisible()


def test_that_what_differs_is_listed_with_the_reason(stage: Any, shown: Any, qtbot: QtBot, asked: Asked) -> None:
    asked.result = OTHER
    asked.answer_now.set()
    dialog = opened(shown(), qtbot, stage.run("one").id)
    qtbot.waitUntil(lambda: not dialog.busy, timeout=10_000)
    assert "Threads was 1, is 2." in dialog.words.text()
    assert [dialog.table.item(0, column).text() for column in range(5)] == ["train/loss", "201", "0.5", "0.25", "0.5"]
    assert dialog.table.item(1, 4).text() == "another value"


def test_that_a_proof_can_be_given_up_and_made_again(stage: Any, shown: Any, qtbot: QtBot, asked: Asked) -> None:
    dialog = opened(shown(), qtbot, stage.run("one").id)
    dialog.stop.click()
    assert asked.cancelled
    assert not dialog.busy
    assert dialog.head.text() == "Cancelled"
    dialog.again.click()
    assert dialog.busy
    dialog.close()


def test_that_closing_the_dialog_ends_the_process(stage: Any, shown: Any, qtbot: QtBot, asked: Asked) -> None:
    dialog = opened(shown(), qtbot, stage.run("one").id)
    dialog.close()
    assert asked.cancelled


def test_that_what_cannot_be_tried_says_why(stage: Any, shown: Any, qtbot: QtBot, asked: Asked) -> None:
    asked.result = BadInput("The file data.csv is not there.", remedy="Put it back.")
    asked.answer_now.set()
    dialog = opened(shown(), qtbot, stage.run("one").id)
    qtbot.waitUntil(lambda: not dialog.busy, timeout=10_000)
    assert dialog.words.text() == "The file data.csv is not there. Put it back."


def test_that_an_earlier_proof_of_the_same_state_is_shown_and_stands_in_the_tooltip(
    stage: Any, shown: Any, qtbot: QtBot, asked: Asked
) -> None:
    run = stage.run("one")
    write_proof(run, EQUAL)
    write_proof(run, msgspec.structs.replace(EQUAL, step=250, state_sha256="another"))
    window = shown()
    window.parts.model.selection.select_runs([run.id])
    qtbot.waitUntil(lambda: len(window.parts.model.proofs.of(run.id)) == 2, timeout=10_000)
    dialog = opened(window, qtbot, run.id)
    assert not dialog.busy
    assert "Proved bit-equal on" in dialog.head.text()
    rows = window.parts.model.state(run.id)
    assert rows is not None
    assert list(window.parts.model.proofs.words_of(run.id, rows.checkpoints)) == [200]

"""What the draft's checkpoints will take: asked of a process once, worded anew with every edit."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.draft import Draft
from app.panels.cost_line import CostLine
from app.panels.preview_process import PreviewProcess

ANSWER = {"parameters": 100, "checkpoint_bytes": 1_000_000, "weights_bytes": 400_000, "train_examples": 1000}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the process was asked; it gives no answer by itself."""
    questions: list[Any] = []
    monkeypatch.setattr(PreviewProcess, "ask", lambda self, question: questions.append(question))
    return questions


@pytest.fixture
def line(draft: Draft, tmp_path: Path, qtbot: QtBot, asked: list[Any]) -> CostLine:
    """The line of a draft."""
    line = CostLine(draft, tmp_path)
    qtbot.addWidget(line)
    return line


def test_that_size_count_and_room_are_told_and_follow_the_policy(line: CostLine, draft: Draft, asked: Any) -> None:
    assert "Looking" in line.words.text()
    line.process.arrived.emit(ANSWER)
    assert line.words.text().startswith("1 MB each, at most ")
    before = line.words.text()
    draft.set("checkpoints.keep_last", 2)
    assert line.words.text() != before
    assert "at most 4" in line.words.text()
    assert len(asked) == 1, "the policy does not change the size"


def test_that_another_model_is_asked_about_anew(line: CostLine, draft: Draft, asked: Any) -> None:
    line.process.arrived.emit(ANSWER)
    draft.set("model.hidden", [8])
    assert len(asked) == 2
    assert "Looking" in line.words.text()
    line.process.failed.emit("The data is large: the run says how large its checkpoints are.", "")
    assert "The data is large" in line.words.text()


def test_that_a_disk_too_small_is_warned_of(line: CostLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=3_000_000))
    line.process.arrived.emit(ANSWER)
    assert "only 3 MB are free" in line.warning.text()
    assert not line.warning.isHidden()

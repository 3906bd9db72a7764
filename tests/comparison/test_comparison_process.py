"""Asking a child process: progress, cancelling, errors, and asking again."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.cli.main import main
from core.comparison import asking
from core.comparison.asking import Asking, Cancelled
from core.comparison.kept import keep, kept, path_of
from core.comparison.request import Progress, Request
from core.errors import BadInput, CheckpointError
from core.runs.workspace import Workspace

pytestmark = pytest.mark.torch


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no child be started."""

    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(asking.subprocess, "Popen", refuse)


def test_that_a_child_makes_it_once_and_tells_how_far_it_is(gym: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    request = gym.request("first@15", "cnn", choice=msgspec.structs.replace(gym.few, listed=5))
    told: list[Progress] = []
    found = Asking(request).answer(told.append)
    assert [one.step for one in found.checkpoints] == [15, 30]
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1
    assert all(one.doing for one in told)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert Asking(request).answer() == found


def test_that_cancelling_leaves_nothing(gym: Any) -> None:
    request = gym.request("first@15", "cnn", choice=msgspec.structs.replace(gym.few, listed=6))
    before = set(path_of(request).parent.iterdir())
    question = Asking(request)
    with pytest.raises(Cancelled):
        question.answer(lambda progress: question.cancel())
    assert set(path_of(request).parent.iterdir()) == before
    assert kept(request) is None


@pytest.mark.usefixtures("no_process")
def test_that_a_question_cancelled_before_it_is_asked_starts_nothing(gym: Any) -> None:
    question = Asking(gym.request("first@15", "cnn", choice=msgspec.structs.replace(gym.few, listed=7)))
    question.cancel()
    with pytest.raises(Cancelled):
        question.answer()


def test_that_another_choice_other_order_or_other_weights_have_another_artifact(gym: Any) -> None:
    requests = [
        gym.request("first", "seed"),
        gym.request("seed", "first"),
        gym.request("first@15", "seed"),
        gym.request("first", "seed", choice=msgspec.structs.replace(gym.few, bins=11)),
    ]
    assert len({path_of(request) for request in requests}) == 4
    assert path_of(requests[0]) == path_of(gym.request("first", "seed"))


def test_that_a_damaged_artifact_is_made_anew(gym: Any, compare: Any) -> None:
    request = gym.request("first@15", "seed")
    path = keep(request, compare("first@15", "seed"))
    assert kept(request) is not None
    path.write_bytes(path.read_bytes()[:-10])
    assert kept(request) is None
    path.unlink()


@pytest.mark.usefixtures("no_process")
def test_that_a_checkpoint_that_is_not_there_is_one_sentence(gym: Any) -> None:
    request = Request(workspace=str(gym.workspace.path), checkpoints=[(gym["first"].id, 7), (gym["seed"].id, 30)])
    with pytest.raises(BadInput, match="no checkpoint of step 7"):
        Asking(request).answer()


def test_that_a_damaged_checkpoint_is_said_by_the_child(gym: Any, tmp_path: Path) -> None:
    from core.compare import _answer

    run = gym.train(
        {
            "data": {"kind": "digits"},
            "model": {"kind": "mlp", "hidden": [4]},
            "training": {"budget": {"unit": "steps", "stop_point": 2}},
            "compute": {"device": "cpu", "threads": 1},
        }
    )
    path = run.checkpoints_path / "step-00000002.h5"
    data = bytearray(path.read_bytes())
    place = data.rindex(b"\x00" * 8) - 4000
    data[place] ^= 255
    path.write_bytes(data)
    request = Request(workspace=str(gym.workspace.path), checkpoints=[(run.id, 2), (gym["seed"].id, 30)])
    (tmp_path / "request.json").write_bytes(msgspec.json.encode(request))
    with pytest.raises(CheckpointError, match="damaged"):
        _answer(tmp_path / "request.json", lambda line: None)


@pytest.mark.usefixtures("no_process")
def test_that_the_command_line_gives_what_was_asked_for(gym: Any, compare: Any, capsys: Any) -> None:
    from core.comparison.request import Choice

    keep(gym.request("first@15", "seed", choice=Choice()), compare("first@15", "seed", choice=Choice()))
    words = ["-w", str(gym.workspace.path), "compare", f"{gym['first'].id}@15", f"{gym['seed'].id}@last"]
    assert main([*words, "--json"]) == 0
    given = json.loads(capsys.readouterr().out)
    assert {"metrics", "spec", "layers", "similarity", "flipped"} <= given.keys()
    assert [row["path"] for row in given["spec"]] == ["seed"]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "CKA B" in text
    assert f"{given['flipped'][0]['count']:,} of" in text
    assert "Barrier" in text


@pytest.mark.parametrize(
    "words", [["{first}"], ["{first}@3", "{first}"], ["nothing", "{first}"], ["{first}@15", "{first}", "--runs"]]
)
@pytest.mark.usefixtures("no_process")
def test_that_bad_input_is_one_sentence_and_exit_code_2(words: list[str], gym: Any, capsys: Any) -> None:
    named = [word.format(first=gym["first"].id) for word in words]
    assert main(["-w", str(gym.workspace.path), "compare", *named]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1


def test_that_runs_without_checkpoints_are_bad_input(empty: Workspace, capsys: Any) -> None:
    assert main(["-w", str(empty.path), "compare", "a", "b"]) == 2
    assert "no run" in capsys.readouterr().err

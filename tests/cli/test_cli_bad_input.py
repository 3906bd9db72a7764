"""Bad input: one clear sentence on standard error, exit code 2, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core import durable
from core.cli.main import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trian"], "did you mean train"),
        (["qqqq"], "the verbs are"),
        (["show"], "RUN"),
        (["show", "zzz"], "There is no run 'zzz'"),
        (["train"], "Name the spec"),
        (["train", "none.toml"], "There is no such file"),
        (["stop", "{run}"], "is not running"),
        (["resume", "{run}@41"], "no checkpoint of step 41. There are: 20, 40."),
        (["resume", "{run}@x"], "names no checkpoint"),
        (["steer", "{run}", "oops"], "path=value"),
        (["steer", "{run}", "a=[1]"], "not one value"),
        (["export", "{run}", "m.onnx"], "must end in"),
        (["export", "{run}", "nowhere/m.csv"], "folder does not exist"),
        (["describe", "nonsense"], "no component and no field"),
        (["runs", "--jsno"], "unrecognized arguments"),
        (["--frob", "runs"], "--frob"),
    ],
)
def test_that_bad_input_is_one_sentence(words: list[str], said: str, terminal: Any, played: Any) -> None:
    answer = terminal(*[word.format(run=played.id) for word in words])
    assert answer.code == 2
    assert answer.out == ""
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_that_a_prefix_of_two_runs_is_refused(terminal: Any, played: Any, tmp_path: Path) -> None:
    twin = played.path.with_name(f"{played.id[:7]}!")
    twin.mkdir()
    answer = terminal("show", played.id[:7])
    assert answer.code == 2
    assert "2 runs begin with" in answer.err


def test_that_a_missing_workspace_is_not_created_by_looking(tmp_path: Path, capsys: Any) -> None:
    assert main(["-w", str(tmp_path / "none"), "runs"]) == 2
    assert "no such workspace" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_that_the_doctor_takes_a_workspace_that_is_not_there_yet(tmp_path: Path, capsys: Any) -> None:
    assert main(["-w", str(tmp_path / "none"), "doctor"]) in (0, 1)  # 1: little memory, or a full disk
    assert "none: not there yet, the first run creates it" in capsys.readouterr().out
    assert main(["-w", str(tmp_path / "none"), "describe", "mlp"]) == 0
    assert not (tmp_path / "none").exists()


SPECS = {
    "model = 3": "model",
    "[training]\nbatch_size = 0": "training.batch_size",
    "[training]\nbatch_siz = 5": "batch_size",
    "[model]\nkind = 'mpl'": "mlp",
    "[training": "spec.toml",
    "[training.optimizer]\nkind = 'sgd'\nbeta1 = 0.5": "training.optimizer",
}


@pytest.mark.parametrize("text", SPECS)
def test_that_a_wrong_spec_names_file_and_field(text: str, terminal: Any, tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(text)
    answer = terminal("train", str(tmp_path / "spec.toml"), "--detach")
    assert answer.code == 2
    assert SPECS[text] in answer.err
    assert "Traceback" not in answer.err
    assert terminal.workspace.runs() == []


def test_that_a_wrong_override_is_refused(terminal: Any, tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text("")
    for override, said in (
        ("training.batch_size=many", "--set: training.batch_size: Must be"),
        ("nonsense", "path=value"),
        ("nonsense=", "--set: nonsense: There is no such field."),
        ("training.stages.5.name=x", "Use 0: the list is empty."),
        ("model.hidden=64,32", "Write [64, 32]."),
        ("name=a\0b", "--set: name: Holds a control character."),
    ):
        answer = terminal("train", str(tmp_path / "spec.toml"), "--set", override, "--detach")
        assert answer.code == 2
        assert said in answer.err
        assert answer.err.count("\n") == 1
    assert terminal.workspace.runs() == []


def test_that_data_that_is_nowhere_is_refused_before_there_is_a_run(terminal: Any, tmp_path: Path) -> None:
    spec = tmp_path / "spec.toml"
    spec.write_text("[data]\nkind = 'csv'\npath = 'none.csv'\n")
    answer = terminal("train", str(spec), "--detach")
    assert answer.code == 2
    assert "data.path: There is no file or folder none.csv." in answer.err
    assert str(tmp_path) in answer.err
    absent = terminal("train", str(spec), "--set", f"data.path={tmp_path / 'gone.csv'}", "--detach")
    assert absent.code == 2
    assert "gone.csv. Check the path.\n" in absent.err
    assert terminal.workspace.runs() == []


def test_that_a_full_disk_is_bad_input_and_leaves_no_run(
    terminal: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_faults", {})
    (tmp_path / "spec.toml").write_text("")
    durable.arm("enospc@spec.before_write:1")
    answer = terminal("train", str(tmp_path / "spec.toml"), "--detach")
    assert answer.code == 2
    assert "the disk is full" in answer.err
    assert terminal.workspace.runs() == []
    durable.arm("enospc@queue.before_write:1")
    answer = terminal("train", str(tmp_path / "spec.toml"), "--detach")
    assert (answer.code, answer.out) == (2, "")
    assert terminal.workspace.runs() == []


def test_that_a_reader_who_has_seen_enough_is_no_error(terminal: Any, played: Any) -> None:
    line = f"{sys.executable} -m core.cli.main -w '{terminal.workspace.path}' describe spec | head -1"
    result = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1


def test_that_looking_at_runs_imports_neither_torch_nor_qt_nor_hdf5(terminal: Any, played: Any) -> None:
    program = (
        "import sys; from core.cli.main import main; "
        f"main(['-w', {str(terminal.workspace.path)!r}, 'runs']); "
        "print([name for name in ('torch', 'PySide6', 'h5py', 'optuna', 'sklearn') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


def test_that_help_names_every_verb(terminal: Any) -> None:
    from core.cli.verbs import VERBS

    text = terminal("--help").out
    assert all(f"\n  {verb} " in text for verb in VERBS)
    for verb in VERBS:
        answer = terminal(verb, "--help")
        assert answer.code == 0
        assert answer.out.startswith(f"usage: epochal {verb}")

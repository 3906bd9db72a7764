"""`epochal fork`: the whole way with the real worker, and what it says before anything starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.torch, pytest.mark.slow]

SPEC = """
name = "wine"
[data]
kind = "wine"
[model]
kind = "mlp"
hidden = [16]
[training]
batch_size = 16
[training.budget]
unit = "epochs"
stop_point = 4
[training.schedule]
kind = "cosine"
[checkpoints]
num_checkpoints = 4
[compute]
threads = 1
device = "cpu"
"""


def epochal(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, in `folder`."""
    line = [sys.executable, "-m", "core.cli.main", "-w", str(folder / "ws"), *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=110)


def answer(folder: Path, *words: str) -> Any:
    done = epochal(folder, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_that_a_run_is_forked_looked_at_and_trained_longer(tmp_path: Path) -> None:
    (tmp_path / "wine.toml").write_text(SPEC)
    parent = epochal(tmp_path, "train", "wine.toml").stdout.split()[0]
    steps = {row["step"]: row["state_sha256"] for row in answer(tmp_path, "checkpoints", parent)}
    middle, last = sorted(steps)[1], max(steps)

    plan = answer(tmp_path, "fork", f"{parent}@{middle}", "--dry-run")
    assert plan["restored"]
    assert plan["changed"] == []
    assert plan["old_rate"] == plan["new_rate"]
    assert [row["id"] for row in answer(tmp_path, "runs")] == [parent]  # nothing was started

    forked = epochal(tmp_path, "fork", f"{parent}@{middle}")
    assert forked.returncode == 0, forked.stderr
    assert "The optimizer's memory: adamw" in forked.stderr
    child = forked.stdout.split()[0]
    ends = {row["step"]: row["state_sha256"] for row in answer(tmp_path, "checkpoints", child)}
    assert ends[last] == steps[last]
    curve = answer(tmp_path, "curve", child)
    assert curve["joined"] == [{"run": parent, "until_step": middle}]
    assert curve["metrics"]["train/loss"]["step"] == list(range(1, last + 1))
    assert answer(tmp_path, "curve", child, "--own")["metrics"]["train/loss"]["step"][0] == middle + 1

    longer = epochal(tmp_path, "fork", f"{child}@last", "--set", "training.budget.stop_point=6")
    assert longer.returncode == 0, longer.stderr
    assert "schedule: restart (or keep, stretch)" in longer.stderr
    shown = answer(tmp_path, "show", longer.stdout.split()[0])
    assert (shown["parent"], shown["status"], shown["step"]) == (child, "completed", last * 6 // 4)

    warm = epochal(tmp_path, "fork", f"{parent}@best", "--warm-start", "--head", "new", "--set", "seed=1")
    assert warm.returncode == 0, warm.stderr
    notices = [notice["message"] for notice in answer(tmp_path, "show", warm.stdout.split()[0])["notices"]]
    assert any("drawn anew, as asked" in message for message in notices)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "seed=3", "--set", "model.hidden=[9]"), "also model.hidden"),
        ((), "nothing is left to train"),
        (("--head", "new"), "--warm-start"),
        (("--warm-start", "--schedule", "keep"), "begins its schedule anew"),
        (("--set", "nonsense=3"), "There is no such field"),
    ],
)
def test_that_what_cannot_be_is_bad_input(forkable: tuple[Path, str], words: tuple[str, ...], said: str) -> None:
    folder, run = forkable
    refused = epochal(folder, "fork", f"{run}@last", *words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture(scope="module")
def forkable(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A workspace with one short run."""
    folder = tmp_path_factory.mktemp("forking")
    (folder / "wine.toml").write_text(SPEC)
    return folder, epochal(folder, "train", "wine.toml", "--set", "training.budget.stop_point=1").stdout.split()[0]

"""The whole way with the real worker: train, look, verify, export."""

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
[training.budget]
unit = "epochs"
stop_point = 3
[compute]
threads = 1
"""


def epochal(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, in `folder`."""
    line = [sys.executable, "-m", "core.cli.main", "-w", str(folder / "ws"), *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=110)


def test_that_a_spec_is_trained_and_its_weights_come_out(tmp_path: Path) -> None:
    (tmp_path / "wine.toml").write_text(SPEC)
    trained = epochal(tmp_path, "train", "wine.toml", "--set", "training.batch_size=32")
    assert trained.returncode == 0, trained.stderr
    run = trained.stdout.splitlines()[0]
    assert f"Run {run} is complete" in trained.stderr
    shown: dict[str, Any] = json.loads(epochal(tmp_path, "show", run, "--json").stdout)
    assert shown["spec"]["training"]["batch_size"] == 32
    assert shown["step"] == shown["total_steps"] > 0
    verified = json.loads(epochal(tmp_path, "verify", run, "--json").stdout)
    assert verified["verdict"] == "bit-equal"
    assert verified["proof"]["against"] == "the record"
    assert verified["differs"] == []
    assert list((tmp_path / "ws" / "runs" / run / "artifacts").glob("proof-*.json"))
    assert epochal(tmp_path, "export", run, "model.pt").returncode == 0
    assert (tmp_path / "model.pt").stat().st_size > 0


def test_that_data_beside_the_spec_is_found_and_missing_data_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,b,y\n" + "\n".join(f"{i},{i * 7 % 5},{i % 2}" for i in range(60)) + "\n")
    (tmp_path / "own.toml").write_text(
        SPEC.replace('kind = "wine"', 'kind = "csv"\npath = "data.csv"\ntarget = "y"', 1)
    )
    assert epochal(tmp_path, "train", "own.toml").returncode == 0
    missing = epochal(tmp_path, "train", "own.toml", "--set", "data.path=none.csv")
    assert missing.returncode == 2, missing.stderr
    assert "none.csv" in missing.stderr

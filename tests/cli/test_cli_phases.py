"""`epochal phases`: a curve from elsewhere is judged as a run is, and a bad file gets one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest


def _written(path: Path, columns: dict[str, Any]) -> Path:
    rows = ["".join(f"{value}," for value in row)[:-1] for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join([",".join(columns), *rows]) + "\n")
    return path


def _overfit(points: int = 200) -> dict[str, Any]:
    random = np.random.default_rng(31)
    x = np.arange(1, points + 1) / points
    train = np.where(x < 0.15, 1 - 4.6 * x, 0.31 - 0.2 * (x - 0.15)) * np.exp(0.02 * random.normal(size=points))
    valid = np.where(x < 0.55, 1.1 * train, 0.25 + 0.4 * (x - 0.55)) * np.exp(0.005 * random.normal(size=points))
    return {"step": range(10, 10 * points + 1, 10), "train/loss": train, "valid/loss": valid}


def test_that_an_overfit_curve_has_three_phases(terminal: Any, tmp_path: Path) -> None:
    path = _written(tmp_path / "curve.csv", _overfit())
    phases = json.loads(terminal("phases", str(path), "--json").out)
    assert [phase["phase"] for phase in phases] == ["I", "II", "III"]
    assert set(phases[0]) == {"phase", "from_step", "to_step", "confidence", "rule", "answer"}
    assert abs(phases[0]["to_step"] - 300) <= 100
    assert abs(phases[2]["from_step"] - 1100) <= 100
    table = terminal("phases", str(path)).out
    assert "overfit" in table
    assert "Validation turned at step" in table


def test_that_an_exported_run_gets_the_phases_of_the_run(terminal: Any, played: Any, tmp_path: Path) -> None:
    out = tmp_path / "run.csv"
    terminal("export", played.id, str(out))
    of_run = json.loads(terminal("curve", played.id, "--json").out)["phases"]
    assert json.loads(terminal("phases", str(out), "--json").out) == of_run


@pytest.mark.parametrize("missing", ["step", "train/loss", "valid/loss"])
def test_that_one_column_may_be_missing(terminal: Any, tmp_path: Path, missing: str) -> None:
    columns = _overfit()
    del columns[missing]
    told = terminal("phases", str(_written(tmp_path / "curve.csv", columns)), "--json")
    assert told.code == 0
    assert json.loads(told.out)[0]["to_step"] is not None


def test_that_losses_in_rows_of_their_own_and_nan_are_read(terminal: Any, tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(
        "Step, Train_Loss ,val_loss,other\n" + "".join(f"{i},{1 / i},,x\n{i},,NaN,\n" for i in range(1, 40))
    )
    assert terminal("phases", str(path), "--json").code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("step,train/loss\n", "no rows"),
        ("a,b\n1,2\n", "line 1: It has no loss; its columns are a, b"),
        ("step,train/loss\n1,0.5\n2,oops\n", "line 3: train/loss is 'oops', which is no number"),
        ("step,train/loss\n1,0.5\n2,0.4,9\n", "line 3: It has 3 cells; the header has 2"),
        ("step,train/loss\n1,0.5\n5,0.4\n4,0.3\n", "line 4: Step 4 comes after step 5"),
        ("step,train/loss\n1,0.5\n,0.4\n", "line 3: There is no step"),
        ("step,train/loss\n-1,0.5\n", "line 2: The step is -1"),
        ("step,train/loss\n1,\n2,\n", "hold no number"),
        ("run,metric,step,value\na,train/loss,1,1\nb,train/loss,1,1\n", "2 runs (a, b)"),
        ("\xff\xfe\x00", "not a text file"),
    ],
)
def test_that_a_bad_file_gets_one_sentence(terminal: Any, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(text.encode("latin-1"))
    told = terminal("phases", str(path))
    assert told.code == 2
    assert said in told.err
    assert "Traceback" not in told.err
    assert len(told.err.strip().splitlines()) == 1


def test_that_a_missing_file_and_a_folder_are_said(terminal: Any, tmp_path: Path) -> None:
    assert "No such file" in terminal("phases", str(tmp_path / "none.csv")).err
    assert "folder" in terminal("phases", str(tmp_path)).err

"""Makes the recorded curves beside this file again: real runs on built-in data, through the command line.

    python tests/curves/recorded/record.py [NAME ...]

Each is trained in a workspace of its own that is thrown away, exported by `epochal export`, and thinned: at most 400
points of training, every point of validation, four digits. On another processor or version of torch the curves differ
in detail; what the tests expect of them has room for that. The first thirteen were made the same way from the samples
of the same names; `digits-cnn-long` is digits-cnn for 30 epochs, `digits-noisy` digits-mlp with batches of 8 at a
constant rate of 0.0003, `one-at-a-time` with batches of one at 0.0005 for 3 epochs, `underfit` a linear model with SGD
at 0.00001, and `diverged` one hidden layer of 128 with SGD at 50.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SAMPLES = HERE.parents[2] / "resources" / "samples"
MOST = 400
_EACH = "training.evaluate.interval=1"
_LITTLE = ("data.split.valid=0.9", _EACH)
_SGD = "training.optimizer.kind=sgd"

# Name: the sample, and what is changed in it.
RUNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "little-data-mlp-64": ("digits-overfit", ("model.hidden=[64]", "seed=1")),
    "overfit-mlp-seed-2": ("digits-overfit", ("seed=2", "training.budget.stop_point=100")),
    "little-data-cnn": (
        "digits-cnn",
        (*_LITTLE, "seed=3", "training.budget.stop_point=80", "training.monitor=valid/loss"),
    ),
    "sgd-4-mlp": (
        "digits-mlp",
        (
            _SGD,
            "training.optimizer.learning_rate=0.02",
            "training.batch_size=4",
            "seed=1",
            "training.budget.stop_point=10",
        ),
    ),
    "sgd-4-cnn": (
        "digits-cnn",
        (
            _SGD,
            "training.optimizer.learning_rate=0.01",
            "training.batch_size=4",
            "seed=5",
            "training.budget.stop_point=6",
        ),
    ),
    "converged-mlp-32": (
        "digits-mlp",
        (_SGD, "training.optimizer.learning_rate=0.1", "model.hidden=[32]", "seed=4", "training.budget.stop_point=80"),
    ),
    "underfit-cnn": (
        "digits-cnn",
        (_SGD, "training.optimizer.learning_rate=0.000001", "seed=2", "training.budget.stop_point=10"),
    ),
    "thrown-back-cnn": (
        "digits-cnn",
        (_SGD, "training.optimizer.learning_rate=20", "training.on_non_finite=skip", "training.budget.stop_point=10"),
    ),
}


def record(name: str) -> None:
    """Train one run and write its curve."""
    sample, changes = RUNS[name]
    with tempfile.TemporaryDirectory(prefix="epochal-record-") as folder:
        workspace = ["-w", str(Path(folder) / "workspace")]
        sets = [word for change in changes for word in ("--set", change)]
        trained = _epochal(*workspace, "train", str(SAMPLES / f"{sample}.toml"), *sets)
        out = Path(folder) / "run.csv"
        _epochal(*workspace, "export", trained.split()[0], str(out))
        _thin(out, HERE / f"{name}.csv")


def _epochal(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "core.cli.main", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"epochal {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _thin(source: Path, target: Path) -> None:
    with source.open(newline="") as file:
        rows = [
            {name: row.get(name, "") for name in ("step", "train/loss", "valid/loss")} for row in csv.DictReader(file)
        ]
    train = [row for row in rows if row["train/loss"]]
    kept = {id(row) for row in train[:: max(1, -(-len(train) // MOST))]}
    lines = ["step,train/loss,valid/loss"]
    for row in rows:
        loss = _short(row["train/loss"]) if id(row) in kept else ""
        if loss or row["valid/loss"]:
            lines.append(f"{row['step']},{loss},{_short(row['valid/loss'])}")
    target.write_text("\n".join(lines) + "\n")


def _short(value: str) -> str:
    return f"{float(value):.4g}" if value else ""


if __name__ == "__main__":
    for chosen in sys.argv[1:] or RUNS:
        record(chosen)
        print(chosen)

"""`epochal export RUN@STEP OUT.safetensors|.pt`, `export RUN OUT.csv|.toml`: weights, metrics, steered specs out."""

from __future__ import annotations

import argparse
import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoints.export import SUFFIXES, export_weights
from core.checkpoints.format import digest_of, state_of
from core.checkpoints.store import CheckpointStore
from core.cli.names import find_checkpoint
from core.cli.printing import counted, number, plain
from core.cli.workspaces import workspace_to_read
from core.durable import write_atomically
from core.errors import BadInput
from core.runs.replay import replay_spec
from core.runs.run_folder import RunFolder
from core.runs.state import RunState, state_of_run
from core.spec.read import write_spec


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "what",
        metavar="RUN[@STEP]",
        help="a checkpoint; or a run: its model, its metrics (.csv), its spec with all changes made to it (.toml)",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a file ending in .safetensors, .pt, .csv or .toml")


def run(given: argparse.Namespace) -> int:
    """Write the file and say what is in it."""
    workspace, out = workspace_to_read(given), given.out
    if not out.absolute().parent.is_dir():
        raise BadInput("The folder does not exist.", where=str(out.parent), remedy="Create it first.")
    if out.suffix == ".csv":
        folder = workspace.find(given.what.partition("@")[0])
        state = state_of_run(folder)
        write_atomically(out, csv_of(state).encode("utf-8"), point="export")
        print(f"{out}: {len(state.metrics)} metrics of run {folder.id}")
        return 0
    if out.suffix == ".toml":
        return _export_spec(workspace.find(given.what.partition("@")[0]), out)
    if out.suffix not in SUFFIXES:
        raise BadInput(f"{out.name} must end in {', '.join(SUFFIXES)}, .csv or .toml.", where=str(out))
    folder, step = find_checkpoint(workspace, given.what)
    about = about_checkpoint(folder, step)
    export_weights(CheckpointStore(folder.checkpoints_path).path(step), out, plain(about))
    print(f"{out}: the weights of run {folder.id} at step {step:,}, described in {out.name}.json")
    return 0


def _export_spec(folder: RunFolder, out: Path) -> int:
    """Write the run as a fresh spec that makes the same changes at the same steps."""
    spec = replay_spec(folder)
    write_atomically(out, write_spec(spec).encode("utf-8"), point="export")
    changes = spec.training.changes
    made = f"{counted(len(changes), 'change')}, at step {', '.join(f'{one.step:,}' for one in changes)}"
    print(f"{out}: the spec of run {folder.id} with {made if changes else 'no change: none was made'}")
    return 0


def about_checkpoint(folder: RunFolder, step: int) -> dict[str, Any]:
    """Return what one needs to use the weights: spec, shapes, classes, standardisation, where they are from."""
    path = CheckpointStore(folder.checkpoints_path).path(step)
    state = state_of_run(folder)
    prepared = state.prepared
    row = next((row for row in state.checkpoints if row.step == step), None)
    return {
        "run": folder.id,
        "step": step,
        "state_sha256": digest_of(path),
        "metrics": row.metrics if row else {},
        "spec": folder.raw_spec(),
        "task": prepared.task if prepared else None,
        "classes": prepared.classes if prepared else None,
        "input_shape": prepared.input_shape if prepared else None,
        "outputs": prepared.outputs if prepared else None,
        "standardisation": state_of(path).get("standardisation"),
    }


def csv_of(state: RunState) -> str:
    """Return the live points of every metric, one row per step; a metric that was not measured there is empty."""
    names = sorted(state.metrics)
    rows: dict[float, list[str]] = {}
    for column, name in enumerate(names):
        for step, examples, time_s, value in zip(*state.metrics[name].live_points(), strict=True):
            row = rows.setdefault(step, _row(step, examples, time_s, state, len(names)))
            row[4 + column] = repr(float(value)) if np.isfinite(value) else number(value)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["step", "examples", "virtual_epoch", "time_s", *names])
    writer.writerows(rows[step] for step in sorted(rows))
    return out.getvalue()


def _row(step: float, examples: float, time_s: float, state: RunState, metrics: int) -> list[str]:
    epoch = float(examples) / max(1, state.virtual_epoch_size)
    return [str(int(step)), str(int(examples)), f"{epoch:.9g}", f"{time_s:.6f}", *[""] * metrics]

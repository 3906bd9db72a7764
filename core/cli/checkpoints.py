"""`epochal checkpoints RUN`: the checkpoints of a run, and why each is kept."""

from __future__ import annotations

import argparse
from typing import Any

from core.checkpoints.store import CheckpointStore
from core.cli.printing import add_json, age, number, print_json, print_table, size
from core.cli.workspaces import workspace_to_read
from core.curves.phases import Phase, phase_at
from core.runs.joined import joined_state
from core.runs.phases import phases_of
from core.runs.run_folder import RunFolder
from core.runs.state import CheckpointRow


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its beginning")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print one row per checkpoint, oldest first."""
    folder = workspace_to_read(given).find(given.run)
    state = joined_state(folder)  # the phases of a fork are those of its whole curve
    phases, pins = phases_of(state), CheckpointStore(folder.checkpoints_path).pins()
    rows = state.checkpoints
    if given.json:
        print_json([_as_table(folder, row, phases, pins) for row in rows])
    elif rows:
        metric = state.prepared.monitor if state.prepared else ""
        cells = [_cells(row, metric, phases, pins) for row in rows]
        print_table(("step", "examples", "phase", metric, "size", "saved", "kept because"), cells)
    else:
        print(f"Run {folder.id} has no checkpoint yet; `epochal checkpoint {folder.id}` saves one.")
    return 0


def _as_table(folder: RunFolder, row: CheckpointRow, phases: list[Phase], pins: set[int]) -> dict[str, Any]:
    return {
        "step": row.step,
        "examples": row.examples,
        "virtual_epoch": row.virtual_epoch,
        "phase": phase_at(phases, row.step),
        "metrics": row.metrics,
        "bytes": row.bytes,
        "kept_because": _kept_because(row, pins),
        "state_sha256": row.state_sha256,
        "file": str(folder.path / row.file),
        "time": row.time,
        "reason": row.reason,
        "live": row.live,
        "thinned": row.thinned,
        "segment": row.segment,
        "stall_s": row.stall_s,
        "write_s": row.write_s,
    }


def _cells(row: CheckpointRow, metric: str, phases: list[Phase], pins: set[int]) -> tuple[str, ...]:
    why = _kept_because(row, pins) + ("" if row.live else " (the run went on from before it)")
    phase = phase_at(phases, row.step) or ""
    value = number(row.metrics.get(metric))
    return (f"{row.step:,}", f"{row.examples:,}", phase, value, size(row.bytes), age(row.time), why)


def _kept_because(row: CheckpointRow, pins: set[int]) -> str:
    words = ["pinned" if row.step in pins else "", row.kept_because, "weights only" if row.thinned else ""]
    return ", ".join(filter(None, words))

"""`epochal runs`: lists the runs of a workspace, newest first."""

from __future__ import annotations

import argparse
from typing import Any

from core.cli.printing import add_json, age, duration, number, print_json, print_table
from core.cli.workspaces import workspace_to_read
from core.runs.overview import Overview
from core.runs.progress import whole_percent
from core.runs.summary import RunSummary


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("--status", metavar="WORD", help="only runs that are running, completed, failed, ...")
    parser.add_argument("--tag", metavar="WORD", help="only runs with this tag")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print one row per run."""
    overview = Overview(workspace_to_read(given))
    overview.poll()
    rows = sorted(overview.summaries.values(), key=lambda row: (-row.created, row.id))
    rows = [row for row in rows if given.status in (None, row.status) and (given.tag is None or given.tag in row.tags)]
    if given.json:
        print_json([as_table(row) for row in rows])
    elif rows:
        head = ("run", "name", "status", "done", "left", "best", "", "created")
        print_table(head, [_cells(row) for row in rows])
    else:
        print("There are no runs yet; `epochal train SPEC.toml` starts one." if not overview.summaries else "None.")
    return 0


def as_table(row: RunSummary) -> dict[str, Any]:
    """Return a run as JSON has it; `best` is null until the monitored metric was measured."""
    best = None
    if row.best_value is not None:
        best = {"metric": row.best_metric, "value": row.best_value, "step": row.best_step}
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "parent": row.parent,
        "parent_step": row.parent_step,
        "kind": row.kind,
        "created": row.created,
        "tags": row.tags,
        "step": row.step,
        "examples": row.examples,
        "total_steps": row.total_steps,
        "seconds_left": row.seconds_left,
        "best": best,
        "model_step": row.model_step,
        "ended": row.ended,
        "reason": row.reason,
        "message": row.message,
    }


def _cells(row: RunSummary) -> tuple[str, ...]:
    done = f"{whole_percent(row.fraction)}%" if row.total_steps else ""
    metric = row.best_metric if row.best_value is not None else ""
    name = " ".join(row.name.split())
    name = name if len(name) <= 32 else name[:29] + "..."
    return (
        row.id,
        name,
        row.status,
        done,
        duration(row.seconds_left),
        number(row.best_value),
        metric,
        age(row.created) if row.created else "",
    )

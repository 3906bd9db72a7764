"""`epochal curve RUN`: every metric of a run, point by point, and the phases of its learning."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from core.cli.phases import print_phases
from core.cli.printing import add_json, number, print_json, print_table
from core.cli.workspaces import workspace_to_read
from core.runs.joined import joined_state
from core.runs.phases import phases_of
from core.runs.series import Series
from core.runs.state import RunState, state_of_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its beginning")
    parser.add_argument("--own", action="store_true", help="of a fork, leave out what came before it was forked")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print the metrics; in JSON every point, else the first, the last and the extremes."""
    folder = workspace_to_read(given).find(given.run)
    state = state_of_run(folder) if given.own else joined_state(folder)
    phases = phases_of(state)
    if given.json:
        metrics = {name: _columns(series, state) for name, series in sorted(state.metrics.items())}
        joined = [{"run": origin.run, "until_step": origin.until_step} for origin in state.origins]
        print_json({"metrics": metrics, "phases": phases, "joined": joined}, indent=False)
        return 0
    if not state.metrics:
        print("The run has recorded no point yet.")
        return 0
    print_table(
        ("metric", "points", "first", "last", "least", "most"),
        [_cells(name, series) for name, series in sorted(state.metrics.items())],
    )
    for origin in state.origins:
        print(f"\nup to step {origin.until_step:,} these are the points of run {origin.run}")
    if phases:
        print()
        print_phases(phases)
    return 0


def _columns(series: Series, state: RunState) -> dict[str, Any]:
    """Return the live points as columns of equal length; steps and examples are whole numbers."""
    step, examples, time_s, value = series.live_points()
    return {
        "step": step.astype(np.int64),
        "examples": examples.astype(np.int64),
        "virtual_epoch": examples / max(1, state.virtual_epoch_size),
        "time_s": time_s,
        "value": value,
    }


def _cells(name: str, series: Series) -> tuple[str, ...]:
    value = series.live_points()[3]
    finite = value[np.isfinite(value)]
    ends = (number(float(value[0])), number(float(value[-1]))) if len(value) else ("", "")
    extremes = (number(float(finite.min())), number(float(finite.max()))) if len(finite) else ("", "")
    return (name, f"{len(value):,}", *ends, *extremes)

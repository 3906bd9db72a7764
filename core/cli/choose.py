"""`epochal choose RUN[@STEP]`: what early stopping and selection would keep; and which checkpoint is the model."""

from __future__ import annotations

import argparse
from typing import Any

from core.cli.names import find_checkpoint
from core.cli.printing import add_json, duration, number, print_json, print_table
from core.cli.workspaces import workspace_of, workspace_to_read
from core.curves.choosing import Kept
from core.errors import BadInput
from core.runs.choosing import choices_of, choose_model
from core.runs.run_folder import RunFolder
from core.runs.state import RunState, state_of_run
from core.spec.training import EarlyStopping


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "what", metavar="RUN[@STEP]", help="a run, to compare; one of its checkpoints, to make it the model"
    )
    parser.add_argument(
        "--by-rule", action="store_true", help="take the choice back: the model is what the spec selects"
    )
    parser.add_argument("--patience", type=int, nargs="+", metavar="N", help="evaluations without improvement to judge")
    parser.add_argument("--min-change", type=float, default=0.0, metavar="X", help="smaller improvements do not count")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Choose and say so, or compare."""
    name, at, _ = given.what.partition("@")
    if at or given.by_rule:
        workspace = workspace_of(given)
        folder, step = find_checkpoint(workspace, given.what) if at else (workspace.find(name), None)
        chosen = choose_model(workspace, folder, step, "command line")
        print(f"Run {folder.id}: the model is {chosen.rule[:1].lower()}{chosen.rule[1:]}")
        return 0
    folder = workspace_to_read(given).find(name)
    state = state_of_run(folder)
    rows = choices_of(state, folder.spec().training.early_stopping, _settings(given))
    if given.json:
        print_json({"model_step": state.ended.model_step if state.ended else None, "choices": rows_as_tables(rows)})
    else:
        _print(folder, state, rows)
    return 0


def rows_as_tables(rows: list[Kept]) -> list[dict[str, Any]]:
    """Return what each way keeps as JSON says it."""
    return [
        {
            "rule": row.rule,
            "patience": row.settings.patience if row.settings else None,
            "min_change": row.settings.min_change if row.settings else None,
            "stops_at": row.stops_at,
            "step": row.step,
            "value": row.value,
            "worse_by": row.worse_by,
            "steps_saved": row.steps_saved,
            "seconds_saved": row.seconds_saved,
            "on_disk": row.on_disk,
        }
        for row in rows
    ]


def _settings(given: argparse.Namespace) -> list[EarlyStopping] | None:
    if given.patience is None:
        return None
    if min(given.patience) < 1 or not given.min_change >= 0:
        raise BadInput("A patience is at least 1 evaluation, and a minimum change at least 0.", where="--patience")
    return [EarlyStopping(patience=patience, min_change=given.min_change) for patience in given.patience]


def _print(folder: RunFolder, state: RunState, rows: list[Kept]) -> None:
    if not rows:
        print(f"Run {folder.id} has no evaluations to judge by: its monitored metric was not measured one by one.")
        return
    metric = state.prepared.monitor if state.prepared else ""
    head = ("way", "ends at", "steps saved", "time saved", "keeps step", metric, "worse by", "on disk")
    print_table(head, [_cells(row) for row in rows])
    if state.ended is not None and state.ended.model_step is not None:
        print(f"\nThe model is {state.ended.model_rule[:1].lower()}{state.ended.model_rule[1:]}")


def _cells(row: Kept) -> tuple[str, ...]:
    return (
        way_in_words(row),
        f"{row.stops_at:,}" if row.stops_at is not None else "the end",
        f"{row.steps_saved:,}",
        duration(row.seconds_saved),
        "" if row.step is None else f"{row.step:,}",
        number(row.value),
        number(row.worse_by),
        "yes" if row.on_disk else "no",
    )


def way_in_words(row: Kept) -> str:
    """Return `patience 5, change > 0.01` or the name of the selection."""
    if row.settings is None:
        return row.rule
    change = f", change > {row.settings.min_change:g}" if row.settings.min_change else ""
    return f"patience {row.settings.patience}{change}"

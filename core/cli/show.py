"""`epochal show RUN`: one run: how it stands, what it was asked, what it ran under."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from core.cli.control import in_words
from core.cli.printing import add_json, age, counted, duration, number, print_json, size
from core.cli.runs import as_table
from core.cli.workspaces import workspace_to_read
from core.runs.confusion import ConfusionMatrix, confusion_matrices
from core.runs.run_folder import RunFolder
from core.runs.state import RunState, state_of_run
from core.runs.summary import RunSummary, summarise

MOST_CLASSES = 20  # of a confusion matrix that is printed


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its beginning")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print the run."""
    folder = workspace_to_read(given).find(given.run)
    row, state = summarise(folder), state_of_run(folder)
    if given.json:
        print_json(as_table(row) | _more(folder, state))
    else:
        _print(folder, row, state)
    return 0


def _more(folder: RunFolder, state: RunState) -> dict[str, Any]:
    """Return what `show` has beyond `runs`."""
    prepared = state.prepared
    return {
        "spec": folder.raw_spec(),
        "environment": folder.record().environment,
        "metrics": _latest(state),
        "parameters": prepared.parameters if prepared else None,
        "classes": prepared.classes if prepared else None,
        "confusion": {
            matrix.split: {"step": matrix.step, "classes": matrix.classes, "counts": matrix.counts}
            for matrix in confusion_matrices(state)
        },
        "checkpointing": {
            "saves": state.saving.saves,
            "bytes_on_disk": sum(row.bytes for row in state.checkpoints),
            "stall_s": state.saving.stall_s,
            "write_s": state.saving.write_s,
            "trained_s": state.saving.trained_s,
            "share": state.saving.share,
        },
        "segments": [
            {"number": s.number, "resumed_from": s.resumed_from, "started": s.started} for s in state.segments
        ],
        "commands": state.commands,
        "notices": state.notices,
        "end": state.ended,
        "folder": str(folder.path),
    }


def _latest(state: RunState) -> dict[str, float]:
    latest = {}
    for name, series in sorted(state.metrics.items()):
        values = series.live_points()[3]
        if len(values):
            latest[name] = float(values[-1])
    return latest


def _print(folder: RunFolder, row: RunSummary, state: RunState) -> None:
    print(f"{row.id}  {row.name}  {row.status}")
    came = f"from {row.parent}@{row.parent_step}, " if row.parent else ""
    print(f"  created      {came}{age(row.created)}")
    left = f", {duration(row.seconds_left)} left" if row.seconds_left is not None else ""
    print(f"  progress     step {row.step:,} of {row.total_steps:,}, {row.examples:,} examples{left}")
    if row.best_value is not None:
        print(f"  best         {row.best_metric} {number(row.best_value)} at step {row.best_step:,}")
    latest = _latest(state)
    width = max(map(len, latest), default=0)
    for name, value in latest.items():
        print(f"  {name:<{width}}  {number(value)}")
    if state.prepared is not None:
        shape = "x".join(map(str, state.prepared.input_shape))
        outputs = counted(state.prepared.outputs, "output")
        print(f"  model        {state.prepared.parameters:,} parameters, input {shape}, {outputs}")
    if words := state.saving.in_words():
        print(f"  checkpoints  {size(sum(row.bytes for row in state.checkpoints))} on disk. {words}")
    if (environment := folder.record().environment) is not None:
        print(
            f"  ran under    torch {environment.torch}, Python {environment.python}, {environment.device}, "
            f"{counted(environment.threads, 'thread')}"
        )
    if state.ended is not None and row.status == state.ended.outcome:
        print(f"  end          It {in_words(state.ended)}")
        if state.ended.traceback:
            print(state.ended.traceback.rstrip())
    for notice in state.notices:
        print(f"  {notice.level:<12} {notice.message}")
    for matrix in confusion_matrices(state):
        _print_confusion(matrix)
    print(f"\n{folder.spec_path.read_text('utf-8').rstrip()}")


def _print_confusion(matrix: ConfusionMatrix) -> None:
    """Print counts with a row for each true class, or say that there are too many to print."""
    print(f"\nConfusion on {matrix.split} at step {matrix.step:,}: {matrix.hits:,} of {matrix.examples:,} right")
    if len(matrix.classes) > MOST_CLASSES:
        print(f"  {len(matrix.classes):,} classes; --json gives the counts")
        return
    names = [_cut(name, 16) for name in matrix.classes]
    heads = [_cut(name, 6) for name in matrix.classes]
    cells = [[f"{count:,}" if count else "." for count in row] for row in matrix.counts.tolist()]
    columns = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    left = max([*map(len, names), len("true")])
    indent = " " * (left + 4)
    print(f"{indent}predicted")
    print(f"  {'true':<{left}}  {_row(heads, columns)}")
    for name, row in zip(names, cells, strict=True):
        print(f"  {name:<{left}}  {_row(row, columns)}")


def _row(texts: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.rjust(width) for text, width in zip(texts, widths, strict=True))


def _cut(text: str, most: int) -> str:
    """Return a name on one line and not longer than `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"

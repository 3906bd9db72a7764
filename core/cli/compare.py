"""`epochal compare A[@STEP] B[@STEP] ...`: checkpoints, or with --runs whole runs, side by side."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable

from core.cli.compare_tables import print_comparison, print_runs
from core.cli.names import find_checkpoint
from core.cli.printing import add_json, duration, print_json
from core.cli.workspaces import workspace_to_read
from core.comparison.asking import Asking
from core.comparison.request import Choice, Progress, Request
from core.comparison.result import Comparison
from core.comparison.runs import compare_runs
from core.errors import BadInput

_BAR = 24  # characters


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    default = Choice()
    parser.add_argument(
        "what", nargs="+", metavar="RUN[@STEP]", help="two or more checkpoints; the others are held against the first"
    )
    parser.add_argument("--runs", action="store_true", help="compare whole runs by what they recorded")
    parser.add_argument("--at", type=_at_least(0), metavar="STEP", help="with --runs: also the metrics at this step")
    parser.add_argument(
        "--examples",
        type=_at_least(1),
        metavar="N",
        default=default.examples,
        help=f"most examples that similarity comes from ({default.examples})",
    )
    parser.add_argument(
        "--points",
        type=_at_least(0),
        metavar="N",
        default=default.points,
        help=f"places on the line between two checkpoints, 0 for no line ({default.points})",
    )
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Compare and print."""
    workspace = workspace_to_read(given)
    if len(given.what) < 2:
        raise BadInput("A comparison takes at least two.", remedy="For example: epochal compare RUN@10 RUN@best")
    if given.runs:
        if marked := [text for text in given.what if "@" in text]:
            raise BadInput(f"{marked[0]} is a checkpoint.", remedy="With --runs give runs, and the step with --at.")
        runs = compare_runs([workspace.find(text) for text in given.what], given.at)
        print_json(runs) if given.json else print_runs(runs)
        return 0
    if given.at is not None:
        raise BadInput("--at goes with --runs.", remedy="A checkpoint is named RUN@STEP.")
    found = [find_checkpoint(workspace, text) for text in given.what]
    choice = Choice(examples=given.examples, points=given.points)
    checkpoints = [(folder.id, step) for folder, step in found]
    comparison = _ask(Request(workspace=str(workspace.path), checkpoints=checkpoints, choice=choice))
    print_json(comparison) if given.json else print_comparison(comparison)
    return 0


def _ask(request: Request) -> Comparison:
    """Return the comparison, with a bar on a terminal meanwhile; Ctrl+C leaves no process behind."""
    bar = _Bar()
    try:
        return Asking(request).answer(bar.show)
    finally:
        bar.clear()


class _Bar:
    """One line of standard error, drawn again and again; nothing where that is no terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._drawn = 0

    def show(self, progress: Progress) -> None:
        """Draw how far it is."""
        if not self._terminal:
            return
        filled = round(progress.fraction * _BAR)
        left = f"  {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        line = f"[{'#' * filled}{'.' * (_BAR - filled)}] {progress.fraction:4.0%}  {progress.doing}{left}"
        width = shutil.get_terminal_size().columns - 1
        print("\r" + line[:width].ljust(min(self._drawn, width)), end="", file=sys.stderr, flush=True)
        self._drawn = len(line)

    def clear(self) -> None:
        """Take the bar away."""
        if self._drawn:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + " " * min(self._drawn, width) + "\r", end="", file=sys.stderr, flush=True)
            self._drawn = 0


def _at_least(least: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
        return int(text)

    return whole_number

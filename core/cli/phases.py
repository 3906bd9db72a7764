"""`epochal phases CURVE.csv`: the phases of a learning curve from elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from core.cli.printing import add_json, print_json, print_table
from core.curves.from_csv import read_curve
from core.curves.phases import Phase, find_phases

_NAMES = {"I": "organise", "II": "detail", "III": "overfit"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.description = (
        "Tell the phases of a learning curve.  The file has the columns step, train/loss and valid/loss; without step "
        "the rows are the steps, and one of the losses may be missing.  Rows must be in the order of training.  What "
        "`epochal export RUN OUT.csv` writes is such a file."
    )
    parser.add_argument("curve", type=Path, metavar="CURVE.csv", help="a CSV file")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print the phases: in JSON what `epochal curve --json` gives under "phases"."""
    curve = read_curve(given.curve)
    phases = find_phases(curve.train, curve.valid)
    if given.json:
        print_json(phases)
    elif phases:
        print_phases(phases)
    else:
        print("The file holds no finite loss: there are no phases.")
    return 0


def print_phases(phases: Sequence[Phase]) -> None:
    """Print a table of phases, and under it the rule of each."""
    rows = [
        (phase.phase, _NAMES[phase.phase], f"{phase.from_step:,}", _end(phase), phase.answer, f"{phase.confidence:.2f}")
        for phase in phases
    ]
    print_table(("phase", "", "from step", "to step", "ended", "confidence"), rows)
    print()
    for phase in phases:
        print(f"{phase.phase}: {phase.rule}")


def _end(phase: Phase) -> str:
    return f"{phase.to_step:,}" if phase.to_step is not None else "now"

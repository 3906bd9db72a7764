"""`epochal recommend RUN`: the checkpoint to fine-tune from, and why it is that one."""

from __future__ import annotations

import argparse

from core.cli.printing import add_json, print_json
from core.cli.workspaces import workspace_to_read
from core.errors import BadInput
from core.runs.fine_tuning import recommended_of
from core.runs.state import state_of_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN", help="a run's id or its beginning")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print the checkpoint and the reason."""
    folder = workspace_to_read(given).find(given.run)
    found = recommended_of(state_of_run(folder))
    if found is None:
        raise BadInput(f"Run {folder.id} has no checkpoint yet.", remedy=f"`epochal checkpoint {folder.id}` saves one.")
    if given.json:
        print_json({"step": found.step, "phase": found.phase, "because": found.because, "confidence": found.confidence})
        return 0
    phase = f", in phase {found.phase}" if found.phase else ""
    print(f"{folder.id}@{found.step}: fine-tune from step {found.step:,}{phase}, confidence {found.confidence:.2f}")
    print(f"  {found.because}")
    return 0

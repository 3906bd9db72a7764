"""`epochal fine-tune RUN[@STEP] --set data...`: a few gentle epochs on fresh data, and what they gained and lost."""

from __future__ import annotations

import argparse
import sys

import msgspec

from core.cli.fork import with_absolute_path
from core.cli.names import find_checkpoint
from core.cli.printing import add_json, number, print_json, print_table
from core.cli.spec_file import add_overrides, catalog_of
from core.cli.workspaces import workspace_of
from core.errors import BadInput
from core.jobs import client
from core.jobs.throwaway import Throwaway
from core.runs.fine_tuning import EPOCHS, RATE_SHARE, Forgetting, gentle_overrides, recommended_of
from core.runs.forking import Point, warm_start_outlook
from core.runs.run_folder import RunFolder
from core.runs.state import state_of_run
from core.runs.workspace import Workspace


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("checkpoint", metavar="RUN[@STEP]", help="where to begin; of a run alone, what is recommended")
    parser.add_argument("--epochs", type=float, default=EPOCHS, metavar="N", help="how long (%(default)g)")
    parser.add_argument(
        "--rate-share", type=float, default=RATE_SHARE, metavar="X", help="of the run's full rate (%(default)g)"
    )
    add_overrides(parser)
    parser.add_argument("--detach", action="store_true", help="neither follow nor measure")
    parser.add_argument("--measure", action="store_true", help="RUN was fine-tuned: measure what that gained and lost")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Train on the fresh data, then measure old and new data before and after."""
    from core.cli.follow import follow

    workspace = workspace_of(given)
    if given.measure:
        return _report(workspace, workspace.find(given.checkpoint), given.json)
    parent, step = _where(workspace, given.checkpoint)
    point = Point.of(parent, step)
    gentle = gentle_overrides(point.plan.training, given.epochs, given.rate_share)
    fresh = [with_absolute_path(override) for override in given.set]
    outlook = warm_start_outlook(point, [*gentle, *fresh], "keep", catalog_of(workspace))
    if outlook.spec.data == point.spec.data:
        raise BadInput("The data is the same as before.", where="--set", remedy="Name fresh data: --set data.path=...")
    folder = workspace.create_run(outlook.spec)
    print(folder.id, flush=True)
    client.submit(workspace, folder)
    if given.detach:
        return 0
    return follow(workspace, folder) or _report(workspace, folder, given.json)


def _where(workspace: Workspace, text: str) -> tuple[RunFolder, int]:
    """Return the checkpoint that is named, or recommended, saying why on standard error."""
    if "@" in text:
        return find_checkpoint(workspace, text)
    folder = workspace.find(text)
    found = recommended_of(state_of_run(folder))
    if found is None:
        raise BadInput(f"Run {folder.id} has no checkpoint to begin with.")
    print(f"From step {found.step:,}. {found.because}", file=sys.stderr)
    return folder, found.step


def _report(workspace: Workspace, folder: RunFolder, as_json: bool) -> int:
    """Measure in a process of its own and print the four results side by side."""
    answer = Throwaway("core.forgetting", str(workspace.path), folder.id).answer().answer
    found = msgspec.convert(answer, Forgetting)
    if as_json:
        print_json(found)
        return 0
    rows = []
    for what, split, before, after in (
        ("old data", found.old_split, found.old_before, found.old_after),
        ("new data", found.new_split, found.new_before, found.new_after),
    ):
        for name in ("loss", "accuracy", "rmse"):
            if name in before.metrics:
                one, other = before.metrics[name], after.metrics[name]
                place = f"{what}, {split} ({before.examples:,})"
                rows.append((place, name, number(one), number(other), f"{other - one:+.6g}"))
    print_table(("measured on", "metric", f"before, {found.parent}@{found.parent_step}", "after", "difference"), rows)
    for note in found.notes:
        print(note)
    return 0

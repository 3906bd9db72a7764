"""`epochal verify RUN[@STEP]`: checks every byte of checkpoints, and that they are those that the run announced."""

from __future__ import annotations

import argparse
from typing import Any

from core.checkpoints.format import check_file, digest_of, list_tensors
from core.checkpoints.store import CheckpointStore
from core.cli.main import DONE, FAILED
from core.cli.names import state_of_run, step_of
from core.cli.printing import add_json, print_json
from core.cli.workspaces import workspace_to_read
from core.errors import BadInput
from core.runs.run_folder import RunFolder


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("run", metavar="RUN[@STEP]", help="a run, or one of its checkpoints; all by default")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Check and print the verdict; the exit code is 1 when something differs."""
    name, at, which = given.run.partition("@")
    folder = workspace_to_read(given).find(name)
    steps = [step_of(folder, which)] if at else _announced_steps(folder)
    if not steps:
        raise BadInput(f"Run {folder.id} has no checkpoint to verify.")
    checked, differs = _check(folder, steps)
    verdict = "damaged" if differs else "intact"
    if given.json:
        print_json({"verdict": verdict, "checked": checked, "differs": differs})
    else:
        for row in differs:
            print(f"step {row['step']:,}: {row['what']}")
        tensors, count = sum(row["tensors"] for row in checked), len(checked)
        print(f"{verdict}: {count} checkpoint{'s' if count > 1 else ''}, {tensors:,} tensors, every byte checked")
    return FAILED if differs else DONE


def _announced_steps(folder: RunFolder) -> list[int]:
    """Return the steps there is a file for and those that were announced and not removed."""
    announced = {row.step for row in state_of_run(folder).checkpoints}
    return sorted(announced | set(CheckpointStore(folder.checkpoints_path).steps()))


def _check(folder: RunFolder, steps: list[int]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a row for each checkpoint checked, and one for each thing that is not as it should be."""
    store = CheckpointStore(folder.checkpoints_path)
    announced = {row.step: row.state_sha256 for row in state_of_run(folder).checkpoints}
    checked, differs = [], []
    for step in steps:
        path = store.path(step)
        problems = check_file(path)
        row: dict[str, Any] = {"step": step, "file": str(path), "tensors": 0, "bytes": 0, "state_sha256": None}
        if not problems:
            row |= {"tensors": len(list_tensors(path)), "bytes": path.stat().st_size, "state_sha256": digest_of(path)}
            if announced.get(step, row["state_sha256"]) != row["state_sha256"]:
                problems = ["The state is not the one that the run announced."]
        checked.append(row)
        differs += [{"step": step, "what": problem} for problem in problems]
    return checked, differs

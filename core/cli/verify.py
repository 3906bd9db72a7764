"""`epochal verify RUN[@STEP]`: checks every byte of checkpoints, and proves that going on from one is what it was."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from core.checkpoints.format import check_file, digest_of, list_tensors, state_of
from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import is_thinned, thinned_from
from core.cli.main import DONE, FAILED
from core.cli.names import step_of
from core.cli.printing import add_json, counted, print_json
from core.cli.workspaces import workspace_to_read
from core.errors import BadInput
from core.runs.proof import Proof, in_words, place
from core.runs.run_folder import RunFolder
from core.runs.state import state_of_run

_WORTH = 20  # recorded steps after a checkpoint that make it worth choosing
_SHOWN = 8  # differences that are printed; --json gives all


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "run",
        metavar="RUN[@STEP]",
        help="a checkpoint; of a run alone every byte of all is checked, and the newest with a record after it proved",
    )
    parser.add_argument("--checksums-only", action="store_true", help="check every byte, and train nothing")
    parser.add_argument(
        "--steps",
        type=_positive,
        default=0,
        metavar="K",
        help="how many steps to go on; by default to the next state saved, within a minute",
    )
    parser.add_argument(
        "--threads",
        type=_positive,
        default=0,
        metavar="N",
        help="go on with so many CPU threads instead of as many as then",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=1e-5,
        metavar="X",
        help="the largest relative difference that counts as nearly the same (%(default)s)",
    )
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Check, prove, and print the verdict; the exit code is 1 when something is not as it should be."""
    name, at, which = given.run.partition("@")
    folder = workspace_to_read(given).find(name)
    steps = [step_of(folder, which)] if at else _announced_steps(folder)
    if not steps:
        raise BadInput(f"Run {folder.id} has no checkpoint to verify.")
    checked, damaged = _check(folder, steps)
    proof = None
    if not given.checksums_only and not damaged:
        chosen = steps[0] if at else _chosen(folder, steps)
        if is_thinned(CheckpointStore(folder.checkpoints_path).path(chosen)):
            print(f"The checkpoint of step {chosen:,} holds the weights alone: nothing to prove.", file=sys.stderr)
        else:
            proof = _prove(folder, chosen, given)
    if given.json:
        print_json(_as_table(checked, damaged, proof))
    else:
        _print(checked, damaged, proof)
    return FAILED if damaged or (proof is not None and not proof.holds) else DONE


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
            # One that was thinned a moment before a crash may not be announced as such yet.
            if announced.get(step, row["state_sha256"]) not in (row["state_sha256"], thinned_from(state_of(path))):
                problems = ["The state is not the one that the run announced."]
        checked.append(row)
        differs += [{"step": step, "what": problem} for problem in problems]
    return checked, differs


def _chosen(folder: RunFolder, steps: list[int]) -> int:
    """Return the newest checkpoint of the live branch that enough was recorded after, else the newest of it."""
    state = state_of_run(folder)
    abandoned = {row.step for row in state.checkpoints if not row.live or row.thinned}
    live = [step for step in steps if step not in abandoned] or steps
    points = state.series("train/loss").live_points()[0]
    last = int(points[-1]) if len(points) else 0
    for least in (_WORTH, 1):
        if followed := [step for step in live if step + least <= last]:
            return followed[-1]
    return live[-1]


def _prove(folder: RunFolder, step: int, given: argparse.Namespace) -> Proof:
    """Let a process of its own go on from the checkpoint.  Raises what it raised."""
    from core.cli.waiting import wait_for
    from core.jobs.throwaway import Throwaway

    options = (("--steps", given.steps), ("--threads", given.threads), ("--tolerance", given.tolerance))
    words = [word for name, value in options for word in (name, str(value))]
    done = wait_for(Throwaway("core.prove", str(folder.path), str(step), *words))
    return msgspec.convert(done.answer, Proof)


def _as_table(checked: list[dict[str, Any]], damaged: list[dict[str, Any]], proof: Proof | None) -> dict[str, Any]:
    table: dict[str, Any] = {"verdict": "damaged" if damaged else "intact", "checked": checked, "differs": damaged}
    if proof is not None:
        table |= {"verdict": proof.verdict, "differs": proof.differences, "because": proof.because, "proof": proof}
    return table


def _print(checked: list[dict[str, Any]], damaged: list[dict[str, Any]], proof: Proof | None) -> None:
    for row in damaged:
        print(f"step {row['step']:,}: {row['what']}")
    tensors = sum(row["tensors"] for row in checked)
    verdict = "damaged" if damaged else "intact"
    print(f"{verdict}: {counted(len(checked), 'checkpoint')}, {counted(tensors, 'tensor')}, every byte checked")
    if proof is None:
        return
    print(in_words(proof))
    for one in proof.differences[:_SHOWN]:
        print(f"  {place(one)}")
    if len(proof.differences) > _SHOWN:
        print(f"  and {len(proof.differences) - _SHOWN:,} more; --json gives all")
    for note in proof.notes:
        print(f"  {note}")


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return number

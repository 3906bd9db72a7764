"""The proving process: `python -m core.prove RUN_FOLDER STEP`, a throw-away that goes on from one checkpoint.

It answers in the lines of core/jobs/throwaway.py; the answer is a `core.runs.proof.Proof`, which is also kept as
artifacts/proof-STEP.json of the run, unless other threads were asked for.  SIGTERM cancels: the scratch copy is removed
and nothing is kept.  Exit code 0: it holds, 1: it does not, 2: there is nothing to prove, 143: cancelled.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

import msgspec

from core.engine.allocator import keep_freed_memory
from core.errors import BadInput, EpochalError, WriteError
from core.jobs.throwaway import Done, Failed, Progress, Say, private_channel
from core.proof.progress import Standing, Teller
from core.proof.proving import TOLERANCE, prove
from core.runs.proof import Proof, write_proof
from core.runs.run_folder import RunFolder


def main(arguments: list[str] | None = None) -> int:
    """Prove one checkpoint and return the exit code."""
    asked = _parser().parse_args(arguments)
    say = private_channel()
    signal.signal(signal.SIGTERM, _cancel)
    signal.signal(signal.SIGINT, _cancel)
    keep_freed_memory()
    try:
        proof = _prove(asked, say)
    except EpochalError as error:
        say(Failed(error=type(error).__name__, message=error.message, where=error.where, remedy=error.remedy))
        return 2 if isinstance(error, BadInput) else 1
    except Exception as error:
        say(Failed(error="RunError", message=f"{type(error).__name__}: {error}", traceback=traceback.format_exc()))
        return 1
    say(Done(path=str(asked.run), answer=msgspec.to_builtins(proof)))
    return 0 if proof.holds else 1


def _prove(asked: argparse.Namespace, say: Say) -> Proof:
    run = RunFolder(Path(os.path.abspath(asked.run)))
    teller = Teller(lambda standing: say(_in_words(standing)))
    proof = prove(run, asked.step, steps=asked.steps, threads=asked.threads, tolerance=asked.tolerance, teller=teller)
    if asked.threads:  # what another number of threads does is no proof of how the run goes on
        return proof
    try:
        write_proof(run, proof)
    except WriteError as error:  # a read-only workspace
        proof.notes.append(f"The proof was not kept: {error}")
    return proof


def _in_words(standing: Standing) -> Progress:
    if standing.to_step <= standing.from_step:
        return Progress(fraction=0.0, doing="Checking every byte")
    fraction = (standing.step - standing.from_step) / (standing.to_step - standing.from_step)
    doing = f"{standing.doing}: step {standing.step:,} of {standing.from_step:,} to {standing.to_step:,}"
    return Progress(fraction=min(1.0, fraction), doing=doing, seconds_left=standing.seconds_left)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.prove", description="Go on from a checkpoint and compare.")
    parser.add_argument("run", help="the run's folder")
    parser.add_argument("step", type=int, help="the checkpoint's step")
    parser.add_argument("--steps", type=int, default=0, help="how many steps to go on; 0 chooses")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 takes as many as then")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="largest relative difference to let pass")
    return parser


def _cancel(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())

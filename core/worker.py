"""One process, one run: `python -m core.worker RUN_FOLDER`, or `--warm` to wait for a run on standard input.

A warm worker has imported everything and made a step before anybody asked for it.  It reads one line of JSON,
`{"run": FOLDER, "resume_from": null | "newest" | STEP, "accept_differences": false}`; the end of the input without a
line means that it is not needed.  Exit code 0: completed or stopped, 1: failed, 2: bad input, 143: ended by SIGTERM.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Literal

import msgspec

from core.engine.allocator import keep_freed_memory
from core.errors import BadInput, EpochalError
from core.runs import liveness
from core.runs.events import Ended
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder

_PATIENCE_S = 1.0  # for reaching a step boundary after SIGTERM


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What a worker is asked to do."""

    run: str
    resume_from: int | Literal["newest"] | None = None
    accept_differences: bool = False


class Killed:
    """Whether the process was told to end at once: by SIGTERM, unless the run is ending already."""

    def __init__(self) -> None:
        self.asked = False
        self._ending = False

    def listen(self) -> None:
        """Take SIGTERM from now on."""
        signal.signal(signal.SIGTERM, self._hear)

    def ignore(self) -> None:
        """The run is ending and saves what it has: SIGTERM no longer interrupts it, only SIGKILL does."""
        self._ending = True

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if not self._ending:
            self.asked = True
            # Nothing is saved at the boundary, only the last word is said; without one the supervisor says it.
            timer = threading.Timer(_PATIENCE_S, os._exit, (128 + number,))
            timer.daemon = True
            timer.start()


def main(arguments: list[str] | None = None) -> int:
    """Run the worker and return its exit code."""
    options = _parse(sys.argv[1:] if arguments is None else arguments)
    keep_freed_memory()
    if options.warm:
        from core.engine.warm_up import warm_up

        try:
            warm_up()
        except (EpochalError, OSError) as error:  # a full disk, above all: the run is told when it meets it itself
            print(f"The warm-up was left out: {error}", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line.strip():
            return 0
        request = msgspec.json.decode(line, type=Request)
    else:
        request = Request(str(Path(options.run).resolve()), options.resume_from, options.accept_differences)
    run = RunFolder(Path(request.run))
    if not run.path.is_dir():
        print(f"error: {run.path}: there is no such run folder.", file=sys.stderr)
        return 2
    _write_to(run.log_path)
    killed = Killed()
    killed.listen()
    return work(run, request, killed)


def work(run: RunFolder, request: Request, killed: Killed) -> int:
    """Carry out one run and return the exit code.  A process may do so several times, one after the other."""
    from core.engine.training import train

    try:
        with liveness.hold(run.lock_path), EventWriter(run.events_path) as events:
            ended = train(
                run,
                events,
                resume_from=request.resume_from,
                accept_differences=request.accept_differences,
                is_killed=lambda: killed.asked,
                on_ending=killed.ignore,
            )
    except EpochalError as error:
        # Without its events the run cannot say what happened; the log and the supervisor do.
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 2 if isinstance(error, BadInput) else 1
    _print_end(ended)
    return {"completed": 0, "stopped": 0}.get(ended.outcome, 2 if ended.reason == "bad_input" else 1)


def _print_end(ended: Ended) -> None:
    """Leave the end in the log too."""
    print(f"{ended.outcome} ({ended.reason}) at step {ended.step}. {ended.message} {ended.remedy}".rstrip(), flush=True)
    if ended.traceback:
        print(ended.traceback, flush=True)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m core.worker", description="Carry out one run.")
    parser.add_argument("run", nargs="?", help="the run's folder")
    parser.add_argument("--warm", action="store_true", help="import everything, then wait for a run on standard input")
    parser.add_argument("--resume-from", type=_resume_from, help="newest, or a checkpoint's step")
    parser.add_argument("--accept-differences", action="store_true", help="go on in another environment")
    options = parser.parse_args(arguments)
    if bool(options.run) == options.warm:
        parser.error("give a run folder, or --warm")
    return options


def _resume_from(text: str) -> int | str:
    if text != "newest" and not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is neither newest nor a step")
    return text if text == "newest" else int(text)


def _write_to(path: Path) -> None:
    """Let everything this process prints, and its stack should it crash, go to the end of a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    faulthandler.enable()


if __name__ == "__main__":
    sys.exit(main())

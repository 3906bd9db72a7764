"""The comparing process: `python -m core.compare REQUEST.json`, a throw-away that opens checkpoints and compares them.

The request is a `core.comparison.request.Request` as JSON.  Standard output gets one JSON object per line: how far it
is (`kind` progress), then where the result lies (done) or why there is none (failed).  What user code prints goes to
standard error.  Exit code 0, 2 for bad input, 1 for anything else.  To cancel, terminate it: the result is written at
the very end, whole or not at all.  core/comparison/asking.py runs this.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.comparison.request import Done, Failed, Line, Progress, Request
from core.errors import BadInput, CheckpointError, EpochalError


def main(arguments: list[str] | None = None) -> int:
    """Carry out one request and return the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    if len(words) != 1:
        print("usage: python -m core.compare REQUEST.json", file=sys.stderr)
        return 2
    say = _private_channel()
    try:
        say(Done(path=str(_answer(Path(words[0]), say))))
    except BrokenPipeError:  # nobody listens any more
        return 1
    except EpochalError as error:
        say(Failed(error=type(error).__name__, message=error.message, where=error.where, remedy=error.remedy))
        return 2 if isinstance(error, BadInput | CheckpointError) else 1
    except Exception as error:
        say(Failed(error="RunError", message=f"{type(error).__name__}: {error}", traceback=traceback.format_exc()))
        return 1
    return 0


def _answer(path: Path, say: Callable[[Line], None]) -> Path:
    """Return where the result lies; nothing is computed when it lies there already."""
    from core.comparison.kept import keep, kept, path_of

    try:
        request = msgspec.json.decode(path.read_bytes(), type=Request)
    except (OSError, msgspec.DecodeError) as error:
        raise BadInput(f"The request cannot be read: {error}.", where=str(path)) from error
    if kept(request) is not None:
        return path_of(request)
    say(Progress(fraction=0.0, doing="Starting"))
    from core.comparison.comparing import compare  # torch from here on

    return keep(request, compare(request, say))


def _private_channel() -> Callable[[Line], None]:
    """Return how to answer: through a descriptor of our own, while descriptor 1 is left to imported code."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return lambda line: _write(out.fileno(), msgspec.json.encode(line) + b"\n")


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    sys.exit(main())

"""A throw-away process that answers one question in lines of JSON: heavy work, torch, user code, none of it in here.

The process says how far it is (`progress`), and in the end what came of it (`done`) or why nothing did (`failed`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import IO, Any

import msgspec

import core.errors
from core.errors import EpochalError, RunError
from core.jobs.worker_process import child_environment

_GRACE_S = 3.0  # between asking the child to end and making it


class Progress(msgspec.Struct, kw_only=True, tag_field="kind", tag="progress"):
    """How far it is: 0 to 1, what is being done, and an estimate of the time left."""

    fraction: float
    doing: str
    seconds_left: float | None = None


class Done(msgspec.Struct, kw_only=True, tag_field="kind", tag="done"):
    """The answer, or the file it lies in."""

    path: str = ""
    answer: Any = None


class Failed(msgspec.Struct, kw_only=True, tag_field="kind", tag="failed"):
    """There is no answer.  `error` is the class's name in core.errors."""

    error: str
    message: str
    where: str = ""
    remedy: str = ""
    traceback: str = ""


Line = Progress | Done | Failed
Say = Callable[[Line], None]
_decoder = msgspec.json.Decoder(Line)


class Cancelled(EpochalError):
    """It was cancelled; nothing of it is left."""


class Throwaway:
    """One question to `python -m module arguments`.

    `answer` blocks, so the window calls it off the GUI thread; `cancel` may come from any thread.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._command = [
            sys.executable,
            "-P",
            "-m",
            module,
            *arguments,
        ]  # -P: nothing of the current folder is imported
        self._child: subprocess.Popen[bytes] | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    def answer(self, on_progress: Callable[[Progress], None] = lambda _: None) -> Done:
        """Return the answer; `on_progress` is called from this thread.

        Raises Cancelled, or what the child raised: BadInput, CheckpointError and others of core.errors.
        """
        with tempfile.TemporaryFile() as log:
            child = self._start(log)
            try:
                end = _follow(child, on_progress)
            finally:
                _end(child)
            if self._cancelled:
                raise Cancelled("It was cancelled.")
            if isinstance(end, Done):
                return end
            raise _error_of(end) if end is not None else _death_of(child, log)

    def cancel(self) -> None:
        """End the child; `answer` then raises Cancelled.  More than once does no harm."""
        with self._lock:
            self._cancelled = True
            if self._child is not None and self._child.poll() is None:
                self._child.terminate()

    def _start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._cancelled:
                raise Cancelled("It was cancelled.")
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=child_environment(),
                start_new_session=True,
            )
            return self._child


def private_channel() -> Say:
    """Return how a child answers: through a descriptor of its own, while descriptor 1 is left to imported code.

    When nobody listens any more the process ends, as if it was told to.
    """
    sys.stdout.flush()
    descriptor = os.dup(1)
    os.dup2(2, 1)

    def say(line: Line) -> None:
        view = memoryview(msgspec.json.encode(line) + b"\n")
        try:
            while view:
                view = view[os.write(descriptor, view) :]
        except BrokenPipeError:
            raise SystemExit(128 + signal.SIGTERM) from None

    return say


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave no process behind, whatever happened."""
    if child.stdout is not None:
        child.stdout.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(_GRACE_S)
    if child.poll() is None:
        child.kill()
        child.wait()


def _follow(child: subprocess.Popen[bytes], on_progress: Callable[[Progress], None]) -> Done | Failed | None:
    """Return the child's last word; None when it ended without one."""
    assert child.stdout is not None
    for text in child.stdout:
        try:
            said: Line = _decoder.decode(text)
        except msgspec.DecodeError:  # a line that was torn when the child was ended
            return None
        if not isinstance(said, Progress):
            return said
        on_progress(said)
    return None


def _error_of(failed: Failed) -> EpochalError:
    """Return the error that the child raised; one that is not Epochal's own as a RunError."""
    kind = getattr(core.errors, failed.error, RunError)
    if isinstance(kind, type) and issubclass(kind, EpochalError):
        with contextlib.suppress(TypeError):  # one that needs more than a message
            return kind(failed.message, where=failed.where, remedy=failed.remedy)
    return RunError(failed.message, where=failed.where, remedy=failed.remedy)


def _death_of(child: subprocess.Popen[bytes], log: IO[bytes]) -> EpochalError:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip().splitlines() or ["it gave no reason"]
    how = f"signal {-child.returncode}" if child.returncode < 0 else f"exit code {child.returncode}"
    return RunError(f"The process ended with {how}: {lines[-1][:300]}.")

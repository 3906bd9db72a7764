"""Asking for a comparison from a process that does not import torch: a throw-away child makes it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import msgspec

import core.errors
from core.comparison.kept import kept
from core.comparison.request import Done, Failed, Line, Progress, Request
from core.comparison.result import Comparison, decode
from core.errors import EpochalError, RunError

_ROOT = Path(__file__).parents[2]
_GRACE_S = 2.0  # between asking the child to end and making it
_decoder = msgspec.json.Decoder(Line)


class Cancelled(EpochalError):
    """The comparison was cancelled; nothing of it is left."""


class Asking:
    """One question.  `answer` blocks, so the window calls it off the GUI thread; `cancel` may come from any thread."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._child: subprocess.Popen[bytes] | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    def answer(self, on_progress: Callable[[Progress], None] = lambda progress: None) -> Comparison:
        """Return the comparison, at once when it was made before; `on_progress` is called from this thread.

        Raises Cancelled, or what the child raised: BadInput, CheckpointError and others of core.errors.
        """
        found = kept(self.request)
        if found is not None:
            return found
        with tempfile.TemporaryDirectory(prefix="epochal-compare-", ignore_cleanup_errors=True) as folder:
            request = Path(folder) / "request.json"
            request.write_bytes(msgspec.json.encode(self.request))
            with (Path(folder) / "log").open("w+b") as log:
                child = self._start(request, log)
                try:
                    end = _follow(child, on_progress)
                except BaseException:  # whoever asked gave up, by Ctrl+C perhaps
                    child.terminate()
                    raise
                finally:
                    self._end(child)
                if self._cancelled:
                    raise Cancelled("The comparison was cancelled.")
                if isinstance(end, Done):
                    return decode(Path(end.path).read_bytes())
                raise _error_of(end) if end is not None else _death_of(child, log)

    def cancel(self) -> None:
        """End the child; `answer` then raises Cancelled.  Safe from any thread, and more than once."""
        with self._lock:
            self._cancelled = True
            if self._child is not None and self._child.poll() is None:
                self._child.terminate()

    def _start(self, request: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._cancelled:
                raise Cancelled("The comparison was cancelled.")
            path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
            self._child = subprocess.Popen(
                # -P: no module of the current folder may take the place of a real one.
                [sys.executable, "-P", "-m", "core.compare", str(request)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,
            )
            return self._child

    def _end(self, child: subprocess.Popen[bytes]) -> None:
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
    return RunError(f"The comparing process ended with {how}: {lines[-1][:300]}.")

"""One describing process from its start to its end: JSON lines from a private file, a log, a firm end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

_ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.01
_LOG_BYTES = 8192


class Child:
    """A running `python -m core.describe`; a context manager that leaves no process and no file behind."""

    def __init__(self, arguments: list[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="epochal-describe-", ignore_cleanup_errors=True)
        self._answers = Path(self._folder.name) / "answers"
        self._answers.touch()
        self._log_path = Path(self._folder.name) / "log"
        self._read = 0
        self._pending: list[bytes] = []
        # -P: no module of the current folder may take the place of a real one.
        command = [sys.executable, "-P", "-m", "core.describe", "--to", str(self._answers), *arguments]
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
        with open(self._log_path, "wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )

    def next(self, seconds: float) -> Any:
        """Return the next answer, or None when the child died or said nothing for so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            ended = self._process.poll() is not None
            self._fetch()  # after the poll: what was said last still counts
            if self._pending:
                return msgspec.json.decode(self._pending.pop(0))
            if ended or time.monotonic() >= deadline:
                return None
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_POLL_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Say whether the process still runs."""
        return self._process.poll() is None

    def log(self) -> str:
        """Return the end of what the process wrote to its log: tracebacks of its death."""
        with open(self._log_path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_BYTES))
            return file.read().decode("utf-8", "replace").strip()

    def obituary(self) -> str:
        """Return the end of its log and, as the last line, how the process ended: the signal or the exit code."""
        code = self._process.poll()
        if code is None:
            how = "gave no answer in time"
        elif code < 0:
            how = f"crashed: signal {-code}"
        else:
            how = f"ended the process with exit code {code}"
        return f"{self.log()}\n{how}".strip()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The whole session of the child, for user code may have started processes of its own.
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def _fetch(self) -> None:
        with open(self._answers, "rb") as file:
            file.seek(self._read)
            lines = file.read().split(b"\n")
        for line in lines[:-1]:
            self._read += len(line) + 1
            self._pending.append(line)

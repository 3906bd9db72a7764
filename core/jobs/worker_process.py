"""A worker as its supervisor sees it: started and watched, or adopted from a supervisor that was killed."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

import core
from core.errors import WriteError
from core.runs import liveness
from core.runs.liveness import Process
from core.runs.queue import QueueEntry
from core.runs.run_folder import RunFolder


@dataclass(frozen=True)
class Exit:
    """How a process ended; both None when nobody could see it."""

    code: int | None = None
    signal: int | None = None


def worker_command() -> list[str]:
    """Return the command line of a worker, without arguments; EPOCHAL_WORKER may name another program."""
    named = os.environ.get("EPOCHAL_WORKER")
    if named:
        return shlex.split(named)
    return [sys.executable, "-P", "-m", "core.worker"]


def child_environment() -> dict[str, str]:
    """Return the environment in which this program's modules are found, whatever the current folder."""
    environment = dict(os.environ)
    root = str(Path(core.__file__).parent.parent)
    paths = [root, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


class Worker:
    """A warm worker that this process started; it waits for a run on its standard input."""

    def __init__(self, command: list[str], folder: Path, log_path: Path) -> None:
        """Start it in a session of its own, writing to `log_path`.  Raises OSError."""
        self.log_path = log_path
        with log_path.open("ab") as log:
            self._child = subprocess.Popen(
                [*command, "--warm"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=child_environment(),
                start_new_session=True,
            )
        self.process = Process(self._child.pid, liveness.started_at(self._child.pid) or 0.0)
        self._exit: Exit | None = None

    def assign(self, run: RunFolder, entry: QueueEntry) -> bool:
        """Give it a run.  Returns False when it is already dead."""
        task = {"run": str(run.path), "resume_from": entry.resume_from, "accept_differences": entry.accept_differences}
        try:
            _pipe(self._child).write(msgspec.json.encode(task) + b"\n")
            _pipe(self._child).close()
        except OSError:
            return False
        return True

    def leave(self) -> None:
        """Let it go on, or end by itself if it has no run, without being watched any more."""
        self._close_input()
        _leave_alone(self._child)

    def _close_input(self) -> None:
        with contextlib.suppress(OSError):
            _pipe(self._child).close()

    def exit(self) -> Exit | None:
        """Return how it ended, None while it runs.  What is left of its process group is ended with it."""
        if self._exit is None:
            ended = os.waitid(os.P_PID, self._child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return None
            # Its children go before it is reaped: until then its number cannot belong to anyone else.
            _signal_group(self._child.pid, signal.SIGKILL)
            code = self._child.wait()
            self._close_input()
            self._exit = Exit(signal=-code) if code < 0 else Exit(code=code)
        return self._exit

    def terminate(self) -> None:
        """Ask the process to end."""
        if self._exit is None:  # so it is not reaped yet and its number is its own; Popen.terminate might reap it
            os.kill(self._child.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the process and its children at once."""
        if self._exit is None:
            _signal_group(self._child.pid, signal.SIGKILL)


class Adopted:
    """A worker that a former supervisor started.  How it ends can no longer be seen, only that it did."""

    def __init__(self, process: Process, run: RunFolder) -> None:
        self.process = process
        self._run = run

    def exit(self) -> Exit | None:
        """Return an unknown exit once the process is gone; None while it runs."""
        if self.process.is_alive():
            return None
        if not self._run.is_alive():
            return Exit()
        holder = liveness.holder(self._run.lock_path)
        if holder is not None and not holder.is_same(self.process) and holder.is_alive():
            self.process = holder  # someone else, started by hand perhaps, has the run
        else:
            _signal_group(self.process.pid, signal.SIGKILL)  # a child of the dead worker inherited its lock
        return None

    def terminate(self) -> None:
        """Ask the process to end."""
        if self.process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End the process and its children at once."""
        if self.process.is_alive():
            _signal_group(self.process.pid, signal.SIGKILL)

    def leave(self) -> None:
        """Let it go on; it never was ours."""


def start_detached(command: list[str], log_path: Path, folder: Path) -> None:
    """Start a process that outlives this one and its terminal, writing to a log.  Raises WriteError."""
    try:
        with log_path.open("ab") as log:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=child_environment(),
                start_new_session=True,
            )
        _leave_alone(child)
    except OSError as error:
        raise WriteError(f"The background process could not be started: {error}.", where=str(folder)) from error


_left_alone: list[subprocess.Popen[bytes]] = []


def _leave_alone(child: subprocess.Popen[bytes]) -> None:
    """Keep a child that outlives our interest in it only until it can be reaped, so that none becomes a zombie."""
    _left_alone[:] = [other for other in (*_left_alone, child) if other.poll() is None]


def _pipe(child: subprocess.Popen[bytes]) -> IO[bytes]:
    assert child.stdin is not None
    return child.stdin


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)

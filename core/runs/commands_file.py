"""What a run is told: commands.jsonl, written by many, read by the worker."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from pathlib import Path

import msgspec

from core.durable import append_line, cut_torn_line, explained, sync_data
from core.runs.commands import AnyCommand, CommandLine, CommandOutcome
from core.runs.run_folder import RunFolder

_decoder = msgspec.json.Decoder(CommandLine)


def new_command_id() -> str:
    """Return an id that no other command has."""
    return secrets.token_hex(8)


def send(run: RunFolder, command: AnyCommand) -> None:
    """Append a command durably.  Any number of processes may do so at a time.  Raises WriteError."""
    _append(run.commands_path, command)


def record_outcome(run: RunFolder, outcome: CommandOutcome) -> None:
    """Append how a command ended.  Raises WriteError."""
    _append(run.commands_path, outcome)


def read_lines(run: RunFolder) -> list[CommandLine]:
    """Return everything in commands.jsonl, damaged lines left out.  Raises OSError when it is there but unreadable."""
    return CommandLog(run).poll()


def pending(run: RunFolder) -> list[AnyCommand]:
    """Return the commands that have no outcome yet, in order."""
    lines = read_lines(run)
    done = {line.id for line in lines if isinstance(line, CommandOutcome)}
    return [line for line in lines if not isinstance(line, CommandOutcome) and line.id not in done]


def refuse_pending(run: RunFolder, step: int, message: str) -> None:
    """Give every command without an outcome the outcome refused, so that a later segment does not obey it."""
    for command in pending(run):
        outcome = CommandOutcome(id=command.id, time=time.time(), outcome="refused", step=step, message=message)
        record_outcome(run, outcome)


class CommandLog:
    """Reads commands.jsonl as it grows; a poll that finds nothing new costs one stat."""

    def __init__(self, run: RunFolder) -> None:
        self._path = run.commands_path
        self._offset = 0

    def poll(self) -> list[CommandLine]:
        """Return the complete lines appended since the last call."""
        try:
            if os.stat(self._path).st_size <= self._offset:
                return []
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        data = data[: data.rfind(b"\n") + 1]
        self._offset += len(data)
        return [line for text in data.splitlines() if (line := _decoded(text)) is not None]


class CommandReader:
    """The worker's side: the commands that wait to be carried out, each once."""

    def __init__(self, run: RunFolder) -> None:
        self._log = CommandLog(run)

    def poll(self) -> list[AnyCommand]:
        """Return the new commands in order, without those that already have an outcome."""
        lines = self._log.poll()
        done = {line.id for line in lines if isinstance(line, CommandOutcome)}
        return [line for line in lines if not isinstance(line, CommandOutcome) and line.id not in done]


def _decoded(text: bytes) -> CommandLine | None:
    try:
        line: CommandLine = _decoder.decode(text)
        return line
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None  # a line of a newer version, or one that a failing disk damaged


def _append(path: Path, line: CommandLine) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            cut_torn_line(descriptor)
            append_line(descriptor, msgspec.json.encode(line) + b"\n", point="commands.append")
            sync_data(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise explained(error, path) from error

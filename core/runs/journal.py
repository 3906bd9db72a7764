"""What a run says, written down: events.jsonl, appended line by line."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from types import TracebackType

import msgspec

from core.durable import append_line, cut_torn_line, explained, reach, sync_data
from core.runs.events import AnyEvent
from core.runs.tail import lines_backwards

SYNC_EVERY_S = 1.0


class _Numbered(msgspec.Struct):
    seq: int


_numbered = msgspec.json.Decoder(_Numbered)


class EventWriter:
    """Appends events; the one writer of a run's events.jsonl, which whoever holds worker.lock may be.

    Opening cuts a torn last line and goes on counting from the last sequence number.  What is written is durable a
    second later at most.  Threads may share a writer.  Raises WriteError: from `write` and `sync`, and for a failure
    in the background from the call after it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._encoder = msgspec.json.Encoder()
        self._failure: OSError | None = None
        self._written = 0  # events written by this writer, and how many of them are known to be durable
        self._durable = 0
        self._closed = threading.Event()
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            self.bytes_cut = cut_torn_line(self._descriptor)
            self._seq = last_seq(self._descriptor)
        except OSError as error:
            raise explained(error, path) from error
        self._thread = threading.Thread(target=self._keep_durable, name="events", daemon=True)
        self._thread.start()

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def last_seq(self) -> int:
        """The sequence number of the newest event; 0 when there is none."""
        return self._seq

    def write(self, event: AnyEvent, *, durable: bool = False) -> None:
        """Append an event, giving it its number and, where it has none, its time.

        Returns when it is in the file, or on disk when `durable`.  After a failure nothing was written, and it may be
        tried again.
        """
        with self._lock:
            self._raise_failure()
            event.seq = self._seq + 1
            event.time = event.time or time.time()
            try:
                append_line(self._descriptor, self._encoder.encode(event) + b"\n", point="events.append")
                self._seq = event.seq
                self._written += 1
                if durable:
                    self._sync()
            except OSError as error:
                raise explained(error, self._path) from error

    def sync(self) -> None:
        """Make everything written so far durable."""
        with self._lock:
            self._raise_failure()
            try:
                self._sync()
            except OSError as error:
                raise explained(error, self._path) from error

    def close(self) -> None:
        """Make everything durable and close the file."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._thread.join()
        try:
            self.sync()
        finally:
            os.close(self._descriptor)

    def _sync(self) -> None:
        written = self._written
        if self._durable < written:
            reach("events.sync")
            sync_data(self._descriptor)
            self._durable = written

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise explained(failure, self._path) from failure

    def _keep_durable(self) -> None:
        while not self._closed.wait(SYNC_EVERY_S):
            # Not under the lock: a slow disk must not hold up whoever writes an event.
            try:
                self._sync()
            except OSError as error:
                self._failure = error


def last_seq_of(path: Path) -> int:
    """Return the last sequence number in a file of events, 0 when there is no file.  Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    try:
        return last_seq(descriptor)
    finally:
        os.close(descriptor)


def last_seq(descriptor: int) -> int:
    """Return the last sequence number in a file of events, 0 when there is none; damaged lines are passed over."""
    for line in lines_backwards(descriptor):
        try:
            return _numbered.decode(line).seq
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return 0

"""What a run says, followed: events.jsonl read as it grows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.runs.events import AnyEvent, Notice
from core.runs.tail import end_of_lines

_BLOCK = 8 << 20
_decoder = msgspec.json.Decoder(AnyEvent)


class EventReader:
    """Reads events in order, each once, as often as asked.

    A torn last line waits until it is whole or replaced; a missing file has no events yet.  A damaged line is passed
    over, and a Notice without a sequence number stands in its place.  With `only`, the kinds named, all others are
    passed over without being decoded.  A live view and a reopened one are this same reader.
    """

    def __init__(self, path: Path, *, only: frozenset[str] = frozenset()) -> None:
        self._path = path
        self._only = tuple(f'{{"kind":"{kind}"'.encode() for kind in sorted(only))
        self._descriptor = -1
        self.offset = 0  # bytes read so far; always at the beginning of a line

    def poll(self, limit_bytes: int | None = None) -> list[AnyEvent]:
        """Return what was appended since the last call, at most about `limit_bytes` of it.

        Call again while `behind()`.  Raises OSError when the file is there and cannot be read.
        """
        events: list[AnyEvent] = []
        until = None if limit_bytes is None else self.offset + limit_bytes
        for lines in self._blocks(until):
            events += self._decoded(lines)
        return events

    def skip_to_end(self) -> None:
        """Pass over everything that is in the file now, except a torn last line."""
        if self._length():
            self.offset = end_of_lines(self._descriptor)

    def behind(self) -> int:
        """Return how many bytes lie ahead, a torn line included."""
        return max(0, self._length() - self.offset)

    def close(self) -> None:
        """Close the file; a later poll opens it again and goes on where this one ended."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.close()

    def _length(self) -> int:
        if self._descriptor < 0:
            try:
                self._descriptor = os.open(self._path, os.O_RDONLY)
            except FileNotFoundError:
                return 0
        return os.fstat(self._descriptor).st_size

    def _blocks(self, until: int | None) -> Iterator[bytes]:
        """Yield runs of complete lines and move past each once it was taken; a line is never cut at `until`."""
        block = _BLOCK if until is None else max(1, min(_BLOCK, until - self.offset))
        while (length := self._length()) > self.offset and (until is None or self.offset < until):
            data = os.pread(self._descriptor, min(block, length - self.offset), self.offset)
            end = data.rfind(b"\n") + 1
            if end == 0:
                if len(data) < block:
                    return
                block *= 2  # a line longer than the block
                continue
            yield data if end == len(data) else data[:end]
            self.offset += end
            if until is not None and end < len(data):
                return  # the limit, or the end of the file, lies within a line

    def _decoded(self, lines: bytes) -> list[AnyEvent]:
        if not self._only:
            try:
                return list(_decoder.decode_lines(lines))
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass  # find the damaged line below
        start = self.offset
        events: list[AnyEvent] = []
        for line in lines.split(b"\n"):
            if line and (not self._only or line.startswith(self._only)):
                events.append(_event(line, start, self._path.name))
            start += len(line) + 1
        return events


def _event(line: bytes, offset: int, name: str) -> AnyEvent:
    try:
        event: AnyEvent = _decoder.decode(line)
        return event
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{name}: the line at byte {offset} is damaged and was passed over ({error})."
        return Notice(level="warning", message=message)

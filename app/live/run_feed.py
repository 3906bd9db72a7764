"""One run, followed: its events read in slices, its state kept up to date."""

from __future__ import annotations

from time import perf_counter

from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import RunState

SLICE_BYTES = 256 * 1024


class RunFeed:
    """Live and reopened are one path: the same reader over the same file."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.state = RunState()
        self.behind = True  # there may be more in the file than was read
        self._reader = EventReader(run.events_path)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def advance(self, seconds: float) -> bool:
        """Read for about so many seconds; return whether the state changed."""
        end = perf_counter() + seconds
        changed = False
        while True:
            events = self._reader.poll(limit_bytes=SLICE_BYTES)
            if not events:
                self.behind = False
                return changed
            for event in events:
                self.state.apply(event)
            changed = True
            if perf_counter() >= end:
                self.behind = True
                return changed

"""One run, followed: its events read in slices, its state kept up to date, its curves joined with its ancestors'."""

from __future__ import annotations

from time import perf_counter

from core.runs.joined import JoinedFeed
from core.runs.run_folder import RunFolder
from core.runs.state import RunState

SLICE_BYTES = 256 * 1024


class RunFeed:
    """Live and reopened are one path: the same reader over the same file."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.behind = True  # there may be more in the file than was read
        self._feed = JoinedFeed(run)

    @property
    def state(self) -> RunState:
        """How the run stands; it grows in place."""
        return self._feed.state

    def close(self) -> None:
        """Close the files."""
        self._feed.close()

    def advance(self, seconds: float) -> bool:
        """Read for about so many seconds; return whether the state changed."""
        end = perf_counter() + seconds
        changed = False
        while True:
            if not self._feed.poll(limit_bytes=SLICE_BYTES):
                self.behind = False
                return changed
            changed = True
            if perf_counter() >= end:
                self.behind = True
                return changed

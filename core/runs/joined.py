"""A fork's curve from the very first step: its ancestors' points up to where it was forked, then its own.

What an ancestor contributes is the way to the checkpoint, as it stood when that was forked: if the ancestor has since
gone back, or goes on, or had gone back before, nothing of that is in it.  So the joined curve has neither gap nor
zigzag, and never changes.  A warm start counts from 0 and has no curve before its own; a deleted ancestor leaves none.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import WorkspaceError
from core.runs.events import CheckpointSaved
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import Inheritance, RunState
from core.runs.workspace import Workspace


@dataclass(frozen=True)
class Ancestor:
    """A run that another was forked from: at which step, and when (seconds since 1970)."""

    run: RunFolder
    step: int
    forked: float


def ancestry(run: RunFolder) -> list[Ancestor]:
    """Return the forks that lead to a run, the oldest first; a run that was deleted ends them."""
    workspace = Workspace(run.workspace_path)
    found: list[Ancestor] = []
    seen = {run.id}
    while True:
        try:
            record = run.record()
        except WorkspaceError:
            break
        if record.kind != "fork" or record.parent is None or record.parent_step is None or record.parent in seen:
            break
        run = workspace.run(record.parent)
        if not run.events_path.exists():
            break
        seen.add(run.id)
        found.insert(0, Ancestor(run, record.parent_step, record.created))
    return found


class JoinedFeed:
    """Follows a run and, before it, reads the ways of its ancestors, in slices.  `state` grows in place."""

    def __init__(self, run: RunFolder) -> None:
        self.state = RunState()
        self._run = run
        self._ways = [_Way(ancestor) for ancestor in ancestry(run)]
        self._past: Inheritance | None = None
        self._reader = EventReader(run.events_path)

    def close(self) -> None:
        """Close the files."""
        self._reader.close()
        for way in self._ways:
            way.close()

    def poll(self, limit_bytes: int | None = None) -> bool:
        """Take in about so many bytes of what is new; return whether there was anything."""
        if self._ways:
            self._read_ancestors(limit_bytes)
            return True
        events = self._reader.poll(limit_bytes)
        for event in events:
            self.state.apply(event)
        return bool(events)

    def _read_ancestors(self, limit_bytes: int | None) -> None:
        way = self._ways[0]
        way.begin(self._past)
        if not way.read(limit_bytes):
            return
        self._past = way.inheritance()
        way.close()
        del self._ways[0]
        if not self._ways:
            self.state.inherit(self._past)


def joined_state(run: RunFolder) -> RunState:
    """Return how a run stands by all it said so far, its curves joined with its ancestors'."""
    feed = JoinedFeed(run)
    try:
        while feed.poll():
            pass
        return feed.state
    finally:
        feed.close()


class _Way:
    """What one ancestor said until it was forked."""

    def __init__(self, ancestor: Ancestor) -> None:
        self._ancestor = ancestor
        self._state: RunState | None = None
        self._found: Inheritance | None = None
        self._reader = EventReader(ancestor.run.events_path)

    def begin(self, past: Inheritance | None) -> None:
        if self._state is None:
            self._state = RunState()
            if past is not None:
                self._state.inherit(past)

    def read(self, limit_bytes: int | None) -> bool:
        """Read on; return whether everything has been read that was said before the fork."""
        assert self._state is not None
        events = self._reader.poll(limit_bytes)
        for event in events:
            if event.time > self._ancestor.forked:
                return True
            self._state.apply(event)
            if isinstance(event, CheckpointSaved) and event.step == self._ancestor.step:
                self._found = self._state.way_to(self._ancestor.run.id, event.step)
        return not events

    def inheritance(self) -> Inheritance:
        assert self._state is not None
        return self._found or self._state.way_to(self._ancestor.run.id, self._ancestor.step)

    def close(self) -> None:
        self._reader.close()

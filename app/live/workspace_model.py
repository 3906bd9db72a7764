"""The workspace as the window sees it: summaries of all runs, feeds of the ones looked at, the queue.

One timer drives everything.  A tick reads for a few milliseconds at most, so that the window draws in between;
what costs more (looking at all run folders) is done beside the GUI thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal

from app.live.background import Background
from app.live.pins import Pins
from app.live.proofs import Proofs
from app.live.run_feed import RunFeed
from app.live.selection import Selection
from core.runs.overview import Changes, Overview
from core.runs.queue import Queue, read_queue
from core.runs.run_folder import RunFolder
from core.runs.state import ACTIVE, RunState
from core.runs.summary import RunSummary
from core.runs.workspace import Workspace

LIVE = frozenset({"queued", "starting", "running", "paused"})
ENDED = frozenset({"completed", "stopped", "failed", "killed", "interrupted"})
TICK_BUDGET_S = 0.008
LIVE_TICK_MS, BACKLOG_TICK_MS, IDLE_TICK_MS = 120, 16, 700
LIVE_LOOK_S, IDLE_LOOK_S = 0.5, 2.0
LOOK_BUDGET_S = 0.25  # the first look at very many runs comes in parts
FEEDS_KEPT = 12  # beyond the selected ones, so that going back to a run is instant


class WorkspaceModel(QObject):
    """Summaries, states, queue and selection of one workspace."""

    runs_changed = Signal()  # which runs exist, or what their rows say
    run_updated = Signal(str)  # events of a followed run arrived
    run_ended = Signal(str, str)  # run id, status: seen to change from live to ended
    queue_changed = Signal()
    ticked = Signal()  # after every poll

    def __init__(self, workspace: Workspace, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.selection = Selection(self)
        self.pins = Pins(workspace, background, self)
        self.proofs = Proofs(workspace, background, self)
        self.summaries: dict[str, RunSummary] = {}
        self.queue = Queue()
        self.loaded = False  # the folders have been looked at once
        self.changed: set[str] = set()  # runs whose rows changed with the newest `runs_changed`
        self._live: set[str] = set()
        self._background = background
        self._overview = Overview(workspace)
        self._seen: dict[str, RunSummary] = {}  # by their files alone; `summaries` knows the queue too
        self._feeds: OrderedDict[str, RunFeed] = OrderedDict()
        self._looking = False
        self._looked = 0.0
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LIVE_TICK_MS)
        self._timer.timeout.connect(self.poll)
        self.selection.changed.connect(self.poll)

    def start(self) -> None:
        """Begin to poll."""
        self._timer.start()
        self.poll()

    def stop(self) -> None:
        """Poll no more."""
        self._timer.stop()

    def run(self, run_id: str) -> RunFolder:
        """Return the folder of the run with this id."""
        return self.workspace.run(run_id)

    def state(self, run_id: str) -> RunState | None:
        """Return the state of a followed run, which grows in place; None when the run is not followed."""
        feed = self._feeds.get(run_id)
        return feed.state if feed else None

    def live_runs(self) -> list[RunSummary]:
        """Return the runs that are queued or have a worker."""
        return [self.summaries[run_id] for run_id in self._live]

    def look_soon(self) -> None:
        """Look at the run folders at the next tick: something is known to have changed."""
        self._looked = 0.0
        self._timer.start(BACKLOG_TICK_MS)

    def poll(self) -> None:
        """Read what is new, within the tick's budget."""
        self._look_beside()
        self._follow()
        updated, behind = self._advance()
        for run_id in updated:
            self.run_updated.emit(run_id)
        self.ticked.emit()
        live = bool(self._live)
        self._timer.setInterval(BACKLOG_TICK_MS if behind else LIVE_TICK_MS if live else IDLE_TICK_MS)

    def _follow(self) -> None:
        """Have a feed for every selected run; keep a few of those looked at before."""
        for run_id in self.selection.runs:
            if run_id not in self._feeds and run_id in self.summaries:
                self._feeds[run_id] = RunFeed(self.run(run_id))
            elif run_id in self._feeds:
                self._feeds.move_to_end(run_id)
        spare = [run_id for run_id in self._feeds if run_id not in self.selection.runs]
        for run_id in spare[: max(0, len(spare) - FEEDS_KEPT)]:
            self._feeds.pop(run_id).close()

    def _advance(self) -> tuple[list[str], bool]:
        end = perf_counter() + TICK_BUDGET_S
        updated, behind = [], False
        followed = [self._feeds[run_id] for run_id in self.selection.runs if run_id in self._feeds]
        # A run that waits its turn must not wait for ever: each tick begins with another one.
        self._turn = (self._turn + 1) % max(1, len(followed))
        for feed in followed[self._turn :] + followed[: self._turn]:
            left = end - perf_counter()
            if left <= 0:
                behind = True
                break
            if feed.advance(left):
                updated.append(feed.run.id)
            behind = behind or feed.behind
        return updated, behind

    def _look_beside(self) -> None:
        now = perf_counter()
        pause = LIVE_LOOK_S if self._live else IDLE_LOOK_S
        if self._looking or (self.loaded and now - self._looked < pause):
            return
        self._looking, self._looked = True, now
        self._background.run(self._look, self._looked_at, self._not_looked)

    def _look(self) -> tuple[Changes, Queue]:
        return self._overview.poll(LOOK_BUDGET_S), read_queue(self.workspace)

    def _looked_at(self, seen: tuple[Changes, Queue]) -> None:
        changes, queue = seen
        self._looking = False
        if changes.more:
            self._looked = 0.0
        self._seen.update((summary.id, summary) for summary in changes.changed)
        self.changed = set(changes.removed)
        for run_id in changes.removed:
            self._forget(run_id)
        self.selection.forget(changes.removed)
        requeued = queue != self.queue
        self.queue = queue
        ended = self._summarise(changes.changed if not requeued else list(self._seen.values()))
        first, self.loaded = not self.loaded, self.loaded or not changes.more
        self._follow()  # a run that was selected before it was seen has a state from now on
        if self.changed or first:
            self.runs_changed.emit()
        if requeued:
            self.queue_changed.emit()
        for run_id, status in ended:
            self.run_ended.emit(run_id, status)

    def _summarise(self, changed: list[RunSummary]) -> list[tuple[str, str]]:
        """Take over summaries, as the queue has it; return those that have just ended."""
        waiting = {entry.run for entry in self.queue.waiting}
        given = {job.run: job.added for job in self.queue.running}
        ended: list[tuple[str, str]] = []
        for summary in changed:
            if summary.id in waiting:
                summary = replace(summary, status="queued")
            elif summary.status not in ACTIVE and given.get(summary.id, 0.0) > (summary.ended or 0.0):
                summary = replace(summary, status="starting")
            before = self.summaries.get(summary.id)
            if before is not None and before.status in LIVE and summary.status in ENDED:
                ended.append((summary.id, summary.status))
            if before != summary:
                self.changed.add(summary.id)
                self.summaries[summary.id] = summary
            (self._live.add if summary.status in LIVE else self._live.discard)(summary.id)
        return ended

    def _forget(self, run_id: str) -> None:
        self._seen.pop(run_id, None)
        self._live.discard(run_id)
        self.summaries.pop(run_id, None)
        if run_id in self._feeds:
            self._feeds.pop(run_id).close()

    def _not_looked(self, error: Exception) -> None:
        self._looking = False
        raise error

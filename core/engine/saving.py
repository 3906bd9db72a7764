"""When checkpoints are written, which of them is the model, and which may go.

A checkpoint that comes while the one before it is still being written waits in memory if it is small, and holds
training up if it is large.  A new best is treated so too, with one difference: it is written at most every second or
every twenty times what the last checkpoint cost, and a better one takes its place while it waits.  What waits is
written in order, and all of it before the run ends or pauses.  So a best that a checkpoint on disk knows of is itself
on disk, and a killed run goes on from a checkpoint that does not know of a best that was lost.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from core.checkpoints.retention import Policy
from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import is_thinned, thin
from core.checkpoints.writer import BackgroundWriter, Saved
from core.curves.phases import phase_at
from core.engine.capture import Captured
from core.errors import EpochalError
from core.runs.columns import columns_of_one
from core.runs.events import CheckpointFailed, CheckpointRemoved, CheckpointSaved, CheckpointThinned
from core.runs.joined import JoinedFeed
from core.runs.journal import EventWriter
from core.runs.phases import phases_of
from core.runs.run_folder import RunFolder
from core.spec.budget import Ruler
from core.spec.checkpoint_cost import STRETCH

_BEST_EVERY_S = 1.0
_BEST_COSTS = 20.0  # times the cost of a save between two best ones
_WAITING_BYTES = 64 << 20
_WAITING = 16  # checkpoints


@dataclass
class Shot:
    """A captured state with what the event will say of it."""

    step: int
    reason: str
    captured: Captured
    metrics: dict[str, float] = field(default_factory=dict)
    held_s: float = 0.0  # how long training stood still for it before it was handed to the writer


class Saver:
    """Saves checkpoints in the background, announces those that are durable, deletes those that nothing keeps.

    `capture` returns the complete state as it is now; its arrays may be views of the live tensors.
    `needed` returns the steps that other runs descend from, with their ids.  With `thins` the weights stay of what
    nothing keeps.
    """

    def __init__(
        self,
        run: RunFolder,
        events: EventWriter,
        ruler: Ruler,
        policy: Policy,
        monitor: str,
        capture: Callable[[], Captured],
        needed: Callable[[], dict[int, str]],
        *,
        thins: bool = False,
    ) -> None:
        self.stalled_s = 0.0
        self.last_stall_s: float | None = None  # what the newest checkpoint cost
        self.born_at = -1  # the step that a fork began with: what is of it or before is not this run's
        self.ruler = ruler
        self._run, self._events, self._policy, self._monitor = run, events, policy, monitor
        self._capture, self._needed = capture, needed
        self.store = CheckpointStore(run.checkpoints_path)
        self._writer = BackgroundWriter(run.checkpoints_path, self._saved, self._failed)
        self._shots: dict[int, Shot] = {}
        self._scores: dict[int, float] = {}
        self._lock = threading.Lock()
        self._failure: EpochalError | None = None
        self._waiting: deque[Shot] = deque()
        self._idle = threading.Event()
        self._idle.set()
        self._cost_s = 0.0
        self._last_best = -math.inf
        self._on_disk = set(self.store.steps())
        self._abandoned: set[int] = set()
        self._thins, self._thin = thins, set(_thinned_in(self.store)) if thins else set()
        self._feed: JoinedFeed | None = None  # of the curve that the phases are told from, once they are asked for

    def remember_scores(self, scores: dict[int, float]) -> None:
        """Take the monitored values of checkpoints that earlier segments saved."""
        self._scores |= scores

    def save(self, step: int, reason: str, metrics: dict[str, float], *, wait: bool = False) -> bool:
        """Save a checkpoint of `step`, unless there is one already; with `wait` it is durable afterwards.

        Return whether it was saved now.  Raises the failure of an earlier save.
        """
        self.raise_failure()
        fresh = step not in self._on_disk
        if self._waiting and self._waiting[-1].step == step:
            self._waiting[-1].reason = reason  # it was only a best; now it must not be replaced
            fresh = False
        if fresh:
            self._take(self._shot(step, reason, metrics))
        if wait:
            self.wait()
        return fresh

    def save_best(self, step: int, metrics: dict[str, float]) -> None:
        """Save the state at a new best; see the rule at the top of this file."""
        self.raise_failure()
        if self._waiting and self._waiting[-1].reason == "best":
            self._drop(self._waiting.pop())
        if step not in self._on_disk:
            self._take(self._shot(step, "best", metrics))

    def pump(self) -> None:
        """Go on writing what waits, as far as that holds nothing up."""
        self.raise_failure()
        if self._waiting and self._idle.is_set() and self._is_due(self._waiting[0]):
            self._write(self._waiting.popleft())

    def wait(self) -> None:
        """Return when everything saved is durable.  Raises the failure of a save."""
        while self._waiting:
            self._write(self._waiting.popleft())
        self._writer.wait()
        self.raise_failure()

    def keep_everything(self) -> None:
        """Delete nothing from now on, whatever the policy says."""
        self._policy = self._policy._replace(keep_last=0)

    def abandon(self, steps: set[int]) -> None:
        """Take the steps whose files lie on a branch that the run went back before."""
        self._abandoned |= steps

    def forget_after(self, step: int) -> None:
        """The run goes on from `step`: later files are not of its branch; they are written anew when it gets there."""
        self.wait()
        self._abandoned |= {other for other in self._on_disk if other > step}
        self._on_disk = {other for other in self._on_disk if other <= step}
        self._scores = {other: score for other, score in self._scores.items() if other <= step}

    def has(self, step: int) -> bool:
        """Say whether there is a checkpoint of `step` on the branch the run is on."""
        return step in self._on_disk - self._abandoned

    def drop_waiting(self) -> None:
        """Forget what waits to be written."""
        self._waiting.clear()

    def close(self) -> None:
        """Write what waits and end the writing thread."""
        try:
            self.wait()
        finally:
            self._writer.close()
            if self._feed is not None:
                self._feed.close()

    def raise_failure(self) -> None:
        """Raise the failure of a save that went wrong in the background, once."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def model(self, best_step: int | None, best_value: float | None, select: str, last: int) -> tuple[int | None, str]:
        """Return the checkpoint that is the model, and why, in words; None when there is no checkpoint."""
        there = set(self.store.steps()) - self._abandoned
        if select == "best" and best_step in there and best_value is not None:
            return best_step, f"The checkpoint of step {best_step:,}: the best {self._monitor}, {best_value:.6g}."
        usable = [step for step in there if step <= last]
        if not usable:
            return None, "No checkpoint was saved."
        if select == "best" and best_step is not None and best_step <= self.born_at and (own := self._best_of(usable)):
            value = f"{self._monitor}, {self._scores[own]:.6g}"
            before = f"Step {best_step:,} was better, before this run was forked."
            return own, f"The checkpoint of step {own:,}: the best {value}, of those that this run saved. {before}"
        newest = max(usable)
        if select == "last":
            return newest, f"The last checkpoint, of step {newest:,}, as the spec selects."
        if best_step is None:
            return newest, f"The last checkpoint, of step {newest:,}: {self._monitor} was never measured."
        return newest, f"The last checkpoint, of step {newest:,}: the best one, of step {best_step:,}, is missing."

    def _best_of(self, steps: list[int]) -> int | None:
        """Return the step with the best monitored value, the earliest of equal ones; None when none has one."""
        sign = -1.0 if self._policy.higher_is_better else 1.0
        scored = [step for step in steps if math.isfinite(self._scores.get(step, math.nan))]
        return min(scored, key=lambda step: (sign * self._scores[step], step), default=None)

    def _shot(self, step: int, reason: str, metrics: dict[str, float]) -> Shot:
        began = time.perf_counter()
        shot = Shot(step, reason, self._capture(), dict(metrics))
        self._hold(shot, began)
        return shot

    def _hold(self, shot: Shot, since: float) -> None:
        """Training has stood still for a checkpoint since then."""
        held = time.perf_counter() - since
        shot.held_s += held
        self.stalled_s += held

    def _take(self, shot: Shot) -> None:
        """Write at once if nobody has to wait for it, else keep a copy if there is room, else wait."""
        self._on_disk.add(shot.step)
        if not self._waiting and self._idle.is_set() and self._is_due(shot):
            self._write(shot)
            return
        began = time.perf_counter()
        size = sum(array.nbytes for array in shot.captured.tensors.values())
        if len(self._waiting) < _WAITING and size * (len(self._waiting) + 1) <= _WAITING_BYTES:
            kept = {name: np.array(array) for name, array in shot.captured.tensors.items()}
            self._hold(shot, began)
            self._waiting.append(replace(shot, captured=shot.captured._replace(tensors=kept)))
        else:
            self.wait()
            self._hold(shot, began)
            self._write(shot)

    def _is_due(self, shot: Shot) -> bool:
        if shot.reason != "best" or len(self._waiting) > 1:
            return True
        return time.monotonic() - self._last_best >= max(_BEST_EVERY_S, _BEST_COSTS * self._cost_s)

    def _drop(self, shot: Shot) -> None:
        self._on_disk.discard(shot.step)

    def _write(self, shot: Shot) -> None:
        with self._lock:
            self._shots[shot.step] = shot
        if shot.reason == "best":
            self._last_best = time.monotonic()
        self._idle.clear()
        captured = shot.captured
        stall = self._writer.save(shot.step, captured.tensors, captured.state, captured.dtypes)
        self.stalled_s += stall
        self.last_stall_s = shot.held_s + stall

    def _saved(self, saved: Saved) -> None:
        """Announce a checkpoint that is durable; its points became durable before it.  In the writing thread."""
        with self._lock:
            shot = self._shots.pop(saved.step)
        self._abandoned.discard(saved.step)
        self._thin.discard(saved.step)
        self._cost_s = max(saved.write_s, saved.stall_s)
        self._scores[saved.step] = shot.metrics.get(self._monitor, math.nan)
        self._events.sync()
        event = CheckpointSaved(
            step=saved.step,
            examples=self.ruler.examples_at(saved.step),
            file=str(saved.path.relative_to(self._run.path)),
            bytes=saved.bytes,
            state_sha256=saved.state_sha256,
            metrics=columns_of_one(shot.metrics.items()),
            reason=shot.reason,
            stall_s=shot.held_s + saved.stall_s,
            write_s=saved.write_s,
        )
        self._events.write(event, durable=True)
        self._retain(saved.step)
        self._idle.set()

    def _retain(self, newest: int) -> None:
        if self._policy.keep_last == 0:
            return  # all are kept
        rule = (self._policy, self._scores, self._needed(), {newest}, self._abandoned, self._phases())
        if self._thins:
            for step in self.store.superfluous(*rule):
                self._leave_weights(step)
            return
        for step in self.store.retain(*rule):
            self._events.write(CheckpointRemoved(step=step, reason="neither among the last nor the best to keep"))

    def _leave_weights(self, step: int) -> None:
        """Thin a checkpoint that is not thin yet.  One that cannot be read or written stays as it is."""
        if step in self._thin:
            return
        self._thin.add(step)
        with contextlib.suppress(EpochalError):
            written = thin(self.store.path(step))
            self._events.write(
                CheckpointThinned(step=step, bytes=written.bytes, state_sha256=written.state_sha256), durable=True
            )

    def _phases(self) -> dict[int, str]:
        """Return the phase of learning that each checkpoint lies in, by the curve so far."""
        if not self._policy.keep_phases:
            return {}
        if self._feed is None:
            self._feed = JoinedFeed(self._run)
        while self._feed.poll():
            pass
        phases = phases_of(self._feed.state)
        steps = self.store.steps()
        if [phase.answer for phase in phases] == ["not yet"]:
            # Where phase I ends is known only some time later: until then one is kept of each stretch of it.
            return {step: f"I (candidate {int(math.log(max(1, step), STRETCH))})" for step in steps}
        found = {step: phase_at(phases, step) for step in steps}
        return {step: phase for step, phase in found.items() if phase is not None}

    def _failed(self, step: int, error: EpochalError) -> None:
        """Remember a failed save for the training thread; in the writing thread."""
        with self._lock:
            self._shots.pop(step, None)
        self._failure = error
        self._on_disk.discard(step)
        self._idle.set()
        self._events.write(CheckpointFailed(step=step, message=str(error)))


def _thinned_in(store: CheckpointStore) -> Iterator[int]:
    """Yield the steps of the checkpoints that are thin already; damaged ones are not among them."""
    for step in store.steps():
        with contextlib.suppress(EpochalError):
            if is_thinned(store.path(step)):
                yield step

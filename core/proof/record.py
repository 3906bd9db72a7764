"""What a run recorded after one of its checkpoints, on the branch that the checkpoint lies on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.checkpoints.state_json import State
from core.runs.events import AnyEvent, CheckpointSaved, CommandDone, Environment, Started
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.state import RunState

Values = NDArray[np.float64]
_NEEDED = (Started, CommandDone, CheckpointSaved)


@dataclass(frozen=True)
class Record:
    """The run as it stood before it went back to where the checkpoint of `step` is not, if it ever did."""

    step: int
    state: RunState
    history: tuple[AnyEvent, ...]  # what an engine that goes on from the checkpoint reads of the past
    announced: str  # the checkpoint's digest as the run said it; empty when it was killed before it could
    saved: dict[int, str]  # digests of the states that were saved later, removed ones too, by step
    seconds_per_step: float

    @property
    def last_step(self) -> int:
        """The last step there is a point of; `step` when nothing was recorded after the checkpoint."""
        steps = self.points("train/loss")[0]
        return int(steps[-1]) if len(steps) else self.step

    def points(self, metric: str) -> tuple[Values, Values]:
        """Return steps and values of what was recorded of a metric after the checkpoint."""
        return points_after(self.state, metric, self.step)

    def environments(self, to_step: int) -> list[Environment]:
        """Return what the segments ran under that recorded the steps from the checkpoint to `to_step`."""
        found: list[Environment] = []
        end = to_step
        for segment in reversed(self.state.segments):
            start = -1 if segment.resumed_from is None else segment.resumed_from
            if start < end and end > self.step and segment.environment not in found:
                found.append(segment.environment)
            end = min(end, start)
        return found


def points_after(state: RunState, metric: str, step: int) -> tuple[Values, Values]:
    """Return steps and values of the live points of a metric after a step."""
    steps, _, _, values = state.series(metric).live_points()
    first = int(np.searchsorted(steps, step, "right"))
    return steps[first:], values[first:]


def record_of(run: RunFolder, step: int, saved: State) -> Record:
    """Return what `run` recorded after its checkpoint of `step`, whose scalar state is `saved`.

    Raises OSError when the events cannot be read.
    """
    reader = EventReader(run.events_path)
    try:
        events = reader.poll()
    finally:
        reader.close()
    since = int(saved.get("clock", {}).get("events", 0))
    branch = list(_branch(events, since, step))
    state = RunState.of(branch)
    digests = {one.step: one.state_sha256 for one in branch if isinstance(one, CheckpointSaved)}
    return Record(
        step=step,
        state=state,
        history=tuple(one for one in branch if isinstance(one, _NEEDED)),
        announced=digests.get(step, ""),
        saved={at: digest for at, digest in _live(branch).items() if at > step},
        seconds_per_step=_pace(state, step, saved),
    )


def _branch(events: Iterable[AnyEvent], since: int, step: int) -> Iterable[AnyEvent]:
    """Yield the events up to where the run went back before `step`; event number `since` is older than the state."""
    for event in events:
        if (
            isinstance(event, Started)
            and event.seq > since
            and (event.resumed_from is None or event.resumed_from < step)
        ):
            return
        yield event


def _live(branch: Iterable[AnyEvent]) -> dict[int, str]:
    """Return the digests of all states saved on the way to where the branch stands at its end."""
    saved: dict[int, str] = {}
    for event in branch:
        if isinstance(event, Started):
            start = -1 if event.resumed_from is None else event.resumed_from
            saved = {step: digest for step, digest in saved.items() if step <= start}
        elif isinstance(event, CheckpointSaved):
            saved[event.step] = event.state_sha256
    return saved


def _pace(state: RunState, step: int, saved: State) -> float:
    """Return how long a step took, in seconds, evaluations and all: after the checkpoint, else before it."""
    steps, _, seconds, _ = state.series("train/loss").live_points()
    first = max(0, int(np.searchsorted(steps, step, "right")) - 1)
    if len(steps) - first > 1 and seconds[-1] > seconds[first]:
        return float((seconds[-1] - seconds[first]) / (steps[-1] - steps[first]))
    return float(saved.get("clock", {}).get("wall_s", 0.0)) / max(1, step)

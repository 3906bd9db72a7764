"""Where a run goes on: which checkpoint, of which branch, and whether this machine can continue it bit by bit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from core.checkpoints.reading import Checkpoint, state_of
from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import is_thinned, require_whole
from core.engine.environment import differences
from core.engine.starting import as_own, read_start
from core.errors import CheckpointError, RunError
from core.runs.changes import in_force
from core.runs.columns import first_of
from core.runs.events import AnyEvent, CheckpointSaved, CommandDone, Environment, Started
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.spec.spec import Spec
from core.spec.start import Fork

ResumeFrom = int | Literal["newest"] | None
OnBad = Callable[[int, CheckpointError], None]


class OtherEnvironment(RunError):
    """The checkpoint was made under another environment, and nobody has accepted that."""


class History:
    """What earlier segments of a run left behind that the next one needs to know, and what a fork was given."""

    def __init__(self, run: RunFolder, spec: Spec) -> None:
        self._run, self._spec = run, spec
        reader = EventReader(run.events_path, only=frozenset({"started", "command", "checkpoint_saved"}))
        self.events: list[AnyEvent] = reader.poll()
        reader.close()
        self.store = CheckpointStore(run.checkpoints_path)

    @property
    def resumed_from(self) -> list[int | None]:
        """The step each segment went on from."""
        return [event.resumed_from for event in self.events if isinstance(event, Started)]

    def scores(self, metric: str) -> dict[int, float]:
        """Return the values of `metric` at the steps of announced checkpoints."""
        saved = (event for event in self.events if isinstance(event, CheckpointSaved))
        found = ((event.step, first_of(event.metrics)) for event in saved)
        return {step: values[metric] for step, values in found if metric in values}

    def newest_good(self, on_bad: OnBad, up_to: int | None = None) -> Checkpoint | None:
        """Return the newest intact checkpoint of the branch the run is on; each damaged one on the way is reported."""
        for step in reversed(self.store.steps()):
            if up_to is not None and step > up_to:
                continue
            try:
                if self.is_on_branch(step) and not is_thinned(self.store.path(step)):
                    return self.store.load(step)
            except CheckpointError as error:
                on_bad(step, error)
        first = self.start()
        return first if first is not None and (up_to is None or first.state["counters"]["step"] <= up_to) else None

    def start(self) -> Checkpoint | None:
        """Return the checkpoint that a fork begins with, None for other runs.  Raises CheckpointError, SpecError."""
        if not isinstance(self._spec.start, Fork):
            return None
        return as_own(read_start(self._run), self._spec, self._run.spec_digest())

    def is_on_branch(self, step: int) -> bool:
        """Say whether the checkpoint of `step` lies on the branch the run is on.  Raises CheckpointError."""
        segment = state_of(self.store.path(step)).get("clock", {}).get("segment", 0)
        return is_live(step, segment, self.resumed_from)

    def abandoned(self) -> set[int]:
        """Return the steps of checkpoints that the run went back before; damaged ones are not among them."""
        found = set()
        for step in self.store.steps():
            with contextlib.suppress(CheckpointError):
                if not self.is_on_branch(step):
                    found.add(step)
        return found

    def told(self) -> dict[str, CommandDone]:
        """Return the changes that were made on the branch the run is on, by command id."""
        return in_force(self.events)

    def checkpoint(self, resume_from: ResumeFrom, on_bad: OnBad) -> Checkpoint | None:
        """Return the checkpoint to go on from; None to begin at the beginning.  Raises CheckpointError."""
        if resume_from is None:
            return self.start()
        if resume_from == "newest":
            return self.newest_good(on_bad)
        checkpoint = self.store.load(resume_from)
        require_whole(checkpoint.state, resume_from)
        if not self.is_on_branch(resume_from):
            raise CheckpointError(
                f"The checkpoint of step {resume_from:,} lies on a branch that this run went back before.",
                remedy="Fork it: a new run goes on from there, and this one stays as it is.",
            )
        return checkpoint


def is_live(step: int, segment: int, resumed_from: Sequence[int | None]) -> bool:
    """Say whether a checkpoint written by `segment` lies on the branch that the last segment is on."""
    return all(start is not None and step <= start for start in resumed_from[segment + 1 :])


def environment_then(checkpoint: Checkpoint) -> Environment | None:
    """Return what a checkpoint was made under."""
    recorded = checkpoint.state.get("clock", {}).get("environment")
    return msgspec.convert(recorded, Environment) if recorded else None


def require_same(then: Environment | None, now: Environment, accepted: bool) -> list[str]:
    """Return the differences between two environments.  Raises OtherEnvironment when there are any not `accepted`."""
    found = differences(then, now) if then is not None else []
    if found and not accepted:
        raise OtherEnvironment(
            f"Going on here is not bit-exact: {'; '.join(found)}.",
            remedy="Resume once more to accept that (on the command line with --accept-differences).",
        )
    return found

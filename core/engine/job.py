"""One run, put together: from the spec on disk to a trainer that stands where the run stands."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from core.checkpoints.reading import Checkpoint
from core.data.prepare import prepare
from core.data.prepared import PreparedData, standardisation_of
from core.engine.assembly import Assembly
from core.engine.capture import Captured, capture, counters_of, restore
from core.engine.devices import device_of
from core.engine.environment import environment_of
from core.engine.non_finite import require_finite_statistics
from core.engine.parts import Parts
from core.engine.resuming import History, ResumeFrom, environment_then, require_same
from core.engine.starting import read_start, take_weights
from core.engine.steering import Replay, to_replay
from core.engine.train_state import Counters
from core.engine.trainer import Trainer
from core.errors import CheckpointError
from core.runs.changes import change_of
from core.runs.events import CheckpointFailed, Environment, Notice, Prepared, Started
from core.runs.journal import EventWriter
from core.runs.run_folder import RunFolder
from core.spec.cautions import cautions
from core.spec.checkpoint_cost import Sizes, expected_cost, warning
from core.spec.plan import Plan
from core.spec.spec import Spec
from core.spec.start import Fork, WarmStart

_BY_TIME = ("best", "patience", "plateau", "loss_sum", "loss_count")


class Job:
    """One run from its spec to a trainer."""

    def __init__(
        self,
        run: RunFolder,
        spec: Spec,
        events: EventWriter,
        *,
        resume_from: ResumeFrom = None,
        accept_differences: bool = False,
        is_killed: Callable[[], bool] = lambda: False,
    ) -> None:
        """Choose the device and the checkpoint to go on from; data and model are not loaded yet.

        Raises BadInput for a device that is not there, CheckpointError for a checkpoint that cannot be read.
        """
        self.run, self.spec, self.events = run, spec, events
        self.device = device_of(spec.compute.device)
        self._digest = run.spec_digest()
        self._accept, self._is_killed = accept_differences, is_killed
        self._history = History(run, spec)
        self._segment = len(self._history.resumed_from)
        self._checkpoint = self._history.checkpoint(resume_from, self._tell_bad)
        if resume_from is not None and self._is_at_beginning():
            self._tell("There is no good checkpoint to go on from: the run begins at the beginning.", "warning")
        self._then = environment_then(self._checkpoint) if self._checkpoint else None
        asked = 0 if self._then and not isinstance(spec.start, Fork) else spec.compute.threads
        self.threads = asked or (self._then.threads if self._then else 0)
        self._obeys_history = resume_from == "newest"

    def assemble(self) -> Trainer:
        """Load the data, build the model, restore the state, and say in the events that the run begins or goes on.

        Torch's thread count must be `threads` by now.  Raises BadInput, OtherEnvironment, CheckpointError.
        """
        workspace, checkpoint = self.run.workspace_path, self._checkpoint
        environment = environment_of(self.spec, workspace, self.device, "")
        if checkpoint is None:
            self._announce(environment, None)
        data = prepare(self.spec.data, workspace, lambda text: print(text, flush=True))
        environment.data_sha256 = data.fingerprint
        if checkpoint is not None:
            # Going on elsewhere was not accepted; whoever forked was told, and began another run.
            different = require_same(self._then, environment, self._accept or self._is_at_beginning())
            self._announce(environment, checkpoint)
            if different:
                self._tell(f"From here on the run is not bit-exact: {'; '.join(different)}.", "warning")
        self.run.write_environment(environment)
        self._environment = environment
        self._standardisation = standardisation_of(data)
        return self._trainer(data)

    def _trainer(self, data: PreparedData) -> Trainer:
        """Return a trainer that stands where the checkpoint stands, or at the beginning."""
        checkpoint = self._checkpoint
        clock = checkpoint.state["clock"] if checkpoint else {}
        assembly = Assembly(self.run, self.spec, data, self.device, self.events)
        for notice in data.notices:
            self._tell(notice)
        for caution in cautions(self.spec):
            self._tell(caution, "warning")
        parts = assembly.parts(
            already_s=clock.get("wall_s", 0.0),
            replays=self._replays(checkpoint),
            capture=lambda: self._capture(parts),
            go_back=lambda step: self._go_back(parts, step),
            is_killed=self._is_killed,
        )
        parts.saver.remember_scores(self._history.scores(self.spec.training.monitor))
        if isinstance(self.spec.start, Fork):
            parts.saver.born_at = self.spec.start.step
        if checkpoint is not None:
            self._put(parts, checkpoint)
        elif isinstance(self.spec.start, WarmStart):
            given = read_start(self.run).tensors
            self._tell(take_weights(parts.state, given, assembly.layers, self.spec.start.head))
        prepared = assembly.prepared(parts)
        self.events.write(prepared)
        self._warn_of_cost(prepared)
        parts.saver.abandon(self._history.abandoned())
        parts.saver.forget_after(parts.state.counters.step if checkpoint else -1)
        trainer = Trainer(parts)
        if checkpoint is None and self.spec.training.on_non_finite == "roll_back":
            parts.saver.save(0, "schedule", {})  # so that there always is something to go back to
        return trainer

    def _put(self, parts: Parts, checkpoint: Checkpoint) -> None:
        """Let the state be that of a checkpoint."""
        state = parts.state
        clock = checkpoint.state["clock"]
        if clock.get("spec_sha256", checkpoint.state.get("spec_sha256")) != self._digest:
            raise CheckpointError(
                f"The checkpoint of step {checkpoint.state['counters']['step']} was made with another spec.",
                where=str(checkpoint.path),
            )
        counters = dict(checkpoint.state["counters"]) | clock.get("measured", {})
        state.counters = counters_of({"counters": counters})
        parts.restart(Plan.of(self.spec.training, parts.ruler.train_examples, state.counters.changes))
        parts.sampler.restore(checkpoint.state["sampler"])
        restore(state, checkpoint.tensors, checkpoint.state)

    def _capture(self, parts: Parts) -> Captured:
        """Return the complete state as it is now.  Raises NonFinite rather than capture what no evaluation survives."""
        counters = parts.state.counters
        require_finite_statistics(parts.state)
        epoch, position = parts.ruler.place_at(counters.step)
        more = {
            "format": 1,
            "examples": parts.ruler.examples_at(counters.step),
            "virtual_epoch": parts.ruler.virtual_epoch,
            "sampler": {**parts.sampler.state(), "epoch": epoch, "position": position},
            "standardisation": self._standardisation,
        }
        clock = {
            "wall_s": parts.clock.seconds(),
            "saved_at": time.time(),
            "segment": self._segment,
            "events": self.events.last_seq,
            "environment": msgspec.to_builtins(self._environment),
            "spec_sha256": self._digest,
            "monitor": self.spec.training.monitor,
        }
        captured = capture(parts.state, more, clock)
        if self.spec.training.evaluate.unit == "seconds":
            # What is measured when the clock says so belongs to the clock.
            counted = captured.state["counters"]
            captured.state["clock"]["measured"] = {name: counted.pop(name) for name in _BY_TIME}
        return captured

    def _go_back(self, parts: Parts, step: int) -> Checkpoint | None:
        """Return the newest good checkpoint up to `step` and say that the run goes on from there; None without one."""
        parts.saver.wait()
        checkpoint = self._history.newest_good(self._tell_bad, up_to=step)
        if checkpoint is None:
            return None
        found = int(checkpoint.state["counters"]["step"])
        parts.saver.forget_after(found)
        self._history = History(self.run, self.spec)
        self._obeys_history = True
        parts.replays[:] = self._replays(checkpoint)
        self._segment += 1
        self._announce(self._environment, checkpoint)
        self._history = History(self.run, self.spec)
        return checkpoint

    def _replays(self, checkpoint: Checkpoint | None) -> list[Replay]:
        """Return the changes that are to be made from a checkpoint, or from the beginning, on."""
        counters = counters_of(checkpoint.state) if checkpoint else Counters()
        told = self._history.told() if self._obeys_history else {}
        return to_replay(told, self.spec.training.changes, counters.step, counters.changes)

    def _announce(self, environment: Environment, checkpoint: Checkpoint | None) -> None:
        """Say that a segment begins, from a checkpoint or from the beginning, and which changes hold from there on."""
        replays: list[str] = []
        step: int | None = None
        if checkpoint is not None:
            counters = counters_of(checkpoint.state)
            step, told = counters.step, self._history.told()
            at_once = {key: change_of(done) for key, done in told.items() if done.step == step}
            replays = [key for key, change in at_once.items() if change in counters.changes]
            replays += [replay.command_id for replay in self._replays(checkpoint) if replay.told]
        started = Started(
            segment=self._segment, pid=os.getpid(), environment=environment, resumed_from=step, replays=replays
        )
        self.events.write(started, durable=True)

    def _warn_of_cost(self, prepared: Prepared) -> None:
        """Say so when the disk may not hold all the checkpoints that will be kept."""
        sizes = Sizes(prepared.checkpoint_bytes, prepared.weights_bytes)
        cost = expected_cost(self.spec, prepared.train_examples, sizes)
        if words := warning(cost, shutil.disk_usage(self.run.path).free):
            self._tell(words, "warning")

    def _is_at_beginning(self) -> bool:
        """Say whether the run goes on from nothing of its own."""
        return self._checkpoint is None or self._checkpoint.path == self.run.start_path

    def _tell(self, message: str, level: Literal["note", "warning"] = "note") -> None:
        self.events.write(Notice(level=level, message=message))

    def _tell_bad(self, step: int, error: CheckpointError) -> None:
        self.events.write(CheckpointFailed(step=step, message=str(error)))
        self._tell(f"The checkpoint of step {step:,} is damaged and is passed over: {error}", "warning")

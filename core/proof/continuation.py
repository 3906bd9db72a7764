"""Going on from a checkpoint in a scratch copy of its run, with the engine that trains runs."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.checkpoints.store import CheckpointStore
from core.engine import ending
from core.engine.cadence import Cadence
from core.engine.devices import memory_watched
from core.engine.job import Job
from core.engine.parts import Parts
from core.engine.seeds import arithmetic
from core.engine.trainer import Trainer
from core.errors import EpochalError, NonFinite
from core.proof.scratch import ScratchRun
from core.runs.events import Environment
from core.runs.journal import EventWriter
from core.runs.reader import EventReader
from core.runs.state import RunState
from core.spec.plan import Plan as TrainingPlan
from core.spec.read import read_frozen
from core.spec.training import Every

Watch = Callable[[int], None]  # told the step that the continuation stands at, some twenty times a second
_OFF = Every(unit="off")


@dataclass(frozen=True)
class Plan:
    """From where to where, where to save on the way, and, for a run that is measured by the clock, when to measure.

    `through` is the step at which the run ended and the continuation does not.  `threads` 0 means as many as the
    checkpoint was made with.
    """

    from_step: int
    to_step: int
    save_at: tuple[int, ...]
    evaluate_at: tuple[int, ...] | None = None
    through: int | None = None
    threads: int = 0


@dataclass(frozen=True)
class Continued:
    """A continuation: what it said, and the states it saved."""

    state: RunState
    environment: Environment
    saved: dict[int, str]  # digests by step
    stopped: str  # why it ended before it was where it should go; empty when it got there
    store: CheckpointStore

    def path(self, step: int) -> Path:
        """Return the file of a state it saved."""
        return self.store.path(step)


def go_on(scratch: ScratchRun, plan: Plan, watch: Watch) -> Continued:
    """Train the copy from its one checkpoint to `plan.to_step`, beyond the end of the budget if need be.

    Changes made by command are made again at their steps.  Raises CheckpointError for a checkpoint that does not fit
    the run any more, BadInput for data, device or components that are not there.
    """
    spec = read_frozen(scratch.spec_path)
    trainer: Trainer | None = None

    def is_far_enough() -> bool:
        step = trainer.state.counters.step if trainer is not None else 0
        watch(step)
        return step >= plan.to_step

    with (
        EventWriter(scratch.events_path) as events,
        memory_watched(spec.training.batch_size, spec.training.accumulate),
    ):
        job = Job(scratch, spec, events, resume_from="newest", accept_differences=True, is_killed=is_far_enough)
        try:
            with arithmetic(plan.threads or job.threads, spec.compute.deterministic):
                trainer = job.assemble()
                stopped = _train(trainer, plan)
        finally:
            if trainer is not None:
                with contextlib.suppress(EpochalError, OSError):  # what failed was raised already
                    ending.close(trainer)
    return _found(scratch, plan.from_step, stopped)


def _train(trainer: Trainer, plan: Plan) -> str:
    """Train to where the plan says and save the state there; return why it ended sooner, or nothing."""
    parts, counters = trainer.parts, trainer.state.counters
    parts.saver.keep_everything()
    _set_cadences(parts, plan)
    try:
        if counters.step >= parts.stages[-1].to_step:
            _lengthen(trainer, plan)
        finish = trainer.train()
        if counters.step == plan.through != plan.to_step:
            _lengthen(trainer, plan)
            trainer.finish = None
            finish = trainer.train()
    except NonFinite as error:
        parts.saver.wait()
        return error.message
    counters = trainer.state.counters  # others than before, if it rolled back
    parts.saver.save(counters.step, "end", parts.recorder.latest, wait=True)
    return "" if counters.step >= plan.to_step else f"It ended at step {counters.step:,}. {finish.message}".strip()


def _set_cadences(parts: Parts, plan: Plan) -> None:
    """Save, and evaluate where that goes by the clock, at the plan's steps, whatever changes are made on the way."""
    made = parts.cadences_of

    def cadences_of(followed: TrainingPlan) -> tuple[Cadence, Cadence]:
        evaluation, _ = made(followed)
        if plan.evaluate_at is not None:
            evaluation = Cadence(_OFF, followed.ruler, fixed=plan.evaluate_at)
        return evaluation, Cadence(_OFF, followed.ruler, fixed=plan.save_at)

    parts.cadences_of = cadences_of
    parts.evaluation, parts.saving = cadences_of(parts.plan)


def _lengthen(trainer: Trainer, plan: Plan) -> None:
    """Let the last stage, whose budget is spent, last longer."""
    parts = trainer.parts
    last = parts.stages[-1]
    stages = (*parts.stages[:-1], dataclasses.replace(last, to_step=max(last.to_step, plan.to_step)))
    parts.plan = dataclasses.replace(parts.plan, stages=stages)


def environment_in(scratch: ScratchRun) -> Environment | None:
    """Return what the last continuation in a copy ran under; None when it did not get to say so."""
    return _state(scratch).environment


def _found(scratch: ScratchRun, from_step: int, stopped: str) -> Continued:
    state = _state(scratch)
    saved = {row.step: row.state_sha256 for row in state.checkpoints if row.live and row.step > from_step}
    assert state.environment is not None  # the engine says what it runs under before it does anything
    return Continued(state, state.environment, saved, stopped, CheckpointStore(scratch.checkpoints_path))


def _state(scratch: ScratchRun) -> RunState:
    reader = EventReader(scratch.events_path)
    try:
        return RunState.of(reader.poll())
    finally:
        reader.close()

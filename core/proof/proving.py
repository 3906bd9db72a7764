"""The proof of resume: `prove` goes on from a checkpoint once more and says whether every bit is as it was."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from core.checkpoints.reading import check_file, digest_of, state_of
from core.checkpoints.store import CheckpointStore
from core.checkpoints.thinning import require_whole
from core.errors import BadInput, CheckpointError
from core.proof.comparing import compare_points, compare_states, compare_with_file
from core.proof.continuation import Continued, Plan, environment_in, go_on
from core.proof.progress import Teller
from core.proof.reach import before, plan_along, plan_beyond
from core.proof.reasons import (
    ALTERED,
    MISSING_STATE,
    NOT_REPEATABLE,
    do_repeat,
    environment_reasons,
    verdict_on,
    was_altered,
)
from core.proof.record import Record, record_of
from core.proof.scratch import copy_run, scratch_folder
from core.runs.events import Environment
from core.runs.proof import Difference, Proof, Verdict
from core.runs.run_folder import RunFolder
from core.spec.read import read_frozen

TOLERANCE = 1e-5  # some hundred roundings of float32


@dataclass
class Findings:
    """What was compared so far, and what came of it."""

    points: int = 0
    evaluations: int = 0
    states: list[int] = field(default_factory=list)
    of_points: list[Difference] = field(default_factory=list)
    of_states: list[Difference] = field(default_factory=list)
    because: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def differences(self) -> list[Difference]:
        """All of them, those of points first."""
        return self.of_points + self.of_states


class Prover:
    """Proves one checkpoint of one run; neither the run nor its folder is touched."""

    def __init__(self, run: RunFolder, step: int, folder: Path, *, steps: int, threads: int, teller: Teller) -> None:
        self.run, self.step, self._folder = run, step, folder
        self._steps, self._threads, self._teller = steps, threads, teller
        self.spec = read_frozen(run.spec_path)
        self.record = self._record(step)
        self.found = Findings()
        self.environment: Environment | None = None
        self.to_step = step
        self._copies = 0

    @property
    def has_record(self) -> bool:
        """Whether the run recorded anything after the checkpoint."""
        return self.record.last_step > self.step

    def proof(self, digest: str, tolerance: float) -> Proof:
        """Carry it out.  `digest` is that of the file; its bytes are known to be intact."""
        if self.record.announced not in ("", digest):
            other = ["The state is not the one that the run announced."]
            return Proof(verdict="damaged", step=self.step, to_step=self.step, state_sha256=digest, because=other)
        found = self.found
        verdict: Verdict | None = None
        try:
            if self.has_record:
                self.against_record()
            else:
                self.against_second()
        except CheckpointError as error:
            verdict, self.to_step = "differs", self.step
            found.because.append(error.message)
        verdict = verdict or verdict_on(found.differences, tolerance)
        return Proof(
            verdict=verdict,
            step=self.step,
            to_step=self.to_step,
            state_sha256=digest,
            against="the record" if self.has_record else "a second continuation",
            points=found.points,
            evaluations=found.evaluations,
            states=sorted(set(found.states)),
            differences=found.differences,
            because=[] if verdict == "bit-equal" else found.because,
            notes=found.notes + self._remarks(verdict),
            tolerance=tolerance,
            environment=self.environment,
        )

    def against_record(self) -> None:
        """Follow what the run did after the checkpoint."""
        plan = plan_along(self.record, self.spec, self._steps, self._threads)
        first = self._go_on(self.record, plan)
        self._compare_with_record(self.record, first, plan)
        if not self.found.differences:
            return
        self._add_reasons(first, plan)
        if not self.found.because:
            second = self._go_on(self.record, plan)
            self.found.because.append(self._why(first, second, plan))
        if first.stopped:
            self.found.because.append(first.stopped)

    def against_second(self) -> None:
        """Nothing was recorded after the checkpoint: reach it once from the one before, and go on from both."""
        plan = plan_beyond(self.record, self.spec, self._steps, self._threads)
        earlier = before(self.run, self.record)
        first = self._through(earlier, plan) if earlier is not None else self._go_on(self.record, plan)
        second = self._go_on(self.record, plan)
        self.found.notes.append("Nothing was recorded after this checkpoint, so two continuations are compared.")
        if plan.to_step > self.record.state.total_steps:
            self.found.notes.append("They go beyond the budget of the run.")
        points, differences = compare_points(first.state, second.state, self.step, plan.to_step)
        self.found.points += points
        self.found.of_points += differences
        for at in sorted(first.saved.keys() & second.saved.keys()):
            self.found.states.append(at)
            if first.saved[at] != second.saved[at]:
                self.found.of_states += compare_states(at, first.path(at), second.path(at))
        if self.found.differences:
            self._add_reasons(second, plan)
        if self.found.differences and not self.found.because:
            third = self._go_on(self.record, plan)
            repeats = do_repeat(second, third, self.step, plan.to_step)
            self.found.because.append(MISSING_STATE if repeats else NOT_REPEATABLE)

    def _remarks(self, verdict: Verdict) -> list[str]:
        """Return what is different in the environment although it made no difference."""
        if verdict != "bit-equal" or self.environment is None:
            return []
        then = self._then(Plan(self.step, self.to_step, ()))
        return [f"{reason} It made no difference." for reason in environment_reasons(then, self.environment)]

    def _through(self, earlier: int, plan: Plan) -> Continued:
        """Go on from an earlier checkpoint to this one, where the state must be this one's, and further."""
        record = self._record(earlier)
        along = plan_along(record, self.spec, self.step - earlier, self._threads)
        longer = Plan(
            earlier,
            plan.to_step,
            (self.step, plan.to_step),
            along.evaluate_at,
            through=self.step,
            threads=self._threads,
        )
        first = self._go_on(record, longer)
        self._compare_with_record(record, first, along)
        self.found.notes.append(f"The first continuation began at the checkpoint of step {earlier:,}.")
        return first

    def _compare_with_record(self, record: Record, first: Continued, plan: Plan) -> None:
        points, differences = compare_points(record.state, first.state, record.step, plan.to_step)
        self.found.points += points
        self.found.of_points += differences
        measured = record.points("valid/loss")[0]
        self.found.evaluations += int((measured <= plan.to_step).sum())
        store = CheckpointStore(self.run.checkpoints_path)
        for at in plan.save_at:
            if at in record.saved and at in first.saved:
                self.found.states.append(at)
                if record.saved[at] != first.saved[at]:
                    self.found.of_states += compare_with_file(at, record.saved[at], first.path(at), store.path(at))

    def _add_reasons(self, now: Continued, plan: Plan) -> None:
        self.found.because += environment_reasons(self._then(plan), now.environment)

    def _why(self, first: Continued, second: Continued, plan: Plan) -> str:
        """Return the reason where the environment gives none."""
        if not do_repeat(first, second, self.step, plan.to_step):
            return NOT_REPEATABLE
        found = self.found
        return ALTERED if was_altered(found.of_points, found.of_states, found.states) else MISSING_STATE

    def _record(self, step: int) -> Record:
        return record_of(self.run, step, state_of(CheckpointStore(self.run.checkpoints_path).path(step)))

    def _go_on(self, record: Record, plan: Plan) -> Continued:
        """Continue in a fresh copy.  Raises CheckpointError, having noted what differs, when the state does not fit."""
        self._copies += 1
        copy = copy_run(self.run, record.step, record.history, self._folder / str(self._copies))
        self._teller.begin(
            "Going on" if self._copies == 1 else f"Going on once more ({self._copies})",
            plan.from_step,
            plan.to_step,
            record.seconds_per_step,
        )
        try:
            continued = go_on(copy, plan, self._teller.stands_at)
        except CheckpointError:
            self.environment = environment_in(copy)
            if self.environment is not None:
                self.found.because += environment_reasons(self._then(plan), self.environment)
            raise
        self.environment = continued.environment
        self.to_step = plan.to_step
        return continued

    def _then(self, plan: Plan) -> list[Environment]:
        """Return what the checkpoint was made under, and the points that are compared with."""
        made = state_of(CheckpointStore(self.run.checkpoints_path).path(self.step)).get("clock", {}).get("environment")
        checkpoint = [msgspec.convert(made, Environment)] if made else []
        return [*checkpoint, *self.record.environments(plan.to_step)]


def prove(
    run: RunFolder,
    step: int,
    *,
    steps: int = 0,
    threads: int = 0,
    tolerance: float = TOLERANCE,
    teller: Teller | None = None,
) -> Proof:
    """Check every byte of the checkpoint of `step`, go on from it for `steps` steps, and compare.

    `steps` 0: to the next state saved 20 steps or more later when that takes up to a minute, else some 20 s; never
    further than the run itself went, unless nothing was recorded after the checkpoint.  `threads` 0: as many as then.
    Raises BadInput where there is nothing to go on with: no such checkpoint, data, device or component; CheckpointError
    for one that was thinned.
    """
    began, teller = time.time(), teller or Teller()
    path = CheckpointStore(run.checkpoints_path).path(step)
    if not path.exists():
        raise BadInput(f"Run {run.id} has no checkpoint of step {step:,}.")
    teller.begin("checksums", step, step, 0.0)
    if problems := check_file(path):
        return Proof(verdict="damaged", step=step, to_step=step, state_sha256="", time=began, because=problems)
    require_whole(state_of(path), step)
    with scratch_folder(run.workspace_path) as folder:
        prover = Prover(run, step, folder, steps=steps, threads=threads, teller=teller)
        proof = prover.proof(digest_of(path), tolerance)
    proof.time, proof.seconds = began, time.time() - began
    return proof

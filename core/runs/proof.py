"""What a proof of resume found: artifacts/proof-STEP.json, as command line and window show it."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Literal

import msgspec

from core.durable import write_atomically
from core.runs.events import Environment
from core.runs.run_folder import RunFolder

Verdict = Literal["bit-equal", "within tolerance", "differs", "damaged"]
Value = float | str | None  # what is not finite travels as "NaN", "Infinity" or "-Infinity"
_NAME = re.compile(r"^proof-(\d{8,})\.json$")


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """A metric, tensor or scalar that is not the same both times.

    `step` is the first one at which it differs and `expected` and `found` are its values there; of a tensor they are
    those of the element that differs most.  `relative` is the largest difference of all `count` places, divided by the
    larger of the two values (of a tensor: by its largest value); None where there is no such number.
    """

    what: str  # a metric, `tensor NAME`, `state NAME`
    step: int
    expected: Value = None
    found: Value = None
    relative: float | None = None
    largest_at: int | None = None  # step
    count: int = 1


class Proof(msgspec.Struct, kw_only=True):
    """What came of continuing from a checkpoint once more.  `time` is in seconds since 1970."""

    verdict: Verdict
    step: int
    to_step: int
    state_sha256: str  # of the checkpoint
    time: float = 0.0
    against: Literal["the record", "a second continuation"] = "the record"
    points: int = 0  # how many were compared, and were the same or not
    evaluations: int = 0
    states: list[int] = []  # the steps at which the whole state was compared
    differences: list[Difference] = []
    because: list[str] = []
    notes: list[str] = []
    tolerance: float = 0.0
    seconds: float = 0.0
    environment: Environment | None = None

    @property
    def holds(self) -> bool:
        """Whether going on from the checkpoint does what it did, within the tolerance stated."""
        return self.verdict in ("bit-equal", "within tolerance")


def proof_path(run: RunFolder, step: int) -> Path:
    """Return where the proof of a checkpoint is kept."""
    return run.artifacts_path / f"proof-{step:08d}.json"


def write_proof(run: RunFolder, proof: Proof) -> None:
    """Keep a proof in place of the one before.  Raises WriteError."""
    data = msgspec.json.format(msgspec.json.encode(proof))
    write_atomically(proof_path(run, proof.step), data, point="proof")


def read_proof(run: RunFolder, step: int) -> Proof | None:
    """Return the newest proof of a checkpoint; None when there is none that can be read."""
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(proof_path(run, step).read_bytes(), type=Proof)
    return None


def proofs_of(run: RunFolder) -> dict[int, Proof]:
    """Return the proofs of a run by step.  One of a state that is there no longer is among them: compare its digest."""
    try:
        names = [path.name for path in run.artifacts_path.iterdir()]
    except OSError:
        return {}
    steps = sorted(int(match[1]) for name in names if (match := _NAME.match(name)))
    found = ((step, read_proof(run, step)) for step in steps)
    return {step: proof for step, proof in found if proof is not None}


def in_words(proof: Proof) -> str:
    """Say the verdict in a sentence or two."""
    if proof.verdict == "damaged":
        return f"The checkpoint of step {proof.step:,} is damaged: {' '.join(proof.because)}"
    if proof.to_step <= proof.step:
        return f"It could not go on from step {proof.step:,}: {' '.join(proof.because)}"
    made = f"going on from step {proof.step:,} to step {proof.to_step:,}"
    if proof.verdict == "bit-equal":
        same = "as the run recorded then" if proof.against == "the record" else "twice"
        return f"Bit-equal: {made} gave the same {_compared(proof)} {same}."
    worst = largest(proof)
    most = f" The largest difference is {place(worst)}." if worst is not None else ""
    if proof.verdict == "within tolerance":
        return f"Within a tolerance of {proof.tolerance:g}: {made} gave nearly the same {_compared(proof)}.{most}"
    why = f" {' '.join(proof.because)}" if proof.because else ""
    return f"It differs: {made} did not give the same {_compared(proof)}.{most}{why}"


def largest(proof: Proof) -> Difference | None:
    """Return the difference that weighs most: one without a number, else the largest; None when there is none."""
    numberless = [one for one in proof.differences if one.relative is None]
    if numberless:
        return numberless[0]
    return max(proof.differences, key=lambda one: one.relative or 0.0, default=None)


def place(one: Difference) -> str:
    """Say what differs, where and by how much."""
    more = f", in {one.count:,} places" if one.count > 1 else ""
    if one.relative is None:
        both = f" ({_shown(one.expected)} then, {_shown(one.found)} now)" if one.expected != one.found else ""
        return f"{one.what} at step {one.step:,}{both}{more}"
    at = one.step if one.largest_at is None else one.largest_at
    first = f", first at step {one.step:,}" if at != one.step else ""
    return f"{one.what} at step {at:,}: {one.relative:.2g} of its value{first}{more}"


def _compared(proof: Proof) -> str:
    parts = [f"{proof.points:,} points"]
    if proof.evaluations:
        parts.append(f"{proof.evaluations:,} evaluation{'s' if proof.evaluations > 1 else ''}")
    if proof.states:
        at = ", ".join(f"{step:,}" for step in proof.states)
        parts.append(f"the whole state at step{'s' if len(proof.states) > 1 else ''} {at}")
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]


def _shown(value: Value) -> str:
    return "nothing" if value is None else value if isinstance(value, str) else f"{value:.9g}"

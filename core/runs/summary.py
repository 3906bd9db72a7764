"""A run in one row of a table, read from run.json and the end of events.jsonl only."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from core.errors import WorkspaceError
from core.runs.events import AnyEvent, Continued, Ended, ModelChosen, Paused, Prepared, Progress, Started
from core.runs.progress import share_spent
from core.runs.run_folder import RunFolder, RunRecord
from core.runs.state import ACTIVE, Status
from core.runs.tail import lines_backwards

_KINDS = ("started", "prepared", "progress", "paused", "continued", "ended", "model_chosen")
_TELLING = tuple(f'{{"kind":"{kind}"'.encode() for kind in _KINDS)
CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
_decoder = msgspec.json.Decoder(AnyEvent)


@dataclass(frozen=True)
class RunSummary:
    """How a run stands.  `seconds_left` is None when nobody can say; `ended` is when, in seconds since 1970."""

    id: str
    name: str
    status: Status
    parent: str | None
    parent_step: int | None
    kind: str
    created: float
    tags: tuple[str, ...]
    step: int = 0
    examples: int = 0
    total_steps: int = 0
    examples_per_second: float = 0.0
    seconds_left: float | None = None
    best_metric: str = ""
    best_value: float | None = None
    best_step: int | None = None
    model_step: int | None = None
    ended: float | None = None
    reason: str = ""
    message: str = ""
    signal: int | None = None  # that its process died of

    @property
    def fraction(self) -> float:
        """The share of the budget that is spent, 0 to 1."""
        return share_spent(self.step, self.total_steps)

    @property
    def died(self) -> bool:
        """Whether its worker ended without saying so itself: to be offered for resume."""
        return self.status == "interrupted" or (self.status == "failed" and self.reason == "died")

    @property
    def crashed(self) -> bool:
        """Whether its process died of its own doing, such as a segmentation fault, and is likely to do so again."""
        return self.died and self.signal in CRASHES


def summarise(run: RunFolder, record: RunRecord | None = None) -> RunSummary:
    """Summarise a run; the cost does not depend on its length.

    A run whose folder cannot be read is a failed one that says why.
    """
    try:
        record = record or run.record()
    except WorkspaceError as error:
        return RunSummary(
            id=run.id,
            name=run.id,
            status="failed",
            parent=None,
            parent_step=None,
            kind="train",
            created=0.0,
            tags=(),
            reason="unreadable",
            message=str(error),
        )
    status, progress, ended = _newest(run)
    if status in ACTIVE and not run.is_alive():
        status = "interrupted"
    at = progress or Progress(step=0, examples=0, total_steps=0, examples_per_second=0.0)
    return RunSummary(
        id=record.id,
        name=record.name,
        status=status,
        parent=record.parent,
        parent_step=record.parent_step,
        kind=record.kind,
        created=record.created,
        tags=record.tags,
        step=max(at.step, ended.step) if ended else at.step,
        examples=max(at.examples, ended.examples) if ended else at.examples,
        total_steps=at.total_steps,
        examples_per_second=at.examples_per_second,
        seconds_left=at.seconds_left if status == "running" else None,
        best_metric=record.monitor,
        best_value=at.best_value,
        best_step=at.best_step,
        model_step=ended.model_step if ended else None,
        ended=ended.time if ended else None,
        reason=ended.reason if ended else "",
        message=ended.message if ended else "",
        signal=ended.signal if ended else None,
    )


def displayed_status(run: RunFolder, status: Status) -> Status:
    """Return what a status from events means now: a run that should be active but has no live worker is interrupted."""
    return "interrupted" if status in ACTIVE and not run.is_alive() else status


def last_ended(run: RunFolder) -> Ended | None:
    """Return the terminal event if the newest segment has one, else None."""
    return _newest(run)[2]


def _newest(run: RunFolder) -> tuple[Status, Progress | None, Ended | None]:
    """Return the status by events, the newest progress of the newest segments, and the terminal event if it is last."""
    status: Status | None = None
    ended: Ended | None = None
    chosen: ModelChosen | None = None
    total = 0
    for event in _telling_backwards(run):
        match event:
            case ModelChosen() if status is None:
                chosen = chosen or event
            case Ended() if status is None:
                status, ended = event.outcome, event
                if chosen is not None:
                    ended = msgspec.structs.replace(ended, model_step=chosen.step, model_rule=chosen.rule)
            case Paused() if status is None:
                status = "paused"
            case Continued() if status is None:
                status = "running"
            case Prepared():
                status = status or "running"
                total = total or event.total_steps
            case Started():
                # A segment without progress stands where it began.
                return status or "starting", _standing(event.resumed_from or 0, total), ended
            case Progress():
                return status or "running", event, ended
    return status or "queued", None, ended


def _standing(step: int, total_steps: int) -> Progress:
    return Progress(step=step, examples=0, total_steps=total_steps, examples_per_second=0.0)


def _telling_backwards(run: RunFolder) -> Iterator[AnyEvent]:
    try:
        descriptor = os.open(run.events_path, os.O_RDONLY)
    except OSError:
        return
    try:
        for line in lines_backwards(descriptor):
            if line.startswith(_TELLING):
                try:
                    yield _decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue  # the reader that shows the whole run says so
    finally:
        os.close(descriptor)

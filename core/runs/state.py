"""How a run stands, reduced from its events.  Any prefix of a legal stream gives a legal state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

from core.runs.changes import is_change, still_in_force
from core.runs.columns import first_of, from_column
from core.runs.events import (
    AnyEvent,
    BestChanged,
    CheckpointFailed,
    CheckpointRemoved,
    CheckpointSaved,
    CheckpointThinned,
    CommandDone,
    Confusion,
    Continued,
    Ended,
    Environment,
    Metrics,
    ModelChosen,
    Notice,
    Paused,
    Prepared,
    Progress,
    Replanned,
    StageBegan,
    Started,
)
from core.runs.progress import share_spent
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.runs.saving_meter import SavingMeter
from core.runs.series import Series, Values

Status = Literal[
    "queued", "starting", "running", "paused", "completed", "stopped", "failed", "killed", "interrupted"
]  # interrupted: no terminal event and no live worker; events alone cannot tell, see core.runs.summary
CONFUSIONS = 16  # kept of each split: going back must leave one, and a run may tell hundreds
_SAYS_NOTHING_OF_CHECKPOINTS = (Metrics, Progress, Notice, Confusion, CommandDone, StageBegan)
ACTIVE: frozenset[Status] = frozenset({"starting", "running", "paused"})


@dataclass(frozen=True)
class CheckpointRow:
    """A checkpoint as announced.  `live` is false when the run went on from before it."""

    step: int
    examples: int
    virtual_epoch: float
    metrics: dict[str, float]
    bytes: int
    file: str
    state_sha256: str
    reason: str
    time: float
    kept_because: str = ""
    segment: int = 0
    live: bool = True
    stall_s: float = 0.0
    write_s: float = 0.0
    thinned: bool = False  # it holds the weights alone


@dataclass(frozen=True)
class Best:
    """The best value of the monitored metric so far, and its step."""

    step: int
    value: float
    metric: str


@dataclass(frozen=True)
class Segment:
    """One worker's part of the run.  `ended` is None while it goes on."""

    number: int
    resumed_from: int | None
    started: float
    pid: int
    environment: Environment
    ended: Ended | None = None


@dataclass(frozen=True)
class Origin:
    """A run whose curve leads to another's: up to which step."""

    run: str
    until_step: int


@dataclass(frozen=True)
class Inheritance:
    """What a fork's curves begin with: its ancestors' points (columns as in `Series`) and what was best by then."""

    origins: tuple[Origin, ...]
    points: dict[str, tuple[Values, Values, Values, Values]]
    bests: tuple[Best, ...]
    examples: int
    train_examples: int
    virtual_epoch_size: int


@dataclass
class RunState:
    """Everything the events say.  `step` and `examples` are where the run stands now, after any going back."""

    status: Status = "queued"
    step: int = 0
    examples: int = 0
    total_steps: int = 0
    total_examples: int = 0
    virtual_epoch_size: int = 0
    train_examples: int = 0
    segments: list[Segment] = field(default_factory=list)
    metrics: dict[str, Series] = field(default_factory=dict)
    commands: list[CommandDone] = field(default_factory=list)
    changes: dict[str, CommandDone] = field(default_factory=dict)  # those that hold where the run stands, by command id
    stages: list[StageBegan] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    prepared: Prepared | None = None
    progress: Progress | None = None
    ended: Ended | None = None
    last_seq: int = 0
    origins: tuple[Origin, ...] = ()  # whose points the curves begin with, the oldest first
    saving: SavingMeter = field(default_factory=SavingMeter)
    missing: int = 0  # sequence numbers that never came: damaged lines
    _bests: list[Best] = field(default_factory=list, repr=False)
    _checkpoints: dict[int, CheckpointRow] = field(default_factory=dict, repr=False)
    _examples_before: int = field(default=0, repr=False)
    _confusions: dict[str, list[Confusion]] = field(default_factory=dict, repr=False)
    _rows: list[CheckpointRow] | None = field(default=None, repr=False, compare=False)  # None: to be told anew

    @classmethod
    def of(cls, events: Iterable[AnyEvent]) -> RunState:
        """Reduce a stream from its beginning."""
        state = cls()
        for event in events:
            state.apply(event)
        return state

    @property
    def best(self) -> Best | None:
        """The best value on the way to where the run stands."""
        return self._bests[-1] if self._bests else None

    @property
    def confusions(self) -> dict[str, Confusion]:
        """The newest of each split that has one, on the way to where the run stands: `valid` first."""
        return {split: self._confusions[split][-1] for split in ("valid", "test") if self._confusions.get(split)}

    @property
    def environment(self) -> Environment | None:
        """What the newest segment runs under."""
        return self.segments[-1].environment if self.segments else None

    @property
    def fraction(self) -> float:
        """The share of the budget that is spent, 0 to 1."""
        return share_spent(self.step, self.total_steps)

    @property
    def checkpoints(self) -> list[CheckpointRow]:
        """The checkpoints that were not removed, by step, each with what the events say of why it is kept."""
        if self._rows is None:
            self._rows = self._told_rows()
        return list(self._rows)

    def _told_rows(self) -> list[CheckpointRow]:
        rows = [self._checkpoints[step] for step in sorted(self._checkpoints)]
        newest = max((row.step for row in rows if row.live), default=None)
        model = self.ended.model_step if self.ended else None
        best = self.best.step if self.best else None
        words = ((model, "the model"), (best, "best"), (newest, "newest"))
        return [
            replace(row, kept_because=", ".join(word for step, word in words if step == row.step) or row.reason)
            for row in rows
        ]

    def series(self, metric: str) -> Series:
        """Return the points of a metric; an empty series when there are none."""
        return self.metrics.get(metric) or Series()

    def inherit(self, past: Inheritance) -> None:
        """Begin with what led to the fork; to be done before the first event is taken in."""
        self.origins = past.origins
        self._bests = list(past.bests)
        self._examples_before = past.examples
        self.train_examples, self.virtual_epoch_size = past.train_examples, past.virtual_epoch_size
        for name, columns in past.points.items():
            self.metrics[name] = Series()
            self.metrics[name].inherit(*columns)

    def way_to(self, run: str, step: int) -> Inheritance:
        """Return what a fork of this run, called `run`, inherits at `step`."""
        checkpoint = self._checkpoints.get(step)
        return Inheritance(
            origins=(*self.origins, Origin(run, step)),
            points={name: series.live_until(step) for name, series in self.metrics.items()},
            bests=tuple(best for best in self._bests if best.step <= step),
            examples=checkpoint.examples if checkpoint else 0,
            train_examples=self.train_examples,
            virtual_epoch_size=self.virtual_epoch_size,
        )

    def apply(self, event: AnyEvent) -> None:
        """Take in the next event.  One that was already taken in changes nothing."""
        if event.seq:
            if event.seq <= self.last_seq:
                return
            self.missing += event.seq - self.last_seq - 1
            self.last_seq = event.seq
        try:
            self._apply(event)
        except ValueError as error:  # a damaged column in a line that is otherwise whole
            self.notices.append(
                Notice(time=event.time, level="warning", message=f"Event {event.seq} holds a damaged column: {error}.")
            )

    def _apply(self, event: AnyEvent) -> None:
        if not isinstance(event, _SAYS_NOTHING_OF_CHECKPOINTS):
            self._rows = None
        match event:
            case Metrics():
                self._add_points(event)
            case Progress():
                self._progress(event)
            case CheckpointSaved():
                self._add_checkpoint(event)
            case Started():
                self._start(event)
            case Prepared():
                self._prepare(event)
            case Ended():
                self._end(event)
            case ModelChosen() if self.ended is not None:
                self.ended = msgspec.structs.replace(self.ended, model_step=event.step, model_rule=event.rule)
            case Paused() | Continued():
                self.status = "paused" if isinstance(event, Paused) else "running"
                self.step = max(self.step, event.step)
            case BestChanged():
                self._bests.append(Best(event.step, event.value, event.metric))
            case Confusion():
                self._add_confusion(event)
            case CheckpointRemoved():
                self._checkpoints.pop(event.step, None)
            case CheckpointThinned():
                self._thin(event)
            case CheckpointFailed():
                notice = Notice(seq=event.seq, time=event.time, level="error", message=event.message, step=event.step)
                self.notices.append(notice)
            case CommandDone():
                self.commands.append(event)
                if is_change(event):
                    self.changes[event.command_id] = event
            case Replanned():
                self._replan(event)
            case StageBegan():
                self.stages.append(event)
            case Notice():
                self.notices.append(event)

    def _start(self, event: Started) -> None:
        """Begin a segment: what lies after the checkpoint it goes on from is dead."""
        self.saving.begin_segment()
        step = event.resumed_from or 0
        before = -1 if event.resumed_from is None else step
        for series in self.metrics.values():
            series.cut_after(before)
        self._bests = [best for best in self._bests if best.step <= before]
        self.stages = [stage for stage in self.stages if stage.step < step]  # one that begins here is announced again
        for split, told in self._confusions.items():
            self._confusions[split] = [one for one in told if one.step <= before]
        checkpoint = self._checkpoints.get(step)
        for row in self._checkpoints.values():
            if row.step > before and row.live:
                self._checkpoints[row.step] = replace(row, live=False)
        self.changes = still_in_force(self.changes, event)
        self.step = step
        inherited = self._examples_before if self.origins and self.origins[-1].until_step == step else 0
        self.examples = checkpoint.examples if checkpoint else inherited
        self.status = "starting"
        self.ended = None
        self.progress = None
        number = len(self.segments)
        self.segments.append(Segment(number, event.resumed_from, event.time, event.pid, event.environment))

    def _prepare(self, event: Prepared) -> None:
        self.status = "running"
        self.prepared = event
        self.total_steps = event.total_steps
        self.total_examples = event.total_examples
        self.virtual_epoch_size = event.virtual_epoch
        self.train_examples = event.train_examples

    def _replan(self, event: Replanned) -> None:
        self.total_steps, self.total_examples = event.total_steps, event.total_examples
        if self.prepared is not None:
            told = {"total_steps": event.total_steps, "total_examples": event.total_examples, "stages": event.stages}
            self.prepared = msgspec.structs.replace(self.prepared, **told)

    def _progress(self, event: Progress) -> None:
        """A run that reports progress runs; a paused one reports none."""
        self.status = "running"
        self.progress = event
        self.step = event.step
        self.examples = event.examples
        self.total_steps = event.total_steps

    def _add_points(self, event: Metrics) -> None:
        step, examples, wall = from_column(event.step), from_column(event.examples), from_column(event.wall)
        columns = {name: from_column(column) for name, column in event.values.items()}
        if len({len(step), len(examples), len(wall), *map(len, columns.values())}) != 1:
            raise ValueError("its columns are not of one length")
        for name, values in columns.items():
            if name not in self.metrics:
                self.metrics[name] = Series()
            self.metrics[name].extend(step, examples, wall, values)
        if len(wall):
            self.saving.take_time(float(wall[0]), float(wall[-1]))
        if len(step) and step[-1] >= self.step:
            self.step = int(step[-1])
            self.examples = max(self.examples, int(examples[-1]))

    def _add_confusion(self, event: Confusion) -> None:
        if any(len(row) != len(event.counts) for row in event.counts):
            raise ValueError("its confusion matrix is not square")
        told = self._confusions.setdefault(event.split, [])
        told.append(event)
        del told[:-CONFUSIONS]

    def _add_checkpoint(self, event: CheckpointSaved) -> None:
        self.saving.take_save(event)
        self._checkpoints[event.step] = CheckpointRow(
            step=event.step,
            examples=event.examples,
            virtual_epoch=event.examples / max(1, self.virtual_epoch_size),
            metrics=first_of(event.metrics),
            bytes=event.bytes,
            file=event.file,
            state_sha256=event.state_sha256,
            reason=event.reason,
            time=event.time,
            segment=len(self.segments) - 1,
            stall_s=event.stall_s,
            write_s=event.write_s,
        )
        self.step, self.examples = max(self.step, event.step), max(self.examples, event.examples)

    def _thin(self, event: CheckpointThinned) -> None:
        row = self._checkpoints.get(event.step)
        if row is not None:
            thin = replace(row, bytes=event.bytes, state_sha256=event.state_sha256, thinned=True)
            self._checkpoints[event.step] = thin

    def _end(self, event: Ended) -> None:
        self.status = event.outcome
        self.ended = event
        self.step = max(self.step, event.step)
        self.examples = max(self.examples, event.examples)
        if self.segments and self.segments[-1].ended is None:
            self.segments[-1] = replace(self.segments[-1], ended=event)


def state_of_run(run: RunFolder) -> RunState:
    """Return how a run stands by all it said so far."""
    reader = EventReader(run.events_path)
    try:
        return RunState.of(reader.poll())
    finally:
        reader.close()

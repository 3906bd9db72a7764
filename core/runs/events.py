"""What a run says: one typed event per line of events.jsonl.

Every event has a sequence number (1, 2, 3, ... over the whole file, all segments) and a time (seconds since 1970).
Numbers that may be NaN or infinite travel in columns (`core.runs.columns`), because JSON has no word for them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from core.runs.columns import Column

Outcome = Literal["completed", "stopped", "failed", "killed"]


class Event(msgspec.Struct, kw_only=True, tag_field="kind"):
    """Base of all events."""

    seq: int = 0
    time: float = 0.0


class Environment(msgspec.Struct, kw_only=True):
    """What a segment ran under; a resume under another one is not promised to be bit-exact."""

    torch: str
    python: str
    platform: str
    device: str
    threads: int
    epochal: str = ""
    code_sha256: str = ""
    data_sha256: str = ""
    versions: dict[str, str] = {}


class Layer(msgspec.Struct, kw_only=True):
    """One row of the layer table, in execution order."""

    name: str
    type: str
    shape: tuple[int, ...]  # of the output for one example; empty when unknown
    parameters: int
    trainable: bool
    in_optimizer: bool
    changed: bool | None = None  # since the start; None when not audited


class StageRow(msgspec.Struct, kw_only=True):
    """Where a stage of the run begins and ends, in steps counted from the run's start."""

    name: str
    from_step: int
    to_step: int


class Started(Event, tag="started"):
    """A worker took the run up.  `segment` counts from 0; `resumed_from` is the checkpoint's step, or None.

    `replays` are the ids of the changes from that checkpoint's step on that hold: it has them, or they are made again.
    """

    segment: int
    pid: int
    environment: Environment
    resumed_from: int | None = None
    replays: list[str] = []


class Prepared(Event, tag="prepared"):
    """Data is loaded and the model is built."""

    parameters: int
    trainable: int
    layers: list[Layer]
    input_shape: tuple[int, ...]
    outputs: int
    task: Literal["classification", "regression"]
    classes: list[str]
    train_examples: int
    valid_examples: int
    test_examples: int
    virtual_epoch: int  # examples
    total_steps: int
    total_examples: int
    stages: list[StageRow]
    monitor: str
    higher_is_better: bool
    checkpoint_bytes: int = 0  # of one file, about; 0: not told
    weights_bytes: int = 0  # of one that holds the weights alone


class Metrics(Event, tag="metrics"):
    """Points of one or more metrics; all columns have one length.  `wall` is training seconds since the run began."""

    step: Column
    examples: Column
    wall: Column
    values: dict[str, Column]


class Progress(Event, tag="progress"):
    """Sent about once a second, so that the end of the file alone tells how the run stands."""

    step: int
    examples: int
    total_steps: int
    examples_per_second: float
    seconds_left: float | None = None
    latest: dict[str, Column] = {}  # metric name -> column of one value
    best_step: int | None = None
    best_value: float | None = None
    data_wait: float = 0.0  # share of training time, 0 to 1
    checkpoint_cost: float = 0.0  # share of training time, 0 to 1


class CheckpointSaved(Event, tag="checkpoint_saved"):
    """A checkpoint is durable on disk.  `metrics` are the latest values at its step."""

    step: int
    examples: int
    file: str  # relative to the run folder
    bytes: int
    state_sha256: str
    metrics: dict[str, Column]
    reason: str  # schedule, best, command, stop, end, before_steer
    stall_s: float = 0.0
    write_s: float = 0.0


class CheckpointRemoved(Event, tag="checkpoint_removed"):
    """Retention deleted a checkpoint."""

    step: int
    reason: str


class CheckpointThinned(Event, tag="checkpoint_thinned"):
    """Retention left the weights alone in a checkpoint: it cannot be resumed any more."""

    step: int
    bytes: int
    state_sha256: str


class CheckpointFailed(Event, tag="checkpoint_failed"):
    """A checkpoint could not be written, or was found damaged."""

    step: int
    message: str


class BestChanged(Event, tag="best"):
    """The monitored metric reached a new best value at this step."""

    metric: str
    step: int
    value: float


class Confusion(Event, tag="confusion"):
    """How often each class was taken for which: a row for each true class, a column for each predicted one.

    Both are in the order of `Prepared.classes`.  `step` is that of the weights, which may lie before steps already
    made.  `core.engine.confusion` says when it is told.
    """

    step: int
    split: Literal["valid", "test"]
    counts: list[list[int]]


class CommandDone(Event, tag="command"):
    """A command took effect, or was refused, at a step boundary.

    `by` is who sent it: window, command line, supervisor; "spec" where a change is one of the spec's own.  A `set` has
    the arguments `path` and `value`, and `was` when it took effect.
    """

    command_id: str
    name: str
    arguments: dict[str, Any]
    outcome: Literal["applied", "refused"]
    step: int
    message: str = ""
    by: str = ""


class Replanned(Event, tag="replanned"):
    """A change moved the end of the run or of a stage: what `Prepared` said of its length is no longer so."""

    step: int
    total_steps: int
    total_examples: int
    stages: list[StageRow]


class Paused(Event, tag="paused"):
    """Training waits; device memory is released."""

    step: int


class Continued(Event, tag="continued"):
    """Training goes on after a pause."""

    step: int


class StageBegan(Event, tag="stage"):
    """A stage begins at this step."""

    step: int
    stage: int
    name: str


class Notice(Event, tag="notice"):
    """Something the user should know."""

    level: Literal["note", "warning", "error"]
    message: str
    step: int | None = None


class Ended(Event, tag="ended"):
    """The terminal event of a segment; exactly one, written by the worker or, if it died, by the supervisor."""

    outcome: Outcome
    reason: str  # budget, early_stop, command, non_finite, out_of_memory, bad_input, error, died, environment
    step: int = 0
    examples: int = 0
    model_step: int | None = None  # the checkpoint that is "the model"
    model_rule: str = ""  # in words: why that one
    message: str = ""
    remedy: str = ""
    traceback: str = ""
    signal: int | None = None
    exit_code: int | None = None


class ModelChosen(Event, tag="model_chosen"):
    """Somebody said, after the end, which checkpoint is the model; `by_rule` when that is what the run itself said.

    It holds until the next choice, and over a resume from that checkpoint or a later one.
    """

    step: int | None
    rule: str
    by: str
    by_rule: bool = False


AnyEvent = (
    Started
    | Prepared
    | Metrics
    | Progress
    | CheckpointSaved
    | CheckpointRemoved
    | CheckpointThinned
    | CheckpointFailed
    | BestChanged
    | Confusion
    | CommandDone
    | Replanned
    | Paused
    | Continued
    | StageBegan
    | Notice
    | Ended
    | ModelChosen
)

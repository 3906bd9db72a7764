"""What the trainer works with, put together by `core.engine.job`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.checkpoints.reading import Checkpoint
from core.data.sampler import Sampler
from core.engine.batches import Batches
from core.engine.budget import Ruler, StagePlan
from core.engine.cadence import Cadence
from core.engine.clock import TrainingClock
from core.engine.confusion import Confusions
from core.engine.evaluation import Evaluator
from core.engine.gradients import Gradients
from core.engine.non_finite import Guard, Judge
from core.engine.optimizers import Optimizer
from core.engine.recording import Recorder
from core.engine.saving import Saver
from core.engine.steering import Replay, Steering
from core.engine.train_state import TrainState
from core.runs.events import Outcome
from core.runs.journal import EventWriter
from core.spec.spec import Spec
from core.strategies.strategy import Strategy


@dataclass(frozen=True)
class Finish:
    """Why training ended; `reason` is one of the words of the `ended` event."""

    outcome: Outcome
    reason: str
    message: str = ""


@dataclass
class Parts:
    """The components of one run."""

    spec: Spec
    ruler: Ruler
    stages: tuple[StagePlan, ...]
    higher_is_better: bool
    state: TrainState
    sampler: Sampler
    strategy: Strategy
    batches: Batches
    gradients: Gradients
    guard: Guard
    judge: Judge
    evaluator: Evaluator
    evaluation: Cadence
    saving: Cadence
    saver: Saver
    recorder: Recorder
    confusions: Confusions
    steering: Steering
    events: EventWriter
    clock: TrainingClock
    replays: list[Replay]
    applied: list[str]  # ids of the commands whose effect the state holds
    next_optimizer: Callable[[int], Optimizer]  # for a stage that begins; the present one where nothing changes
    optimizer_of: Callable[[int], Optimizer]  # for a stage, with an empty memory
    go_back: Callable[[int], Checkpoint | None]  # to the newest good checkpoint up to a step, announced
    is_killed: Callable[[], bool]

"""What the trainer works with, put together by `core.engine.job`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.checkpoints.reading import Checkpoint
from core.data.sampler import Sampler
from core.engine.batches import Batches
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
from core.runs.events import ModelChosen, Outcome
from core.runs.journal import EventWriter
from core.spec.budget import Ruler, StagePlan
from core.spec.plan import Plan
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
    plan: Plan  # what the spec and the changes made so far come to
    task: Literal["classification", "regression"]
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
    chosen: ModelChosen | None  # what a person said the model is, before the run went on
    next_optimizer: Callable[[int], Optimizer]  # for a stage that begins; the present one where nothing changes
    optimizer_of: Callable[[int], Optimizer]  # for a stage, with an empty memory
    cadences_of: Callable[[Plan], tuple[Cadence, Cadence]]  # when to evaluate, when to save
    gradients_of: Callable[[int], Gradients]  # for a batch size
    go_back: Callable[[int], Checkpoint | None]  # to the newest good checkpoint up to a step, announced
    is_killed: Callable[[], bool]

    @property
    def ruler(self) -> Ruler:
        """Converts between steps and examples."""
        return self.plan.ruler

    @property
    def stages(self) -> tuple[StagePlan, ...]:
        """Where the stages lie."""
        return self.plan.stages

    def restart(self, plan: Plan) -> None:
        """Let everything go by `plan`, with an optimizer without memory, because the state is another from now on."""
        self.plan = plan
        self.state.optimizer = self.optimizer_of(self.state.counters.stage)
        self.follow(plan)

    def follow(self, plan: Plan) -> None:
        """Let everything go by `plan` from the step on that the state stands at.  Batches must be dealt anew then."""
        self.plan = plan
        self.state.optimizer.adopt(plan.optimizer(self.state.counters.stage))
        self.evaluation, self.saving = self.cadences_of(plan)
        self.saver.ruler = plan.ruler
        if self.sampler.batch_size != plan.ruler.batch_size:
            self.sampler.batch_size = plan.ruler.batch_size
            self.gradients = self.gradients_of(plan.ruler.batch_size)

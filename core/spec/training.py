"""The `[training]` and `[compute]` sections."""

from __future__ import annotations

from typing import Annotated, Literal

from core.spec.fields import Section, about
from core.spec.losses import Auto, LossSpec
from core.spec.metric_names import METRICS
from core.spec.optimizers import AdamW, OptimizerSpec
from core.spec.schedules import Constant, ScheduleSpec


class Budget(Section, frozen=True):
    """How long to train.  None of the units but steps depends on the batch size."""

    unit: Annotated[
        Literal["steps", "epochs", "examples", "virtual_epochs"],
        about("Budget unit", "What the budget counts."),
    ] = "epochs"
    stop_point: Annotated[
        float, about("Stop point", "Where training ends, in budget units; may be 3.5.", gt=0, le=1e12)
    ] = 20.0


class Every(Section, frozen=True):
    """How often something happens."""

    unit: Annotated[
        Literal["off", "steps", "epochs", "examples", "virtual_epochs", "seconds"],
        about("Unit", "What is counted between two times."),
    ] = "epochs"
    interval: Annotated[float, about("Interval", "How many units lie between two times.", gt=0, le=1e12)] = 1.0


class EarlyStopping(Section, frozen=True):
    """When to give up before the budget is spent."""

    patience: Annotated[
        int,
        about("Patience", "Evaluations without improvement before stopping; 0 never stops.", unit="evaluations", ge=0),
    ] = 0
    min_change: Annotated[float, about("Minimum change", "Smaller improvements do not count.", ge=0)] = 0.0


class Stage(Section, frozen=True):
    """A part of a run with its own budget, optimizer and schedule; what is not given is the training's own."""

    name: Annotated[str, about("Name", "Shown on the curve where the stage begins.")] = ""
    budget: Budget = Budget()
    optimizer: OptimizerSpec | None = None
    schedule: ScheduleSpec | None = None


class Change(Section, frozen=True):
    """One value that becomes another while the run goes on; the same as telling a running job to set it."""

    step: Annotated[int, about("After step", "Holds from the step after this one on.", unit="steps", ge=0)]
    field: Annotated[
        str,
        about(
            "Field",
            "What changes, by its path, such as training.clip_norm.",
            min_length=1,
            max_length=200,
            examples=["training.optimizer.learning_rate", "training.batch_size", "training.budget.stop_point"],
        ),
    ]
    value: Annotated[float, about("New value", "In the unit of the field.")]


class TrainingSpec(Section, frozen=True):
    """How the model is trained."""

    budget: Budget = Budget()
    batch_size: Annotated[
        int, about("Batch size", "Examples in one update, over all ranks.", unit="examples", ge=1, le=1_000_000)
    ] = 64
    optimizer: OptimizerSpec = AdamW()
    schedule: ScheduleSpec = Constant()
    loss: LossSpec = Auto()
    evaluate: Every = Every()
    monitor: Annotated[
        str,
        about(
            "Monitor",
            "The metric that decides what is best, such as valid/loss or valid/accuracy.",
            examples=["train/loss", *(f"valid/{name}" for name in METRICS)],
        ),
    ] = "valid/loss"
    select: Annotated[
        Literal["best", "last"], about("The model is", "Which checkpoint counts as the model when the run has ended.")
    ] = "best"
    early_stopping: EarlyStopping = EarlyStopping()
    on_non_finite: Annotated[
        Literal["stop", "skip", "roll_back"],
        about(
            "If not finite",
            "Stop the run, skip the batch, or go back to the last good checkpoint and halve the rate.",
            rare=True,
        ),
    ] = "stop"
    clip_norm: Annotated[
        float, about("Clip gradients", "Largest norm of the whole gradient; 0 does not clip.", ge=0)
    ] = 0.0
    accumulate: Annotated[
        int,
        about("Accumulate", "Parts a batch is computed in, to save memory.", unit="parts", ge=1, le=4096, rare=True),
    ] = 1
    ema: Annotated[
        float, about("EMA decay", "Also keep averaged weights, used for evaluation; 0 is off.", ge=0, lt=1, rare=True)
    ] = 0.0
    virtual_epoch: Annotated[
        int,
        about(
            "Virtual epoch",
            "Examples in a virtual epoch; 0 means the training split.",
            unit="examples",
            ge=0,
            rare=True,
        ),
    ] = 0
    stages: Annotated[
        tuple[Stage, ...],
        about("Stages", "Parts of the run, in order; empty means one stage as described above.", rare=True),
    ] = ()
    changes: Annotated[
        tuple[Change, ...],
        about("Changes", "Values that become others on the way, in the order of their steps.", rare=True),
    ] = ()

    def plan(self) -> tuple[Stage, ...]:
        """Return the stages with nothing left open: every stage has an optimizer and a schedule."""
        stages = self.stages or (Stage(name="train", budget=self.budget),)
        return tuple(
            Stage(
                name=stage.name or f"stage {number}",
                budget=stage.budget,
                optimizer=stage.optimizer or self.optimizer,
                schedule=stage.schedule or self.schedule,
            )
            for number, stage in enumerate(stages, start=1)
        )


class ComputeSpec(Section, frozen=True):
    """Where and how the arithmetic is done."""

    device: Annotated[
        str,
        about(
            "Device",
            "auto, cpu, cuda, cuda:N or mps.",
            pattern=r"^(auto|cpu|mps|cuda(:[0-9]+)?)$",
            examples=["auto", "cpu", "cuda", "mps"],
        ),
    ] = "auto"
    threads: Annotated[
        int,
        about(
            "Threads", "CPU threads; 0 lets torch decide. Resume uses the recorded number.", ge=0, le=1024, rare=True
        ),
    ] = 0
    precision: Annotated[
        Literal["fp32", "bf16", "fp16"], about("Precision", "Arithmetic of the forward pass; weights stay fp32.")
    ] = "fp32"
    compile: Annotated[
        bool, about("Compile", "Compile the whole step: faster steps after 7 to 120 s of waiting.", rare=True)
    ] = False
    channels_last: Annotated[
        bool, about("Channels last", "Memory layout that is faster for convolutions.", rare=True)
    ] = True
    deterministic: Annotated[
        bool, about("Deterministic", "Refuse operations whose result may vary, at some cost in speed.", rare=True)
    ] = False
    restarts: Annotated[
        int,
        about(
            "Restarts",
            "How often a run that died restarts by itself from its newest checkpoint.",
            ge=0,
            le=100,
            rare=True,
        ),
    ] = 0

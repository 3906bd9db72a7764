"""Everything that decides how training goes on, in one place: what a checkpoint holds is exactly this."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import torch
from torch import nn

from core.curves.early_stopping import Best, Patience
from core.engine.ema import WeightAverage
from core.engine.flat import FlatParameters
from core.engine.optimizers import Optimizer
from core.engine.plateau import PlateauState
from core.engine.precision import Precision
from core.spec.training import Change


class Counters(msgspec.Struct):
    """The scalar part.  Nothing here depends on the clock, on segments, or on when checkpoints were saved.

    `step` counts updates, left-out ones included; `stage` is the one whose optimizer is in place.  `changes` are the
    changes made so far, in order: with the spec they are the plan that the run follows.  `rate_factor` is what
    roll-backs have left of the rate.  `loss_sum` and `loss_count` are of the training losses since the last evaluation.
    """

    step: int = 0
    stage: int = 0
    changes: list[Change] = []
    rate_factor: float = 1.0
    roll_backs: int = 0
    plateau: PlateauState = msgspec.field(default_factory=PlateauState)
    best: Best = msgspec.field(default_factory=Best)
    patience: Patience = msgspec.field(default_factory=Patience)
    loss_sum: float = 0.0
    loss_count: int = 0


@dataclass
class TrainState:
    """Model, optimizer and counters of one run."""

    model: nn.Module
    device: torch.device
    parameters: FlatParameters
    optimizer: Optimizer
    average: WeightAverage | None
    precision: Precision
    counters: Counters = field(default_factory=Counters)

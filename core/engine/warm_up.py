"""Everything a worker's first step would otherwise wait for: imports, and what torch sets up when it is first used."""

from __future__ import annotations

import torch
from torch import nn

import core.engine.training  # noqa: F401 - importing is the point
from core.engine.flat import FlatParameters
from core.engine.gradients import Gradients
from core.engine.non_finite import HostGuard
from core.engine.optimizers import build_optimizer
from core.engine.precision import Precision
from core.engine.seeds import undisturbed
from core.spec.optimizers import AdamW


def warm_up() -> None:
    """Make one step with a tiny model on the CPU; no generator is moved."""
    device = torch.device("cpu")
    with undisturbed(device):
        model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 2))
        parameters = FlatParameters(list(model.named_parameters()), channels_last=True)
        optimizer = build_optimizer(AdamW(), parameters)
        gradients = Gradients(model, nn.CrossEntropyLoss(), parameters, Precision("fp32", device))
        loss = gradients(torch.randn(4, 1, 4, 4), torch.zeros(4, dtype=torch.int64))
        HostGuard().inspect(loss, gradients.gradient)
        optimizer.update(gradients.gradient, 0.001)

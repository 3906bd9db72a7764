"""How large a checkpoint will be, from the names and shapes of the state alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from core.checkpoints.layout import PAGE
from core.data.prepared import DataShape
from core.engine.capture import named_tensors
from core.engine.ema import WeightAverage
from core.engine.flat import FlatParameters
from core.engine.optimizers import build_optimizer
from core.engine.precision import Precision
from core.engine.seeds import generators
from core.engine.train_state import TrainState
from core.models.build import build_sizes
from core.spec.checkpoint_cost import Sizes
from core.spec.plan import Plan
from core.spec.spec import Spec

# What HDF5, the index and the state take, measured on files of 10 to 300 tensors.
_FILE, _TENSOR = 20_000, 700


def sizes_of(state: TrainState) -> Sizes:
    """Return the sizes of the checkpoints of a live state."""
    random = sum(array.nbytes for array in generators(torch.device("cpu")).values())
    named = named_tensors(state)
    weights = {name: tensor for name, tensor in named.items() if name.startswith(("model/", "ema/"))}
    return Sizes(_file_of(named) + random, _file_of(weights))


def sizes_of_draft(spec: Spec, shape: DataShape, workspace: Path) -> tuple[int, Sizes]:
    """Return the number of parameters and the sizes of the checkpoints that a spec will have on data of `shape`.

    Takes no memory for a built-in family.  Raises SpecError, ComponentError as building the model does.
    """
    model = build_sizes(spec.model, shape, workspace)
    parameters = FlatParameters([(name, one) for name, one in model.named_parameters() if one.requires_grad])
    optimizer = build_optimizer(Plan.of(spec.training, 1).optimizer(0), parameters)
    average = WeightAverage(parameters, spec.training.ema) if spec.training.ema > 0 else None
    precision = Precision("fp32", torch.device("cpu"))
    state = TrainState(model, parameters.weights.device, parameters, optimizer, average, precision)
    return sum(one.numel() for one in model.parameters()), sizes_of(state)


def _file_of(named: Mapping[str, Tensor]) -> int:
    """Return the bytes of a file with these tensors; from two pages on each begins at a page."""
    sizes = (tensor.numel() * tensor.element_size() for tensor in named.values())
    held = sum(-(-size // PAGE) * PAGE if size >= 2 * PAGE else size for size in sizes)
    return held + _FILE + _TENSOR * len(named)

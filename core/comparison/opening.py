"""The checkpoints of a comparison, opened: data, model and the weights that evaluation uses.  In the child process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import torch
from torch import Tensor, nn

from core.checkpoints.export import model_weights, read_weights
from core.checkpoints.reading import Checkpoint, state_of
from core.checkpoints.store import CheckpointStore
from core.data.prepare import prepare
from core.data.prepared import DataShape, PreparedData
from core.engine.devices import device_of
from core.engine.precision import Precision
from core.engine.seeds import seed_everything
from core.errors import BadInput, CheckpointError, DataError
from core.models.build import build_model
from core.models.layers import layer_table
from core.runs.events import Layer
from core.runs.run_folder import RunFolder
from core.runs.state import CheckpointRow, RunState, state_of_run
from core.spec.data import AugmentSpec, DataSpec
from core.spec.spec import Spec

Weights = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Opened:
    """One checkpoint.  `model` is in evaluation mode and holds `weights`: parameters and buffers by name.

    Where a run averages its weights (EMA) the averaged ones are meant, as in its own evaluation.  `data` is None when
    it cannot be read any more; `why_no_data` then says why.
    """

    run: RunFolder
    spec: Spec
    state: RunState
    step: int
    sha256: str
    averaged: bool
    model: nn.Module
    weights: Weights
    frozen: frozenset[str]  # names of parameters
    layers: list[Layer]
    data: PreparedData | None
    why_no_data: str
    device: torch.device
    precision: Precision
    channels_last: bool  # as the run computes: the same numbers come out only in the same layout

    @property
    def row(self) -> CheckpointRow | None:
        """What the run said of the checkpoint."""
        return next((row for row in self.state.checkpoints if row.step == self.step), None)

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters, each once."""
        return [name for name, _ in self.model.named_parameters()]

    def is_like(self, other: Opened) -> bool:
        """Say whether both have the same tensors of the same shapes in the same types of layers."""
        mine, theirs = _form(self.weights), _form(other.weights)
        return mine == theirs and [row.type for row in self.layers] == [row.type for row in other.layers]


@dataclass
class DataSets:
    """Data sets by what describes them: runs that share one share its memory.  `notify` is told how loading goes."""

    workspace: Path
    notify: Callable[[str], None]
    _known: dict[bytes, PreparedData | str] = field(default_factory=dict)

    def get(self, spec: DataSpec) -> PreparedData | str:
        """Return the data set, or why it cannot be read; augmentation, which no comparison does, makes no other one."""
        spec = msgspec.structs.replace(spec, augment=AugmentSpec())
        key = msgspec.json.encode(spec)
        if key not in self._known:
            try:
                self._known[key] = prepare(spec, self.workspace, self.notify)
            except DataError as error:
                self._known[key] = str(error)
        return self._known[key]


def device_for(run: RunFolder) -> torch.device:
    """Return the device that a run asks for, or the CPU where this machine has none such."""
    try:
        return device_of(run.spec().compute.device)
    except BadInput:
        return torch.device("cpu")


def open_checkpoint(run: RunFolder, step: int, data_sets: DataSets, device: torch.device) -> Opened:
    """Open a checkpoint.  Raises CheckpointError, SpecError, ComponentError when weights or model cannot be had."""
    path = CheckpointStore(run.checkpoints_path).path(step)
    if not path.exists():
        raise CheckpointError(f"Run {run.id} has no checkpoint of step {step}.", remedy="It may have been removed.")
    checkpoint = read_weights(path)
    spec, state = run.spec(), state_of_run(run)
    data = data_sets.get(spec.data)
    shape = _shape_then(run, state, data) if isinstance(data, str) else data.shape
    weights = _tensors(checkpoint)
    model = _model(run, spec, shape, weights, device)
    channels_last = spec.compute.channels_last and shape.kind == "image" and _convolves(model)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Opened(
        run=run,
        spec=spec,
        state=state,
        step=step,
        sha256=checkpoint.state_sha256,
        averaged=any(name.startswith("ema/") for name in checkpoint.tensors),
        model=model,
        weights={name: weights[name] for name in model.state_dict()},
        frozen=frozenset(state_of(path).get("frozen", ())),
        layers=layer_table(model, torch.zeros((2, *shape.input_shape), device=device)),
        data=None if isinstance(data, str) else data,
        why_no_data=data if isinstance(data, str) else "",
        device=device,
        precision=Precision(spec.compute.precision, device),
        channels_last=channels_last,
    )


def fill(model: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give the model these parameters and buffers.  Raises CheckpointError when they are not this model's."""
    own = model.state_dict(keep_vars=True)
    if odd := sorted(own.keys() ^ weights.keys()):
        lacks = "lacks" if odd[0] in own else "has a surplus"
        raise CheckpointError(f"The checkpoint {lacks} tensor {odd[0]}, so it is not of this model.")
    with torch.no_grad():
        for name, tensor in own.items():
            if tensor.shape != weights[name].shape:
                shapes = f"{tuple(weights[name].shape)}, the model's is {tuple(tensor.shape)}"
                raise CheckpointError(f"Tensor {name} is {shapes}.")
            tensor.copy_(weights[name])


def _model(run: RunFolder, spec: Spec, shape: DataShape, weights: Weights, device: torch.device) -> nn.Module:
    seed_everything(spec.seed)
    model = build_model(spec.model, shape, run.workspace_path).to(device).eval()
    try:
        fill(model, weights)
    except CheckpointError as error:
        raise CheckpointError(error.message, where=f"run {run.id}", remedy="Has its model or data changed?") from error
    return model


def _convolves(model: nn.Module) -> bool:
    return any(isinstance(module, nn.Conv2d) for module in model.modules())


def _tensors(checkpoint: Checkpoint) -> Weights:
    """Return the weights on the CPU, with the types NumPy lacks put back."""
    arrays, dtypes = model_weights(checkpoint)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return {name: one.view(getattr(torch, dtypes[name])) if name in dtypes else one for name, one in tensors.items()}


def _shape_then(run: RunFolder, state: RunState, why: str) -> DataShape:
    """Return the shape of data that is gone, as the run told it."""
    prepared = state.prepared
    if prepared is None:
        raise DataError(f"The data of run {run.id} cannot be read, and it did not say its shape: {why}")
    kind = "image" if len(prepared.input_shape) == 3 else "table"
    return DataShape(kind, tuple(prepared.input_shape), prepared.outputs, prepared.task)  # type: ignore[arg-type]


def _form(weights: Weights) -> list[tuple[str, tuple[int, ...]]]:
    return sorted((name, tuple(tensor.shape)) for name, tensor in weights.items())

"""The complete state of a run as named tensors and scalars, and back: what resume needs to be bit-exact.

Tensor names: `model/<name>` for weights and buffers, `optimizer/<parameter>/<slot>`, `ema/<parameter>`, `rng/<which>`.
On the CPU the tensors are views of the live ones, so capturing copies nothing; whoever keeps them copies them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.engine.seeds import generators, restore_generators
from core.engine.train_state import Counters, TrainState
from core.errors import CheckpointError

Array = NDArray[Any]
_AVERAGE = "ema/"
_BITS = {torch.bfloat16: torch.uint16, torch.float8_e4m3fn: torch.uint8, torch.float8_e5m2: torch.uint8}


class Captured(NamedTuple):
    """Named arrays, the names of number types that NumPy lacks, and the scalar state."""

    tensors: dict[str, Array]
    dtypes: dict[str, str]
    state: dict[str, Any]


def capture(state: TrainState, more: Mapping[str, Any], clock: Mapping[str, Any]) -> Captured:
    """Return the complete state.  `more` is what the trainer adds; `clock` is what the state's digest leaves out."""
    named = named_tensors(state)
    tensors = {name: _to_array(tensor) for name, tensor in named.items()} | generators(state.device)
    dtypes = {name: str(tensor.dtype).removeprefix("torch.") for name, tensor in named.items() if tensor.dtype in _BITS}
    scale = state.precision.scale
    scalars = {
        "counters": msgspec.to_builtins(state.counters),
        "optimizer": {"updates": state.optimizer.count.item()},
        "scaler": scale.state() if scale else None,
        "frozen": [name for name, parameter in state.model.named_parameters() if not parameter.requires_grad],
        **more,
        "clock": dict(clock),
    }
    return Captured(tensors, dtypes, scalars)


def restore(state: TrainState, tensors: Mapping[str, Array], scalars: Mapping[str, Any]) -> None:
    """Put everything back, but the counters, which decide what optimizer there is: see `counters_of`.

    A fork may begin to average its weights, or no longer do so: an average that is not there begins with the weights.
    Raises CheckpointError naming the first tensor that is missing, left over, or of another shape.
    """
    wanted = named_tensors(state)
    given = {name: array for name, array in tensors.items() if not name.startswith("rng/")}
    _fit_average(wanted.keys(), given)
    if odd := sorted(wanted.keys() ^ given.keys()):
        lacks = "lacks" if odd[0] in wanted else "has a surplus"
        raise CheckpointError(f"The checkpoint {lacks} tensor {odd[0]}, so it is not of this model and optimizer.")
    with torch.no_grad():
        for name, tensor in wanted.items():
            if tuple(tensor.shape) != given[name].shape:
                raise CheckpointError(f"Tensor {name} is {given[name].shape}, the model's is {tuple(tensor.shape)}.")
            put_tensor(tensor, given[name])
    state.optimizer.count.fill_(scalars["optimizer"]["updates"])
    if state.precision.scale is not None and scalars["scaler"] is not None:
        state.precision.scale.restore(scalars["scaler"])
    restore_generators(tensors, state.device)


def put_tensor(tensor: Tensor, array: Array) -> None:
    """Give a live tensor the values of a checkpoint's array of the same shape."""
    tensor.copy_(_from_array(array, tensor.dtype))


def restore_weights(state: TrainState, tensors: Mapping[str, Array]) -> None:
    """Put back only what evaluation needs: weights, buffers and averaged weights."""
    with torch.no_grad():
        for name, tensor in named_tensors(state).items():
            if not name.startswith("optimizer/") and name in tensors:
                put_tensor(tensor, tensors[name])


def counters_of(scalars: Mapping[str, Any]) -> Counters:
    """Return the counters of a captured state, as a copy of their own."""
    counters = dict(scalars["counters"])
    for path, rate in counters.pop("rates", {}).items():  # only rates could be changed once
        counters.setdefault("changes", []).append({"step": counters["step"], "field": path, "value": rate})
    return msgspec.convert(counters, Counters)


def _fit_average(wanted: Collection[str], given: dict[str, Array]) -> None:
    """Let `given` have averaged weights exactly where they are wanted."""
    averaged = {name for name in wanted if name.startswith(_AVERAGE)}
    for name in [name for name in given if name.startswith(_AVERAGE) and not averaged]:
        del given[name]
    if not any(name.startswith(_AVERAGE) for name in given):
        weights = {name: given.get(f"model/{name.removeprefix(_AVERAGE)}") for name in averaged}
        given |= {name: array for name, array in weights.items() if array is not None}


def named_tensors(state: TrainState) -> dict[str, Tensor]:
    """Return the live tensors by name: views, never copies."""
    named = {f"model/{name}": tensor.detach() for name, tensor in state.model.state_dict(keep_vars=True).items()}
    for slot in state.optimizer.slots:
        named |= {f"optimizer/{place.name}/{slot.name}": place.of(slot.vector) for place in slot.places}
    if state.average is not None:
        named |= {f"ema/{name}": part for name, part in state.parameters.named(state.average.average).items()}
    return named


def _to_array(tensor: Tensor) -> Array:
    if tensor.dtype in _BITS:
        tensor = tensor.view(_BITS[tensor.dtype])
    array: Array = tensor.cpu().numpy()
    return array


def _from_array(array: Array, dtype: torch.dtype) -> Tensor:
    """Return a checkpoint's array as a tensor of `dtype`; memory is shared where the array allows it."""
    array = np.asarray(array)
    tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
    return tensor.view(dtype) if dtype in _BITS else tensor

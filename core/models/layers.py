"""The layer table: what a model is made of, in the order it is carried out."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from core.runs.events import Layer


def layer_table(model: nn.Module, example_input: Tensor, in_optimizer: Collection[str] | None = None) -> list[Layer]:
    """Return one row per layer of `model`, in execution order, with its output's shape for one example.

    `example_input` has shape (n, *input_shape) with n >= 1 and the model's own dtype and device.  A layer is a module
    without modules inside, or one with parameters of its own; parameters are counted at their first layer, so the
    rows add up to the model.  A layer that is never called stands behind the one declared before it, without shape.
    `in_optimizer` names the parameters that the optimizer has; by default those that require a gradient.
    The model, its buffers and all random generators are left as they were.
    """
    layers = {name: module for name, module in model.named_modules() if _is_layer(module)}
    shapes, called = _run(model, layers, example_input)
    parameters = _own_parameters(layers)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    trained = {name for name, one in model.named_parameters() if one.requires_grad}
    optimised = trained if in_optimizer is None else set(in_optimizer)
    rows = []
    for name in _in_order(list(layers), called):
        own = parameters[name]
        rows.append(
            Layer(
                name=name or "model",
                type=type(layers[name]).__name__,
                shape=shapes.get(name, ()),
                parameters=sum(parameter.numel() for parameter in own),
                trainable=any(parameter.requires_grad for parameter in own),
                in_optimizer=any(names[id(parameter)] in optimised for parameter in own),
            )
        )
    return rows


@contextlib.contextmanager
def untouched(model: nn.Module) -> Iterator[None]:
    """Let the model be called in evaluation mode without a trace: modes, buffers and random generators are restored."""
    modes = {module: module.training for module in model.modules()}
    buffers = {name: buffer.clone() for name, buffer in model.named_buffers() if not is_lazy(buffer)}
    python, numpy = random.getstate(), np.random.get_state()
    cuda = sorted({parameter.device.index or 0 for parameter in model.parameters() if parameter.is_cuda})
    try:
        with torch.random.fork_rng(devices=cuda), torch.no_grad():
            model.eval()
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        for module, training in modes.items():
            module.training = training
        with torch.no_grad():
            for name, buffer in model.named_buffers():
                if name in buffers and buffer.shape == buffers[name].shape:
                    buffer.copy_(buffers[name])


def _is_layer(module: nn.Module) -> bool:
    return next(module.children(), None) is None or next(module.parameters(recurse=False), None) is not None


def _run(
    model: nn.Module, layers: dict[str, nn.Module], example_input: Tensor
) -> tuple[dict[str, tuple[int, ...]], list[str]]:
    """Call the model once; return each layer's output shape and the layers in the order they were first entered."""
    shapes: dict[str, tuple[int, ...]] = {}
    called: list[str] = []
    names = {module: name for name, module in layers.items()}

    def on_enter(module: nn.Module, _arguments: Any) -> None:
        if names[module] not in called:
            called.append(names[module])

    def on_leave(module: nn.Module, _arguments: Any, output: Any) -> None:
        shapes.setdefault(names[module], _shape_of(output))

    with contextlib.ExitStack() as stack:
        stack.enter_context(untouched(model))
        for module in layers.values():
            stack.callback(module.register_forward_pre_hook(on_enter).remove)
            stack.callback(module.register_forward_hook(on_leave).remove)
        model(example_input)
    return shapes, called


def _shape_of(output: Any) -> tuple[int, ...]:
    if isinstance(output, Tensor):
        return tuple(output.shape[1:])
    first = next((part for part in output if isinstance(part, Tensor)), None) if isinstance(output, tuple) else None
    return () if first is None else tuple(first.shape[1:])


def _own_parameters(layers: dict[str, nn.Module]) -> dict[str, list[nn.Parameter]]:
    seen: set[int] = set()
    own: dict[str, list[nn.Parameter]] = {}
    for name, module in layers.items():
        own[name] = [parameter for parameter in module.parameters(recurse=False) if id(parameter) not in seen]
        seen.update(map(id, own[name]))
    return own


def _in_order(declared: list[str], called: list[str]) -> list[str]:
    """Return all declared layers: those called in that order, each uncalled one behind the one declared before it."""
    order = list(called)
    for place, name in enumerate(declared):
        if name not in order:
            order.insert(order.index(declared[place - 1]) + 1 if place else 0, name)
    return order

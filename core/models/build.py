"""From the `[model]` section to a network: built-in families, found by scanning this folder, and the user's own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import psutil
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

import core.models
from core.data.prepared import DataShape
from core.errors import ComponentError, SpecError
from core.models.layers import untouched
from core.models.own import construct, failed, find_class, options_of
from core.spec.fields import Section
from core.spec.json_schema import section_schema
from core.spec.model import ModelSpec
from core.spec.problem import refusal, suggest
from core.spec.schema import check, complete

_BYTES_A_PARAMETER = 8  # a float32 weight and its gradient
_ALWAYS_FITS = 1 << 30


def families() -> dict[str, ModuleType]:
    """Return the built-in families by kind: every module of core/models that has a TITLE."""
    found = {
        name: importlib.import_module(f"core.models.{name}")
        for _, name, _ in pkgutil.iter_modules(core.models.__path__)
        if not name.startswith("_")
    }
    return {name: module for name, module in found.items() if hasattr(module, "TITLE")}


def build_model(spec: ModelSpec, shape: DataShape, workspace: Path) -> nn.Module:
    """Return a new model for data of `shape`, on the CPU in float32, its weights drawn from torch's generator.

    `spec.kind` is a built-in family, or `file.Class` in the workspace's components folder.
    Raises SpecError with the field's path when an option or the data's shape does not suit the family, and
    ComponentError when the user's own class cannot be imported or built, or gives the wrong shape.
    """
    if "." in spec.kind:
        return _own_model(spec, shape, workspace)
    family, options = _chosen(spec, shape)
    _require_room(family, options, shape)
    model: nn.Module = family.build(options, shape)
    return model


def build_sizes(spec: ModelSpec, shape: DataShape, workspace: Path) -> nn.Module:
    """Return the model on the meta device: names and shapes, no weights.  Takes no memory for a built-in family.

    Raises as `build_model`.
    """
    if "." in spec.kind:
        return _own_model(spec, shape, workspace).to("meta")
    return _built_without_weights(*_chosen(spec, shape), shape)


def _chosen(spec: ModelSpec, shape: DataShape) -> tuple[ModuleType, Section]:
    """Return the built-in family and its options.  Raises SpecError when they do not suit each other or the data."""
    known = families()
    if spec.kind not in known:
        raise SpecError(
            f"There is no model family {spec.kind!r}.", where="model.kind", remedy=suggest(spec.kind, list(known))
        )
    family = known[spec.kind]
    if shape.kind not in family.ACCEPTS:
        suited = ", ".join(name for name, other in known.items() if shape.kind in other.ACCEPTS)
        raise SpecError(
            f"The family {spec.kind!r} is not for this data: {_in_words(shape)}.",
            where="model.kind",
            remedy=f"Choose one of {suited}.",
        )
    return family, _options(family.Options, spec.options)


def _built_without_weights(family: ModuleType, options: Section, shape: DataShape) -> nn.Module:
    generator = torch.get_rng_state()
    with torch.device("meta"), _Undrawn():
        model: nn.Module = family.build(options, shape)
    torch.set_rng_state(generator)
    return model


def _require_room(family: ModuleType, options: Section, shape: DataShape) -> None:
    """Raise SpecError when weights and gradients would not fit into this machine's memory: better than to be killed."""
    parameters = sum(one.numel() for one in _built_without_weights(family, options, shape).parameters())
    needed = parameters * _BYTES_A_PARAMETER
    if needed < _ALWAYS_FITS:
        return
    free = psutil.virtual_memory().available + psutil.swap_memory().free
    if needed > free:
        raise SpecError(
            f"The model has {parameters:,} parameters; its weights and gradients alone take {needed / 1e9:,.0f} GB, "
            f"and this machine has {free / 1e9:,.0f} GB free.",
            where="model",
            remedy="Make it smaller.",
        )


class _Undrawn(TorchFunctionMode):
    """Draws no weights: on the meta device that is for nothing, and makes torch import its compiler for a second."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in ("normal_", "uniform_", "kaiming_uniform_", "xavier_uniform_"):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def _own_model(spec: ModelSpec, shape: DataShape, workspace: Path) -> nn.Module:
    where = f"components/{spec.kind.rpartition('.')[0]}.py"
    cls = find_class(workspace, spec.kind)
    accepts = getattr(cls, "ACCEPTS", ("image", "table"))
    if shape.kind not in accepts:
        raise SpecError(
            f"{spec.kind} is not for this data: {_in_words(shape)}.",
            where="model.kind",
            remedy=f"Its ACCEPTS names {', '.join(accepts)}.",
        )
    model = construct(cls, _options(options_of(cls), spec.options), shape, where)
    _try(model, shape, cls.__name__, where)
    return model


def _try(model: nn.Module, shape: DataShape, name: str, where: str) -> None:
    """Call a user's model once with two examples of zeros; lazy layers get their shapes by it."""
    example = torch.zeros((2, *shape.input_shape))
    try:
        with untouched(model), torch.enable_grad():
            outputs = model(example)
    except (Exception, SystemExit) as error:
        raise failed(f"{name} cannot be called with inputs of shape {tuple(example.shape)}", error, where) from error
    wanted = (2, shape.outputs)
    if not isinstance(outputs, torch.Tensor) or outputs.shape != wanted:
        got = f"a tensor of {tuple(outputs.shape)}" if isinstance(outputs, torch.Tensor) else type(outputs).__name__
        raise ComponentError(
            f"{name} must return a tensor of shape {wanted} for two examples, but returned {got}.",
            where=where,
            remedy="Let the last layer have `outputs` outputs, one row for each example.",
        )
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ComponentError(f"{name} has no parameters to train.", where=where, remedy="Add a layer.")
    if not outputs.requires_grad:
        raise ComponentError(
            f"What {name} returns does not depend on its parameters, so nothing can be learned.",
            where=where,
            remedy="Look for detach, no_grad, argmax or a change to whole numbers in its forward.",
        )


def _options(kind: type[Section], given: dict[str, Any]) -> Section:
    schema = section_schema(kind)
    if problems := check(given, schema, "model"):
        raise refusal(problems)
    return msgspec.convert(complete(given, schema), kind)


def _in_words(shape: DataShape) -> str:
    if shape.kind == "image":
        channels, height, width = shape.input_shape
        return f"images of {channels} x {height} x {width}"
    return f"a table of {shape.input_shape[0]:,} columns"

"""How far each part of a model moved between checkpoints: relative change and cosine, over the tree of its layers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from core.comparison.opening import Opened
from core.comparison.result import LayerRow, Number, as_number


class Sums(NamedTuple):
    """What norms and angles are made of: |A|^2, |B|^2, |B - A|^2 and A.B, in float64.  Sums of parts add up."""

    first: float
    other: float
    between: float
    dot: float

    def plus(self, more: Sums) -> Sums:
        """Return the sums over both parts."""
        return Sums(*(mine + theirs for mine, theirs in zip(self, more, strict=True)))


class Moved(NamedTuple):
    """Norm of B, ||B - A|| / ||A||, ||B - A||, cosine; None where undefined."""

    norm: Number | None
    change: Number | None
    distance: Number | None
    cosine: Number | None


_NOTHING = Moved(None, None, None, None)


def layer_rows(checkpoints: Sequence[Opened]) -> list[LayerRow]:
    """Return the rows of the first checkpoint's tree, each compared with all checkpoints; see `LayerRow`."""
    first = checkpoints[0]
    sums = [_all_sums(first.weights, other.weights) if comparable(first, other) else {} for other in checkpoints]
    parameters = first.parameters
    rows = [_row(first, "", "model", parameters, sums, ()), *_tensor_rows(first, "", parameters, sums)]
    for name, kind, shape in _tree(first):
        inside = [one for one in parameters if one.startswith(f"{name}.")]
        if inside:
            rows.append(_row(first, name, kind, inside, sums, shape))
        rows += _tensor_rows(first, name, parameters, sums)
    return rows


def comparable(first: Opened, other: Opened) -> bool:
    """Say whether tensors of one name mean the same in both: in models of different families that would be chance."""
    return first.spec.model.kind == other.spec.model.kind


def between(first: Tensor, other: Tensor) -> Sums:
    """Return the sums of two tensors of one shape."""
    a, b = first.double().flatten(), other.double().flatten()
    return Sums(*(float(value) for value in (a @ a, b @ b, (b - a) @ (b - a), a @ b)))


def moved(sums: Sums) -> Moved:
    """Return norm, relative change, distance and cosine.

    Where A is zero the change is 0 if B is zero too, else infinite; an angle with zero is not defined.
    """
    norm, distance = math.sqrt(sums.other), math.sqrt(sums.between)
    from_zero = 0.0 if sums.between == 0 else math.inf
    change = from_zero if sums.first == 0 else distance / math.sqrt(sums.first)
    product = math.sqrt(sums.first) * norm
    cosine = None if product == 0 else as_number(_cosine(sums, product))
    return Moved(as_number(norm), as_number(change), as_number(distance), cosine)


def _cosine(sums: Sums, product: float) -> float:
    if sums.between == 0:
        return 1.0  # exactly, whatever rounding makes of the quotient
    return max(-1.0, min(1.0, sums.dot / product)) if math.isfinite(sums.dot) else math.nan


def _all_sums(first: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> dict[str, Sums]:
    return {
        name: between(tensor, other[name])
        for name, tensor in first.items()
        if name in other and other[name].shape == tensor.shape and not tensor.is_complex()
    }


def _tree(opened: Opened) -> Iterator[tuple[str, Literal["module", "layer"], tuple[int, ...]]]:
    """Yield name, kind and output shape of modules and layers in execution order, modules before what they hold.

    A layer that holds others counts as a module, so that the layers add up to the model, but for tensors that modules
    own themselves.
    """
    modules = dict(opened.model.named_modules())
    shapes = {row.name: row.shape for row in opened.layers if row.name in modules}
    told: set[str] = set()
    for name in shapes:
        parts = name.split(".")
        for place in range(1, len(parts) + 1):
            part = ".".join(parts[:place])
            if part not in told:
                told.add(part)
                holds = any(other.startswith(f"{part}.") for other in shapes)
                yield part, "module" if holds else "layer", shapes.get(part, ())


def _tensor_rows(
    first: Opened, layer: str, parameters: Sequence[str], sums: Sequence[Mapping[str, Sums]]
) -> Iterator[LayerRow]:
    """Yield a row for each tensor that the module itself owns, parameters before buffers."""
    known = set(parameters)
    # A parameter that layers share stands only where it is used first.
    tied = {name for name, _ in first.model.named_parameters(remove_duplicate=False)} - known
    own = [name for name in first.weights if name.rpartition(".")[0] == layer and name not in tied]
    for name in sorted(own, key=lambda name: name not in known):
        shape = tuple(first.weights[name].shape)
        yield _row(first, name, "parameter" if name in known else "buffer", [name], sums, shape)


def _row(
    first: Opened,
    name: str,
    kind: Literal["model", "module", "layer", "parameter", "buffer"],
    tensors: Sequence[str],
    sums: Sequence[Mapping[str, Sums]],
    shape: tuple[int, ...],
) -> LayerRow:
    found = [_together(tensors, one) for one in sums]
    type_ = _type_of(first, name, kind)
    return LayerRow(
        name=name,
        kind=kind,
        type=type_,
        shape=shape,
        depth=0 if kind == "model" else name.count(".") + 1,
        elements=sum(first.weights[tensor].numel() for tensor in tensors),
        trainable=kind != "buffer" and any(_is_trained(first, tensor) for tensor in tensors),
        norms=[one.norm for one in found],
        changes=[one.change for one in found],
        distances=[one.distance for one in found],
        cosines=[one.cosine for one in found],
    )


def _together(tensors: Sequence[str], sums: Mapping[str, Sums]) -> Moved:
    """Return how far these tensors moved as one; nothing unless the other checkpoint has them all."""
    if not all(name in sums for name in tensors):
        return _NOTHING
    total = Sums(0.0, 0.0, 0.0, 0.0)
    for name in tensors:
        total = total.plus(sums[name])
    return moved(total)


def _type_of(first: Opened, name: str, kind: str) -> str:
    if kind in ("parameter", "buffer"):
        return str(first.weights[name].dtype).removeprefix("torch.")
    return type(first.model.get_submodule(name)).__name__


def _is_trained(first: Opened, name: str) -> bool:
    return name not in first.frozen and first.model.get_parameter(name).requires_grad


def same_weights(first: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Say whether two checkpoints hold the same numbers."""
    return first.keys() == other.keys() and all(torch.equal(tensor, other[name]) for name, tensor in first.items())

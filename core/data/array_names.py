"""Finding the inputs and the target among named arrays."""

from __future__ import annotations

from collections.abc import Mapping

from core.data.loading import nearest
from core.errors import DataError

INPUT_NAMES = ("inputs", "input", "x", "x_train", "data", "images", "features", "train_x")
TARGET_NAMES = ("targets", "target", "y", "y_train", "labels", "label", "classes", "train_y")
Shapes = Mapping[str, tuple[int, ...]]


def choose_arrays(shapes: Shapes, inputs: str, target: str, split: str, where: str) -> tuple[str, str]:
    """Return the names of the inputs and of the target: as given, else by usual names, else as the only possibility.

    `split` is the name of the split labels, or empty.  Raises DataError that lists what there is.
    """
    for field, name in (("data.inputs", inputs), ("data.target", target), ("data.split.column", split)):
        if name and name not in shapes:
            raise DataError(f"there is no array {name!r} in {where!r}.", where=field, remedy=nearest(name, shapes))
    free = [name for name, shape in shapes.items() if name not in (inputs, target, split) and len(shape) > 0]
    if not inputs:
        # Without a usual name: the only array with more than one axis.
        inputs = _by_name(free, INPUT_NAMES) or _only([name for name in free if len(shapes[name]) > 1])
        if not inputs:
            raise _cannot_tell("inputs", "data.inputs", shapes, where)
    free = [name for name in free if name != inputs and shapes[name][0] == shapes[inputs][0]]
    if not target:
        target = _by_name(free, TARGET_NAMES) or _only(free) or _only([name for name in free if len(shapes[name]) == 1])
        if not target:
            raise _cannot_tell("targets", "data.target", shapes, where)
    if target == inputs:
        raise DataError(f"{inputs!r} cannot be both inputs and target.", where="data.target", remedy="Choose another.")
    return inputs, target


def _by_name(names: list[str], usual: tuple[str, ...]) -> str:
    found = [name for name in names if name.rsplit("/", 1)[-1].lower() in usual]
    return found[0] if len(found) == 1 else ""


def _only(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ""


def _cannot_tell(what: str, field: str, shapes: Shapes, where: str) -> DataError:
    if not shapes:
        return DataError(f"there is no array in {where!r}.", where=field, remedy="Choose another file.")
    listed = ", ".join(f"{name!r} {shape}" for name, shape in list(shapes.items())[:8])
    more = ", ..." if len(shapes) > 8 else ""
    fits = " It needs as many rows as the inputs." if what == "targets" else ""
    return DataError(
        f"it is not clear which array of {where!r} holds the {what}: there is {listed}{more}.{fits}",
        where=field,
        remedy="Name it.",
    )

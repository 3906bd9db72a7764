"""Overrides: `training.batch_size=32` and its like, from the command line or a fork."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import SpecError
from core.spec.complete_schema import own_fields
from core.spec.words import parse_value


def apply_overrides(table: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return a copy of a flat spec with overrides `path=value` applied in order; `path` goes into lists by index.

    Choosing another `kind` comes first and drops the options of the kind before, so that the new kind starts from its
    own defaults.  `path=` with nothing after it goes back to the default.  Raises SpecError when an override is not
    of the form path=value, or goes through something that is neither a table nor a list.
    """
    done = copy.deepcopy(dict(table))
    pairs = [_split(override) for override in overrides]
    for path, value in sorted(pairs, key=lambda pair: not pair[0].endswith(".kind")):
        set_value(done, path, value)
    return done


def set_value(table: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path of a table, making the tables on the way; None takes it out.  Raises SpecError."""
    *way, last = parts = path.split(".")
    holder: Any = table
    for depth, name in enumerate(way):
        holder = _enter(holder, name, ".".join(way[: depth + 1]), is_list=parts[depth + 1].isdecimal())
    if isinstance(holder, list):
        index = _index(holder, last, path)
        holder[index : index + 1] = [] if value is None else [value]
    elif isinstance(holder, dict):
        if last == "kind" and holder.get("kind") != value:
            _forget_options(holder, path)
        if value is None:
            holder.pop(last, None)
        else:
            holder[last] = value
    else:
        raise SpecError("Is not a table.", where=".".join(way), remedy=f"{path} cannot be set in it.")


def value_at(table: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path of a flat spec, or None when there is none."""
    value: Any = table
    for name in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list | tuple) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _split(override: str) -> tuple[str, Any]:
    path, equals, text = override.partition("=")
    path = path.strip()
    if not equals or not path or not all(path.split(".")):
        raise SpecError(
            f'"{override}" is not an override.',
            where="--set",
            remedy="Write path=value, such as training.batch_size=32.",
        )
    return path, parse_value(text.strip()) if text.strip() else None


def _enter(holder: Any, name: str, path: str, *, is_list: bool) -> Any:
    """Return what `name` holds, made when it is not there: a list where a place in one is asked for, else a table."""
    if isinstance(holder, list):
        index = _index(holder, name, path)
        if index == len(holder):
            holder.append({})
        return holder[index]
    if isinstance(holder, dict):
        return holder.setdefault(name, [] if is_list else {})
    raise SpecError("Is not a table.", where=path.rpartition(".")[0], remedy=f"{path} cannot be set in it.")


def _index(holder: list[Any], name: str, path: str) -> int:
    if not name.isdecimal() or int(name) > len(holder):
        places = f"0 to {len(holder)}" if holder else "0: the list is empty"
        raise SpecError(f"{name} is not a place in a list of {len(holder)}.", where=path, remedy=f"Use {places}.")
    return int(name)


def _forget_options(holder: dict[str, Any], path: str) -> None:
    kept = own_fields("data") if path == "data.kind" else ()
    for name in [name for name in holder if name not in kept]:
        del holder[name]

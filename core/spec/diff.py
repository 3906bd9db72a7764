"""Where two specs differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.spec.read import to_dict
from core.spec.spec import Spec


@dataclass(frozen=True)
class Difference:
    """One field that differs; None stands for a field that is not there."""

    path: str
    left: Any
    right: Any


def differences(left: Spec | Mapping[str, Any], right: Spec | Mapping[str, Any]) -> list[Difference]:
    """Return the fields in which two specs, or two flat tables, differ; in the order of the left one.

    Lists of plain values are compared whole, lists of tables entry by entry.
    """
    return list(_walk("", _plain(left), _plain(right)))


def leaves(table: Spec | Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a spec by dotted path."""
    return dict(_leaves("", _plain(table)))


def _plain(table: Spec | Mapping[str, Any]) -> Mapping[str, Any]:
    return to_dict(table) if isinstance(table, Spec) else table


def _walk(path: str, left: Any, right: Any) -> Iterator[Difference]:
    left_parts, right_parts = _parts(left), _parts(right)
    if left_parts is None or right_parts is None:
        # True equals 1 in Python, but not in a spec.
        if _listed(left) != _listed(right) or isinstance(left, bool) != isinstance(right, bool):
            yield Difference(path, left, right)
        return
    for name in [*left_parts, *(name for name in right_parts if name not in left_parts)]:
        inner = f"{path}.{name}" if path else name
        yield from _walk(inner, left_parts.get(name), right_parts.get(name))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    parts = _parts(value)
    if parts is None or (not parts and path):
        yield path, value
        return
    for name, inner in parts.items():
        yield from _leaves(f"{path}.{name}" if path else name, inner)


def _parts(value: Any) -> Mapping[str, Any] | None:
    """Return what a value is made of, by name; None for a plain value or a list of plain values."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(item, Mapping) for item in value):
        return {str(index): item for index, item in enumerate(value)}
    return None


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

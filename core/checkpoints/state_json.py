"""The scalar state as canonical JSON: equal states give equal bytes, and NaN comes back as NaN.

JSON has no word for non-finite numbers; they travel as `{"$number": "NaN"}`, so that a string "NaN" stays a string.
"""

from __future__ import annotations

import json
import math
from typing import Any

from core.errors import CheckpointError

State = dict[str, Any]
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_MARK = "$number"


def encode(value: object) -> bytes:
    """Encode to ASCII JSON with sorted keys.  Tuples become lists; integers may have any size.

    Raises CheckpointError for anything but None, bool, int, float, str, list, tuple and dict with string keys.
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def decode(data: bytes) -> Any:
    """Decode what `encode` gave.  Raises ValueError when it is not JSON."""
    return json.loads(data, object_hook=_restore)


def _plain(value: object) -> object:
    if value is None or isinstance(value, (str, bool)) or type(value) is int:
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_MARK: _word(value)}
    if isinstance(value, (list, tuple)):
        return [item if type(item) is int else _plain(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or key == _MARK:
                raise CheckpointError(f"The key {key!r} cannot be part of a checkpoint's state.")
        return {key: _plain(item) for key, item in value.items()}
    raise CheckpointError(f"A value of type {type(value).__name__} cannot be part of a checkpoint's state.")


def _word(value: float) -> str:
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _restore(found: dict[str, Any]) -> Any:
    if len(found) == 1 and _MARK in found:
        return _WORDS[found[_MARK]]
    return found

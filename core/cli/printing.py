"""How the command line shows things: JSON that loses no number, tables, and quantities in words."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray


def print_json(value: object, *, indent: bool = True) -> None:
    """Print as JSON.  NaN and infinity are the texts "NaN", "Infinity" and "-Infinity"; NumPy columns are lists."""
    data = msgspec.json.encode(plain(value))
    if indent:
        data = msgspec.json.format(data)
    sys.stdout.buffer.write(data + b"\n")
    sys.stdout.flush()


def plain(value: object) -> Any:
    """Return what JSON can say: structs as tables, columns as lists, non-finite numbers as words."""
    if isinstance(value, float):
        return value if math.isfinite(value) else _word(value)
    if isinstance(value, np.ndarray):
        return _column(value)
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.to_builtins(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _column(values: NDArray[Any]) -> list[Any]:
    column: list[Any] = values.tolist()
    if values.dtype.kind == "f":
        for index in np.flatnonzero(~np.isfinite(values)):
            column[index] = _word(column[index])
    return column


def _word(value: float) -> str:
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns; those whose cells are all numbers are aligned at the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    numbers = [all(_is_number(line[column]) for line in lines[1:]) for column in range(len(head))]
    for line in lines:
        cells = [
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(line, widths, numbers, strict=True)
        ]
        print("  ".join(cells).rstrip())


def _is_number(text: str) -> bool:
    return not text or text[0].isdigit() or (text[0] in "-+." and len(text) > 1) or text in ("NaN", "Infinity")


def number(value: float | None) -> str:
    """Return a metric's value with six significant digits; empty for None."""
    if value is None:
        return ""
    return _word(value) if not math.isfinite(value) else f"{value:.6g}"


def duration(seconds: float | None) -> str:
    """Return 0:05, 12:34 or 3:04:05; empty for None."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    whole = round(max(0.0, seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def age(moment: float) -> str:
    """Return how long ago a time (seconds since 1970) was."""
    seconds = max(0.0, time.time() - moment)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def size(count: float) -> str:
    """Return bytes as 310 kB, 1.2 GB."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= limit:
            return f"{count / limit:.3g} {unit}"
    return f"{count:.0f} B"


def counted(count: int, what: str) -> str:
    """Return 1 run, 2 runs, 1,000 runs."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def add_json(parser: Any) -> None:
    """Declare --json, which every reading verb takes."""
    parser.add_argument("--json", action="store_true", help='as JSON; NaN and infinity are the texts "NaN", "Infinity"')

"""What a source can show of itself without reading everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.prepared import Kind


@dataclass
class ColumnGlance:
    """One column as far as it was read.  `type`: number, boolean, category, date, text, or other (not used)."""

    name: str
    type: str
    role: str = "input"  # input, target, split, ignored
    missing: int = 0
    distinct: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    most_frequent: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Glance:
    """A look at a data set.

    `examples` is how many there are, exact or estimated; `read` says in words what the figures below come from.
    `first_rows` are cells as they stand; `images` are uint8 (n, height, width, channels) with a label each.
    """

    kind: Kind
    examples: int
    exact: bool
    read: str
    input_shape: tuple[int, ...]
    columns: list[ColumnGlance] = field(default_factory=list)
    first_rows: list[Sequence[Any]] = field(default_factory=list)
    target: str = ""
    target_values: NDArray[Any] | None = None  # of the rows read: words, or numbers
    images: list[tuple[str, NDArray[np.uint8]]] = field(default_factory=list)

"""A source from arrays: inputs on disk or in memory, targets and split labels in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.array_layout import Arrangement
from core.data.array_targets import split_of, target_of
from core.data.loading import Loading
from core.data.source import Rows, Source, TaskChoice


def source_of_arrays(
    rows: Rows,
    arrangement: Arrangement,
    target: NDArray[Any],
    split: NDArray[Any] | None,
    *,
    target_name: str,
    task: TaskChoice,
    fingerprint: str,
    path: Path,
    loading: Loading,
) -> Source:
    """Return the source.  `rows` are already arranged.  Raises DataError when lengths or types do not fit."""
    n = rows.shape[0]
    return Source(
        rows=rows,
        kind=arrangement.kind,
        target=target_of(np.asarray(target), n, target_name, task, "data.target"),
        fingerprint=fingerprint,
        divisor=arrangement.divisor,
        split=None if split is None else split_of(np.asarray(split), n, loading.split_column),
        where=str(path),
    )

"""The small data sets that come with scikit-learn.

Importing sklearn.datasets takes seconds, reading its files milliseconds: so the files are read where they lie, and
scikit-learn's own loaders are asked only when a later release has moved them.
"""

from __future__ import annotations

import gzip
import importlib.util
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.fingerprint import of_arrays
from core.data.prepared import Kind, Task
from core.data.source import ArrayRows, Source, Target


def numbers_of(name: str, *, header: bool = False, separator: str | None = ",") -> NDArray[np.float64] | None:
    """Return the numbers in one of scikit-learn's data files, shape (rows, columns); None when it is not there."""
    found = importlib.util.find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / "datasets" / "data" / name
    if not path.is_file():
        return None
    content = path.read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8")
    return np.loadtxt(io.StringIO(text), delimiter=separator, skiprows=1 if header else 0, ndmin=2)


def source_of(
    inputs: NDArray[np.float64],
    targets: NDArray[Any],
    *,
    kind: Kind,
    task: Task,
    name: str,
    classes: tuple[str, ...] = (),
    input_names: tuple[str, ...] = (),
) -> Source:
    """Return a source of arrays: inputs (n, columns) or (n, channels, height, width), targets (n,)."""
    values = targets.astype(np.int64) if classes else targets.astype(np.float64)
    return Source(
        rows=ArrayRows(inputs.astype(np.float32)),
        kind=kind,
        target=Target(values, name, classes, task, where="data.kind"),
        fingerprint=of_arrays(inputs, targets),
        input_names=input_names,
        where="data.kind",
    )

"""Arrays saved by NumPy: one in .npy, several in .npz."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from core.data.array_layout import LayoutField, TaskField, arrange
from core.data.array_names import choose_arrays
from core.data.array_source import source_of_arrays
from core.data.glance import FIRST_ROWS, Glance, glance_at
from core.data.loading import Loading
from core.data.npy_files import Npz, open_npy
from core.data.source import ArrayRows, Source
from core.errors import DataError
from core.spec.fields import Section, about

TITLE = "NumPy file"
SUMMARY = "Arrays in .npz or .npy: a table (n, columns) or images (n, height, width) or (n, channels, height, width)."

GLANCE_BYTES = 16 << 20  # of inputs in a .npz, for a preview


class Options(Section, frozen=True):
    """Which file, and which arrays in it."""

    path: Annotated[str, about("File", "A .npz or .npy file.", path="file")] = ""
    inputs: Annotated[str, about("Inputs", "The array of inputs in a .npz; empty finds it by its name.")] = ""
    target: Annotated[str, about("Target", "The array of targets in a .npz; empty finds it by its name.")] = ""
    target_path: Annotated[
        str, about("Target file", "A second .npy that holds the targets; empty takes the last column.", path="file")
    ] = ""
    task: TaskField = "auto"
    layout: LayoutField = "auto"


def load(options: Options, loading: Loading) -> Source:
    """Open the arrays; what does not fit into memory is read from disk as it is needed.  Raises DataError."""
    path = loading.find(options.path)
    if _is_npz(path):
        inputs, target, split, name, fingerprint = _from_npz(path, options, loading)
    else:
        inputs, target, split, name, fingerprint = _from_npy(path, options, loading)
    arrangement = arrange(inputs.shape, inputs.dtype, options.layout, str(path), loading)
    if isinstance(inputs, np.memmap) and inputs.nbytes <= loading.memory_limit:
        inputs = np.array(inputs)
    return source_of_arrays(
        ArrayRows(arrangement.view(inputs)),
        arrangement,
        target,
        split,
        target_name=name,
        task=options.task,
        fingerprint=fingerprint,
        path=path,
        loading=loading,
    )


def glance(options: Options, loading: Loading) -> Glance:
    """Look at the arrays; of a large .npz only the first rows are unpacked.  Raises DataError."""
    path = loading.find(options.path)
    source = load(options, loading)
    return glance_at(source, _rows(path, options, loading) if _is_npz(path) else None)


def _rows(path: Path, options: Options, loading: Loading) -> int:
    npz = Npz(path)
    inputs, _ = choose_arrays(npz.shapes, options.inputs, options.target, loading.split_column, path.name)
    return npz.shapes[inputs][0]


_Opened = tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None, str, str]


def _is_npz(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _from_npz(path: Path, options: Options, loading: Loading) -> _Opened:
    npz = Npz(path)
    inputs, target = choose_arrays(npz.shapes, options.inputs, options.target, loading.split_column, path.name)
    if loading.glancing:
        rows = max(FIRST_ROWS, GLANCE_BYTES // max(1, npz.nbytes(inputs) // max(1, npz.shapes[inputs][0])))
        split = npz.head(loading.split_column, rows) if loading.split_column else None
        return npz.head(inputs, rows), npz.head(target, rows), split, target, ""
    fits = npz.nbytes(inputs) <= loading.memory_limit
    return (
        npz.read(inputs) if fits else npz.map(inputs, loading),
        npz.read(target),
        npz.read(loading.split_column) if loading.split_column else None,
        target,
        loading.fingerprint(path),
    )


def _from_npy(path: Path, options: Options, loading: Loading) -> _Opened:
    if loading.split_column:
        raise DataError(
            "a .npy file has no arrays beside its inputs to split by.",
            where="data.split.method",
            remedy="Split by fraction, or use a .npz file.",
        )
    inputs = open_npy(path)
    if options.target_path:
        target_path = loading.find(options.target_path, field="data.target_path")
        return inputs, open_npy(target_path), None, target_path.stem, loading.fingerprint(path, target_path)
    if inputs.ndim != 2 or inputs.shape[1] < 2:
        raise DataError(
            f"an array of shape {inputs.shape} has no last column to predict.",
            where="data.target_path",
            remedy="Name the .npy file that holds the targets.",
        )
    loading.notice("No target file is given, so the last column of the array is predicted.")
    return inputs[:, :-1], np.array(inputs[:, -1]), None, "last column", loading.fingerprint(path)

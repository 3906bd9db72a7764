"""HDF5: datasets of inputs and targets, side by side in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from core.data.array_layout import LayoutField, TaskField, arrange
from core.data.array_names import choose_arrays
from core.data.array_source import source_of_arrays
from core.data.hdf5_rows import rows_of
from core.data.loading import Loading
from core.data.source import Source
from core.errors import DataError
from core.spec.fields import Section, about

TITLE = "HDF5 file"
SUMMARY = "Datasets in an .h5 file: a table (n, columns) or images, and a target for each row."


class Options(Section, frozen=True):
    """Which file, and which datasets in it."""

    path: Annotated[str, about("File", "An HDF5 file.", path="file")] = ""
    inputs: Annotated[str, about("Inputs", "The dataset of inputs, such as train/images; empty finds it.")] = ""
    target: Annotated[str, about("Target", "The dataset of targets; empty finds it by its name.")] = ""
    task: TaskField = "auto"
    layout: LayoutField = "auto"


def load(options: Options, loading: Loading) -> Source:
    """Open the datasets; inputs that do not fit into memory stay on disk.  Raises DataError."""
    path = loading.find(options.path)
    file = open_file(path)
    datasets = datasets_of(file)
    shapes = {name: dataset.shape for name, dataset in datasets.items()}
    split = loading.split_column.strip("/")
    inputs, target = choose_arrays(shapes, options.inputs.strip("/"), options.target.strip("/"), split, path.name)
    dataset = datasets[inputs]
    arrangement = arrange(dataset.shape, dataset.dtype, options.layout, f"{path}, dataset {inputs!r}", loading)
    try:
        return source_of_arrays(
            rows_of(dataset, path, arrangement, loading),
            arrangement,
            values_of(datasets[target]),
            values_of(datasets[split]) if split else None,
            target_name=target,
            task=options.task,
            fingerprint=loading.fingerprint(path),
            path=path,
            loading=loading,
        )
    except OSError as error:
        raise DataError(f"a dataset cannot be read ({error}).", where=str(path), remedy="Check the file.") from None


def open_file(path: Path) -> Any:
    """Return the file, open for reading.  Raises DataError when it is no HDF5 file."""
    try:
        return h5py.File(path, "r")
    except OSError as error:
        what = "the file is empty" if path.stat().st_size == 0 else f"it is not a whole HDF5 file ({error})"
        raise DataError(f"{what}.", where=str(path), remedy="Choose another file.") from None


def datasets_of(file: Any) -> dict[str, Any]:
    """Return every dataset that has rows, by its path in the file; links to other files are not followed."""
    found: dict[str, Any] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape:
            found[name] = item

    file.visititems(visit)
    return found


def values_of(dataset: Any) -> NDArray[Any]:
    """Read a whole dataset; text comes as text."""
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return np.array(dataset.asstr("utf-8", "replace")[:], np.str_)
    values: NDArray[Any] = dataset[:]
    return values

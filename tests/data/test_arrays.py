"""NumPy and HDF5 files: found, arranged, streamed when too large, and refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from core.data.prepare import prepare
from core.data.prepared import PreparedData
from core.errors import DataError
from core.spec.data import DataSpec, SplitSpec

GENERATOR = np.random.default_rng(0)
TABLE = GENERATOR.normal(3, 2, (200, 5))
CLASSES = GENERATOR.integers(0, 3, 200)
GREY = GENERATOR.integers(0, 255, (200, 12, 10), dtype=np.uint8)
COLOUR_LAST = GENERATOR.integers(0, 255, (200, 12, 10, 3), dtype=np.uint8)
WORDS = np.array(["cat", "dog"])[CLASSES % 2]
SPLIT = np.where(np.arange(200) % 5 == 0, "valid", "train")
STREAMED = 1e-7
FRACTION = SplitSpec()


def of(
    folder: Path, kind: str, path: str, split: SplitSpec | None = None, limit: float = 4.0, **options: Any
) -> PreparedData:
    options = {"path": path, **options}
    return prepare(DataSpec(kind=kind, options=options, split=split or SplitSpec(), memory_limit=limit), folder)


def same_numbers(one: PreparedData, other: PreparedData) -> bool:
    numbers = np.array([199, 0, 3, 3, 120])
    return np.allclose(one.examples.inputs(numbers), other.examples.inputs(numbers), atol=1e-6)


def test_that_a_npz_with_usual_names_needs_no_options(folder: Path) -> None:
    np.savez(folder / "a.npz", x=TABLE, y=CLASSES)
    data = of(folder, "numpy", "a.npz")
    assert (data.shape.kind, data.shape.input_shape, data.shape.outputs) == ("table", (5,), 3)


@pytest.mark.parametrize(("array", "shape"), [(GREY, (1, 12, 10)), (COLOUR_LAST, (3, 12, 10)), (TABLE[:, 0], (1,))])
@pytest.mark.parametrize("packed", [np.savez, np.savez_compressed])
def test_that_arrays_stream_to_the_same_numbers(
    folder: Path, array: np.ndarray, shape: tuple[int, ...], packed: Any
) -> None:
    packed(folder / "a.npz", inputs=array, labels=WORDS)
    held, streamed = of(folder, "numpy", "a.npz"), of(folder, "numpy", "a.npz", limit=STREAMED)
    assert held.in_memory
    assert not streamed.in_memory
    assert held.shape.input_shape == streamed.shape.input_shape == shape
    assert held.classes == ("cat", "dog")
    assert same_numbers(held, streamed)
    assert same_numbers(streamed, of(folder, "numpy", "a.npz", limit=STREAMED))  # now from the copy in the cache


def test_that_images_are_scaled_by_channel(folder: Path) -> None:
    np.savez(folder / "a.npz", x=COLOUR_LAST, y=CLASSES)
    data = of(folder, "numpy", "a.npz")
    train = data.examples.inputs(data.train)
    assert np.allclose(train.mean(axis=(0, 2, 3)), 0, atol=1e-4)
    assert np.allclose(train.std(axis=(0, 2, 3)), 1, atol=1e-4)
    assert data.input_scale is not None
    assert float(data.input_scale[0].max()) < 1  # of pixels from 0 to 1


def test_that_a_npy_has_its_target_in_its_last_column_or_in_a_second_file(folder: Path) -> None:
    np.save(folder / "t.npy", np.column_stack([TABLE, CLASSES]))
    np.save(folder / "x.npy", GREY)
    np.save(folder / "y.npy", TABLE[:, :2])
    for limit in (4.0, STREAMED):
        assert of(folder, "numpy", "t.npy", limit=limit).shape.input_shape == (5,)
        two = of(folder, "numpy", "x.npy", limit=limit, target_path="y.npy")
        assert (two.shape.task, two.shape.outputs) == ("regression", 2)
    with pytest.raises(DataError, match="no last column") as caught:
        of(folder, "numpy", "x.npy")
    assert caught.value.where == "data.target_path"


def test_that_one_hot_targets_are_classes(folder: Path) -> None:
    np.savez(folder / "a.npz", x=TABLE, y=np.eye(3)[CLASSES])
    data = of(folder, "numpy", "a.npz")
    assert data.shape.task == "classification"
    assert np.array_equal(data.examples.targets(np.arange(200)), CLASSES)


@pytest.mark.parametrize("chunks", [None, (16, 12, 10, 3)])
def test_that_hdf5_streams_to_the_same_numbers(folder: Path, chunks: tuple[int, ...] | None) -> None:
    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("part/images", data=COLOUR_LAST, chunks=chunks, compression="gzip" if chunks else None)
        file["part/labels"] = WORDS.astype(object)
        file["split"] = SPLIT.astype("S5")
    by_column = SplitSpec(method="column", column="split")
    held, streamed = of(folder, "hdf5", "a.h5", by_column), of(folder, "hdf5", "a.h5", by_column, limit=STREAMED)
    assert held.classes == ("cat", "dog")
    assert not streamed.in_memory
    assert same_numbers(held, streamed)
    assert len(held.valid) == 40
    assert any("stored in chunks" in notice for notice in streamed.notices) == bool(chunks)


def test_that_several_datasets_are_chosen_by_name(folder: Path) -> None:
    with h5py.File(folder / "a.h5", "w") as file:
        file["p"], file["q"], file["answer"], file["short"] = TABLE, TABLE * 2, CLASSES, np.arange(3)
    with pytest.raises(DataError) as caught:
        of(folder, "hdf5", "a.h5")
    assert caught.value.where == "data.inputs"
    assert "'p' (200, 5)" in str(caught.value)
    assert of(folder, "hdf5", "a.h5", inputs="q").shape.outputs == 3
    with pytest.raises(DataError, match="There is: 'answer', 'p', 'q', 'short'"):
        of(folder, "hdf5", "a.h5", inputs="zzz")
    with pytest.raises(DataError, match="'short' has 3 rows where the inputs have 200"):
        of(folder, "hdf5", "a.h5", inputs="p", target="short")


def test_that_nan_in_arrays_is_refused_with_its_place(folder: Path) -> None:
    spoilt = TABLE.copy()
    spoilt[17, 3] = np.nan
    np.savez(folder / "a.npz", x=spoilt, y=CLASSES)
    for limit in (4.0, STREAMED):
        with pytest.raises(DataError, match="is NaN, first in row 18, column 4"):
            of(folder, "numpy", "a.npz", limit=limit)
    pixels = GREY.astype(np.float32)
    pixels[5, 2, 7] = np.inf
    np.savez(folder / "b.npz", x=pixels, y=CLASSES)
    with pytest.raises(DataError, match="is infinite, first in row 6, channel 0, line 2, pixel 7"):
        of(folder, "numpy", "b.npz")
    np.savez(folder / "c.npz", x=TABLE, y=spoilt[:, 3])
    with pytest.raises(DataError, match="not a finite number in row 18"):
        of(folder, "numpy", "c.npz")


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("numpy", b"", "the file is empty"),
        ("numpy", b"rubbish, not an array", "not a whole .npy file"),
        ("numpy", b"PK\x03\x04rubbish", "not a whole .npz file"),
        ("hdf5", b"", "the file is empty"),
        ("hdf5", b"rubbish", "not a whole HDF5 file"),
        ("parquet", b"", "the file is empty"),
        ("parquet", b"PAR1rubbish", "not a whole Parquet file"),
    ],
)
def test_that_a_damaged_file_is_named(folder: Path, kind: str, content: bytes, says: str) -> None:
    (folder / "bad 💥.x").write_bytes(content)
    with pytest.raises(DataError, match=says) as caught:
        of(folder, kind, "bad 💥.x")
    assert "bad 💥.x" in caught.value.where


def test_that_cut_files_are_refused(folder: Path) -> None:
    np.savez(folder / "a.npz", x=TABLE, y=CLASSES)
    np.save(folder / "a.npy", TABLE)
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"], file["y"] = TABLE, CLASSES
    for name, kind in (("a.npz", "numpy"), ("a.npy", "numpy"), ("a.h5", "hdf5")):
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DataError):
            of(folder, kind, name)


def test_that_pickled_objects_are_never_read(folder: Path) -> None:
    np.savez(folder / "a.npz", x=TABLE, y=np.array([{"a": 1}] * 200, object))
    with pytest.raises(DataError, match="may run code"):
        of(folder, "numpy", "a.npz")

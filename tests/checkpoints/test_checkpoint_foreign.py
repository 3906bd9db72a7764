"""Files from elsewhere: plain ones are read, hostile ones refused, and the caller lives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from core.checkpoints.foreign import open_foreign
from core.errors import CheckpointError


def test_that_plain_tensors_are_read(tmp_path: Path) -> None:
    weight = np.arange(12.0).reshape(3, 4)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["layers/dense/kernel"] = weight
        file.create_dataset("packed", data=weight, chunks=(1, 4), compression="gzip", shuffle=True)
    found = open_foreign(tmp_path / "a.h5")
    assert set(found.tensors) == {"layers/dense/kernel", "packed"}
    assert all(np.array_equal(array, weight) for array in found.tensors.values())


def test_that_our_own_are_read_without_a_child(sample: Any, tmp_path: Path) -> None:
    sample.write(tmp_path / "a.h5")
    assert open_foreign(tmp_path / "a.h5").dtypes == {"model/bf16": "bfloat16"}


def external_link(file: h5py.File, folder: Path) -> None:
    """Point into another file."""
    file["a"] = h5py.ExternalLink(str(folder / "other.h5"), "/")


def soft_link(file: h5py.File, folder: Path) -> None:
    """Point elsewhere in the file."""
    file["a"] = h5py.SoftLink("/b")


def external_storage(file: h5py.File, folder: Path) -> None:
    """Keep bytes in another file."""
    (folder / "secret").write_bytes(b"12345678")
    file.create_dataset("a", (8,), "u1", external=[(str(folder / "secret"), 0, 8)])


def virtual(file: h5py.File, folder: Path) -> None:
    """Be put together from other files."""
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "x", (4,))
    file.create_virtual_dataset("a", layout)


def variable_length(file: h5py.File, folder: Path) -> None:
    """Hold text of any length."""
    file["a"] = ["text"]


def references(file: h5py.File, folder: Path) -> None:
    """Hold references."""
    file.create_dataset("a", (1,), h5py.ref_dtype)


def absurd_size(file: h5py.File, folder: Path) -> None:
    """Declare 4 TiB."""
    file.create_dataset("a", (1 << 40,), "f4")


def absurd_chunks(file: h5py.File, folder: Path) -> None:
    """Declare 4 TiB in chunks that were never written."""
    file.create_dataset("a", (1 << 40,), "f4", chunks=(1 << 20,))


def cycle(file: h5py.File, folder: Path) -> None:
    """Contain itself."""
    file.create_group("a")["b"] = file["/"]


HOSTILE = [
    *(external_link, soft_link, external_storage, virtual, variable_length, references),
    *(absurd_size, absurd_chunks, cycle),
]


@pytest.mark.parametrize("make", HOSTILE, ids=[make.__name__ for make in HOSTILE])
def test_that_what_has_no_place_in_a_file_of_weights_is_refused(make: Any, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.ones(4, "f4")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        make(file, tmp_path)
    with pytest.raises(CheckpointError, match=r"^a\.h5: .*(link|other|does not hold|more bytes|larger|not a tree)"):
        open_foreign(tmp_path / "a.h5")


def test_that_garbage_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20)
    with pytest.raises(CheckpointError, match="not a readable HDF5 file"):
        open_foreign(tmp_path / "a.h5")


def test_that_a_file_larger_than_allowed_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.ones(1000)
    with pytest.raises(CheckpointError, match="larger than is allowed"):
        open_foreign(tmp_path / "a.h5", max_bytes=7999)


def test_that_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.ones(4)
    with pytest.raises(CheckpointError, match="was not read within"):
        open_foreign(tmp_path / "a.h5", max_seconds=0.01)

"""Opening .npy and .npz files without reading their arrays."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data import cache
from core.data.loading import Loading
from core.errors import DataError


def open_npy(path: Path) -> NDArray[Any]:
    """Return the array in a .npy file as a read-only memory map.  Raises DataError; no pickled objects are read."""
    try:
        if path.stat().st_size == 0:
            raise DataError("the file is empty.", where=str(path), remedy="Choose another file.")
        with path.open("rb") as file:
            shape, _, dtype = _header(file)
        if dtype.hasobject:
            raise _objects(str(path))
        if 0 in shape or not shape:
            return np.empty(shape, dtype)
        mapped: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise DataError(f"it is not a whole .npy file ({error}).", where=str(path), remedy="Save it again.") from None
    return mapped


class Npz:
    """The arrays in a .npz file, by name.  `shapes` and `types` come from their headers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.types: dict[str, np.dtype[Any]] = {}
        self._compressed: set[str] = set()
        try:
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if member.filename.endswith(".npy"):
                        with archive.open(member) as file:
                            name = member.filename.removesuffix(".npy")
                            self.shapes[name], _, self.types[name] = _header(file)
        except (zipfile.BadZipFile, ValueError, EOFError, zlib.error) as error:
            raise self._damaged(error) from None

    def nbytes(self, name: str) -> int:
        """Return an array's size in memory."""
        return int(np.prod(self.shapes[name], dtype=np.int64)) * self.types[name].itemsize

    def read(self, name: str) -> NDArray[Any]:
        """Read an array into memory.  Raises DataError."""
        if self.types[name].hasobject:
            raise _objects(f"{self.path}, array {name!r}")
        try:
            with np.load(self.path, allow_pickle=False) as arrays:
                array: NDArray[Any] = arrays[name]
                return array
        except (zipfile.BadZipFile, ValueError, EOFError, zlib.error) as error:
            raise self._damaged(error) from None

    def head(self, name: str, rows: int) -> NDArray[Any]:
        """Read the first rows of an array, as many as it has at most.  Raises DataError."""
        count = min(rows, self.shapes[name][0])
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(f"{name}.npy") as file:
                shape, by_columns, dtype = _header(file)
                if by_columns:
                    return self.read(name)[:count]
                size = count * int(np.prod(shape[1:], dtype=np.int64)) * dtype.itemsize
                return np.frombuffer(file.read(size), dtype).reshape(count, *shape[1:])
        except (zipfile.BadZipFile, ValueError, EOFError, zlib.error) as error:
            raise self._damaged(error) from None

    def map(self, name: str, loading: Loading) -> NDArray[Any]:
        """Unpack an array once into the cache, and return it as a memory map.  Raises DataError."""

        def unpack(place: Path) -> str:
            loading.progress(
                f"{name!r} of {self.path.name} does not fit into memory and is unpacked once.", at_once=True
            )
            with (
                zipfile.ZipFile(self.path) as archive,
                archive.open(f"{name}.npy") as packed,
                (place / "array.npy").open("wb") as unpacked,
            ):
                shutil.copyfileobj(packed, unpacked, 1 << 22)
            return "{}"

        if self.types[name].hasobject:
            raise _objects(f"{self.path}, array {name!r}")
        try:
            place = cache.find(self.path, f"npz\0{name}") or cache.make(
                self.path, f"npz\0{name}", self.nbytes(name), unpack
            )
        except (zipfile.BadZipFile, EOFError, zlib.error) as error:
            raise self._damaged(error) from None
        loading.notice(f"{name!r} does not fit into memory, so an unpacked copy in the cache is streamed.")
        return open_npy(place / "array.npy")

    def _damaged(self, error: Exception) -> DataError:
        return DataError(f"it is not a whole .npz file ({error}).", where=str(self.path), remedy="Save it again.")


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return reader(file)


def _objects(where: str) -> DataError:
    return DataError(
        "the array holds Python objects, which are not read because they may run code.",
        where=where,
        remedy="Save it with a type of numbers or text, such as float32.",
    )

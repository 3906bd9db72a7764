"""The child that opens a foreign HDF5 file: `python -m core.checkpoints.foreign_child FILE COPY BYTES SECONDS`.

Prints one sentence and exits with 2 when the file is refused.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5d, h5o, h5t, h5z

from core.checkpoints.dtypes import PLAIN, Array
from core.checkpoints.writing import write_checkpoint

_DEPTH, _OBJECTS = 32, 100_000
_FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32, h5z.FILTER_SCALEOFFSET, h5z.FILTER_LZF}
_OVERHEAD = 2 << 30  # address space of Python, NumPy and HDF5 themselves


class Refused(Exception):
    """The file holds something that is not taken from a stranger."""


class Walk:
    """Walks a file and reads its tensors, `room` bytes at most."""

    def __init__(self, file_bytes: int, room: int) -> None:
        self.file_bytes, self.room = file_bytes, room
        self.tensors: dict[str, Array] = {}
        self._seen: set[int] = set()

    def group(self, group: h5py.Group, depth: int = 0) -> None:
        """Read every data set below `group`.  Raises Refused."""
        if depth > _DEPTH:
            raise Refused(f"Its groups are nested more than {_DEPTH} deep.")
        for name in group:
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise Refused(f"{group.name.rstrip('/')}/{name} is a link to somewhere else.")
            self._object(group[name], depth)

    def _object(self, found: Any, depth: int) -> None:
        address = h5o.get_info(found.id).addr
        if address in self._seen or len(self._seen) >= _OBJECTS:
            raise Refused(f"It is not a tree of at most {_OBJECTS:,} objects.")
        self._seen.add(address)
        if isinstance(found, h5py.Group):
            self.group(found, depth + 1)
        elif isinstance(found, h5py.Dataset):
            self.tensors[found.name.lstrip("/")] = self._read(found)
        else:
            raise Refused(f"{found.name} is neither a group nor a data set.")

    def _read(self, dataset: h5py.Dataset) -> Array:
        """Read one data set after looking at how it is stored."""
        name, plist = dataset.name, dataset.id.get_create_plist()
        if plist.get_external_count():
            raise Refused(f"{name} keeps its bytes in other files.")
        if plist.get_layout() not in (h5d.CONTIGUOUS, h5d.CHUNKED, h5d.COMPACT):
            raise Refused(f"{name} is put together from other data sets.")
        for number in range(plist.get_nfilters()):
            if plist.get_filter(number)[0] not in _FILTERS:
                raise Refused(f"{name} is packed in a way that is not known.")
        kind = dataset.id.get_type()
        if (
            not isinstance(kind, (h5t.TypeIntegerID, h5t.TypeFloatID, h5t.TypeEnumID))
            or dataset.dtype.name not in PLAIN
        ):
            raise Refused(f"{name} does not hold plain numbers.")
        size = dataset.size * dataset.dtype.itemsize if dataset.shape is not None else 0
        stored = dataset.id.get_storage_size()
        if stored > self.file_bytes or (plist.get_layout() == h5d.CONTIGUOUS and size > stored):
            raise Refused(f"{name} declares more bytes than the file has.")
        self.room -= size
        if self.room < 0:
            raise Refused(f"{name} makes it larger than is allowed.")
        return np.asarray(dataset[()])


def limit(memory: int, seconds: float) -> None:
    """Limit this process's memory and processor time where the system can."""
    try:
        import resource
    except ImportError:  # Windows; the parent's deadline still holds
        return
    for what, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, int(seconds) + 1)):
        hard = resource.getrlimit(what)[1]
        resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def main(arguments: list[str]) -> int:
    """Walk and copy; see the module's docstring."""
    path, copy, room, seconds = Path(arguments[0]), Path(arguments[1]), int(arguments[2]), float(arguments[3])
    limit(_OVERHEAD + 3 * room, seconds)
    try:
        walk = Walk(path.stat().st_size, room)
        with h5py.File(path, "r", locking=False) as file:
            walk.group(file)
        write_checkpoint(copy, walk.tensors, {})
    except Refused as reason:
        print(reason)
    except MemoryError:
        print("It asks for more memory than is allowed.")
    except Exception as error:  # whatever h5py raises for a damaged file
        print(f"It is not a readable HDF5 file: {error}.")
    else:
        return 0
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

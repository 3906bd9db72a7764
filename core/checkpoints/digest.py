"""The digest that says whether two checkpoints hold the same state, wherever and whenever they were written."""

from __future__ import annotations

import hashlib
from typing import Any

from numpy.typing import NDArray

_FIELDS = ["name", "dtype", "shape", "xxh3"]


def state_digest(rows: NDArray[Any], scalars: bytes) -> str:
    """Return the SHA-256 over names, types, shapes and checksums of the index's rows and over the scalar state.

    The rows must be sorted by name.  Offsets do not count: they are a matter of the file, not of the state.
    """
    digest = hashlib.sha256(b"epochal state 1\n")
    for name, dtype, shape, xxh3 in rows[_FIELDS].tolist():
        digest.update(b"%b\t%b\t%b\t%016x\n" % (name, dtype, shape, xxh3))
    digest.update(scalars)
    return digest.hexdigest()

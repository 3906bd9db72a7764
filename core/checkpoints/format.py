"""The checkpoint file, in one place for those who read or write one.

A checkpoint is an ordinary HDF5 file (h5dump and HDFView open it): one contiguous data set per tensor under its name,
`index` (name, type, shape, offset, bytes, xxh3 of each tensor), `state` (JSON text), and the seal in its user block.
No pickle anywhere.  Every byte is covered by a checksum.
"""

from __future__ import annotations

from core.checkpoints.index import TensorRow
from core.checkpoints.reading import Checkpoint, check_file, digest_of, list_tensors, read_checkpoint, state_of
from core.checkpoints.writing import Written, write_checkpoint

__all__ = [
    "Checkpoint",
    "TensorRow",
    "Written",
    "check_file",
    "digest_of",
    "list_tensors",
    "read_checkpoint",
    "state_of",
    "write_checkpoint",
]

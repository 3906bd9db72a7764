"""The seal: the first 4,096 bytes of a checkpoint, HDF5's "user block", which HDF5 itself leaves alone.

It says how long the file is, where the index and the state lie, and carries the checksum of each and of every byte
that is neither tensor, index nor state.  So a damaged file is recognised before any HDF5 parser looks at it.
It is plain text: `head -c 4096 step-00001234.h5` shows it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import xxhash

from core.errors import CheckpointError

SIZE = 4096
_MAGIC = b"EPOCHAL CHECKPOINT 1\n"
_CHECK = 16  # hexadecimal digits of the seal's own checksum, at its very end


class Span(NamedTuple):
    """Bytes `offset` to `offset + length` of the file."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The first offset after the span."""
        return self.offset + self.length


@dataclass(frozen=True)
class Seal:
    """What the first block says; checksums are xxh3 (64 bits)."""

    total: int  # bytes of the whole file
    index: Span
    index_xxh3: int
    index_widths: tuple[int, ...]  # bytes of name, type and shape in its rows
    state: Span
    state_xxh3: int
    structure_xxh3: int
    state_sha256: str


def checksum(data: Any) -> int:
    """Return the xxh3 of a contiguous buffer, as an unsigned 64-bit number."""
    return int(xxhash.xxh3_64_intdigest(data))


def encode_seal(seal: Seal) -> bytes:
    """Return the seal as SIZE bytes."""
    body = _MAGIC + json.dumps(asdict(seal), indent=1).encode("ascii") + b"\n"
    block = body.ljust(SIZE - _CHECK, b"\0")
    return block + f"{checksum(block):0{_CHECK}x}".encode("ascii")


def decode_seal(block: bytes) -> Seal:
    """Read the first SIZE bytes of a file.  Raises CheckpointError when they are not an intact seal."""
    if len(block) < SIZE or not block.startswith(_MAGIC):
        raise CheckpointError(
            "It is not a checkpoint of Epochal, or the file's structure is damaged at its very start."
        )
    body, check = block[: SIZE - _CHECK], block[SIZE - _CHECK :]
    if check != f"{checksum(body):0{_CHECK}x}".encode("ascii"):
        raise CheckpointError("The file's structure is damaged: its first block does not match its checksum.")
    found = json.loads(body[len(_MAGIC) :].rstrip(b"\0"))
    return Seal(**{**found, "index": Span(*found["index"]), "state": Span(*found["state"])})


def is_ours(path: Path) -> bool:
    """Tell whether a file begins like a checkpoint of ours.  False when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False

"""What reading a table needs of a file, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

Declared = Literal["unknown", "number", "boolean", "text", "date", "other"]
Block = dict[str, Any]  # column name -> pyarrow array; all of one length


class TableFile(Protocol):
    """A table on disk.  `declared` is a column's type as the format says, or unknown where all is text."""

    path: Path
    names: tuple[str, ...]
    decimal_comma: bool

    @property
    def bytes(self) -> int: ...

    def declared(self, name: str) -> Declared: ...

    def blocks(self, names: Sequence[str]) -> Iterator[tuple[float, Block]]:
        """Yield (share of the file read so far, the columns asked for), top to bottom.  Raises DataError."""
        ...

"""Parquet: columns come with types; what is nested or no number, truth value or word is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from core.data.tables.file import Block, Declared
from core.errors import DataError

ROWS = 1 << 16  # in a block


class ParquetFile:
    """A Parquet file's top-level columns.  Raises DataError when it is not one."""

    decimal_comma = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = path.stat().st_size
        try:
            self.file: Any = arrow_parquet.ParquetFile(path, memory_map=True)
        except (pa.ArrowInvalid, OSError) as error:
            what = "the file is empty" if not self.bytes else f"it is not a whole Parquet file ({_first_line(error)})"
            raise DataError(f"{what}.", where=str(path), remedy="Choose another file.") from None
        self.schema = self.file.schema_arrow
        self.names = tuple(self.schema.names)
        self.rows = int(self.file.metadata.num_rows)
        self.bytes = max(self.bytes, 8 * self.rows * len(self.names))  # compressed files unfold
        for name in self.names:
            if self.names.count(name) > 1:
                raise DataError(f"two columns are called {name!r}.", where=str(path), remedy="Rename one of them.")
        if not self.rows:
            raise DataError("the file has columns and no rows.", where=str(path), remedy="Choose another file.")

    def declared(self, name: str) -> Declared:
        """Return a column's type as the file declares it."""
        kind = self.schema.field(name).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_boolean(kind):
            return "boolean"
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return "number"
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            return "text"
        return "date" if pa.types.is_temporal(kind) else "other"

    def blocks(self, names: Sequence[str]) -> Iterator[tuple[float, Block]]:
        """Yield (share read so far, columns) in blocks of rows.  Raises DataError when a part is damaged."""
        done = 0
        try:
            for batch in self.file.iter_batches(batch_size=ROWS, columns=list(names), use_threads=False):
                done += batch.num_rows
                yield done / self.rows, plain(batch)
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(
                f"it is damaged after row {done:,} ({_first_line(error)}).",
                where=str(self.path),
                remedy="Write it again from its origin.",
            ) from None


def plain(batch: Any) -> Block:
    """Return a batch's columns by name, dictionaries and large strings turned to plain ones."""
    block: Block = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
            column = column.cast(pa.string())
        block[name] = column
    return block


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__

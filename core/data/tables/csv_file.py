"""CSV, read in blocks of text; what it means is decided elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv

from core.data.tables.csv_faults import find_fault, refuse_open_quote
from core.data.tables.dialect import Dialect
from core.data.tables.file import Block, Declared

BLOCK_BYTES = 16 << 20
MISSING_WORDS = ("", "NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "Null", "null", "None", "none", "#N/A", "?", "-")


class CsvFile:
    """A CSV file whose dialect is known.  Every cell is text, or null when it says that it is missing."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.path = path
        self.dialect = dialect
        self.names = dialect.names
        self.decimal_comma = dialect.decimal_comma
        self.bytes = path.stat().st_size

    def declared(self, name: str) -> Declared:
        """CSV says nothing about types."""
        return "unknown"

    def blocks(self, names: Sequence[str]) -> Iterator[tuple[float, Block]]:
        """Yield (share of the file read so far, columns), top to bottom.

        Raises DataError naming the line that has too many or too few values, or is not in the file's encoding.
        """
        options = self._options(names)
        last: Any = None
        try:
            with self.path.open("rb") as file:
                # The stream's own encoding step hides where a fault is; UTF-8 needs none.
                reader = arrow_csv.open_csv(file, *options)
                for number, batch in enumerate(reader, start=1):
                    if batch.num_rows:
                        last = batch
                        share = min(1.0, number * BLOCK_BYTES / max(1, self.bytes))
                        yield share, dict(zip(names, batch.columns, strict=True))
        except pa.ArrowInvalid as error:
            raise find_fault(self.path, self.dialect, str(error)) from None
        except UnicodeError as error:
            raise find_fault(self.path, self.dialect, str(error)) from None
        if last is not None:
            refuse_open_quote(self.path, last)

    def parse(self, sample: bytes, names: Sequence[str]) -> Block | None:
        """Parse whole lines from somewhere in the file; None when they cannot be (a cut inside quotes)."""
        read, parse, convert = self._options(names)
        read.skip_rows = 0
        try:
            table = arrow_csv.read_csv(io.BytesIO(sample), read, parse, convert).combine_chunks()
        except (pa.ArrowInvalid, UnicodeError):
            return None
        return {name: _one_chunk(column) for name, column in zip(names, table.columns, strict=True)}

    def _options(self, names: Sequence[str]) -> tuple[Any, Any, Any]:
        # Columns are told apart by position, because names may hold anything.
        positions = {name: str(position) for position, name in enumerate(self.names)}
        wanted = [positions[name] for name in names]
        read = arrow_csv.ReadOptions(
            column_names=list(positions.values()),
            skip_rows=self.dialect.header_lines,
            encoding=self.dialect.encoding,
            block_size=BLOCK_BYTES,
            use_threads=False,
        )
        parse = arrow_csv.ParseOptions(delimiter=self.dialect.delimiter, newlines_in_values=True)
        convert = arrow_csv.ConvertOptions(
            column_types={position: pa.string() for position in wanted},
            include_columns=wanted,
            null_values=list(MISSING_WORDS),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        )
        return read, parse, convert


def _one_chunk(column: Any) -> Any:
    return column.chunk(0) if column.num_chunks else pa.array([], pa.string())

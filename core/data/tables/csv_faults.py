"""Where a CSV file is wrong: looked for only after the fast reader has stumbled."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.data.tables.dialect import Dialect
from core.errors import DataError


def find_fault(path: Path, dialect: Dialect, told: str) -> DataError:
    """Return the error to raise: the first line that is not in the encoding, or has too many or too few values.

    `told` is what the fast reader said; it is used when no line can be blamed.
    """
    width = len(dialect.names)
    reader = csv.reader(_lines(path, dialect.encoding), delimiter=dialect.delimiter)
    begins = 1
    try:
        for row in reader:
            if row and len(row) != width and reader.line_num > dialect.header_lines:
                return _ragged(path, row, width, begins, reader.line_num)
            begins = reader.line_num + 1
    except DataError as error:
        return error
    except csv.Error as error:
        return DataError(f"{error}.", where=f"{path}, line {begins}", remedy="Is a quote never closed there?")
    return DataError(f"it cannot be read: {told.splitlines()[0] if told else 'unknown format'}.", where=str(path))


def refuse_open_quote(path: Path, last: Any) -> None:
    """Raise DataError when the last value runs to the end of the file because its quote is never closed."""
    value = last.columns[-1][-1].as_py()
    if value is None or "\n" not in value:
        return
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8))
        if file.read().rstrip(b"\r\n").endswith(b'"'):
            return
        file.seek(0)
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 24), b""))
    line = max(1, lines - value.count("\n") + 1)
    raise DataError(
        f"a quote is opened and never closed, so {value.count(chr(10)):,} lines would be one value.",
        where=f"{path}, line {line}",
        remedy="Close or remove the quote.",
    )


def _ragged(path: Path, row: list[str], width: int, begins: int, ends: int) -> DataError:
    over = f" (it goes on to line {ends}: is a quote never closed?)" if ends > begins else ""
    return DataError(
        f"the line has {len(row)} value{'s' if len(row) != 1 else ''} where the header has {width}{over}.",
        where=f"{path}, line {begins}",
        remedy="Correct the line, or choose another delimiter.",
    )


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield decoded lines; raises DataError at the first one that is not in the encoding."""
    if codecs.lookup(encoding).name not in ("utf-8", "ascii", "iso8859-1", "cp1252"):
        with path.open(encoding=encoding, newline="") as file:
            yield from file
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield line.decode(encoding).removeprefix("\ufeff" if number == 1 else "")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"byte {error.start + 1} of the line (0x{line[error.start]:02x}) is not {encoding.upper()}.",
                    where=f"{path}, line {number}",
                    remedy="Save the file as UTF-8, or set data.encoding, for instance to latin-1.",
                ) from None

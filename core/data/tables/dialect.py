"""How a CSV file is written: encoding, delimiter, header, decimal sign; found in its first bytes."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.data.loading import Loading
from core.errors import DataError

HEAD_BYTES = 256 << 10
_DELIMITERS = {"auto": "", "comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " "}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
DelimiterChoice = Literal["auto", "comma", "semicolon", "tab", "bar", "space"]
DecimalChoice = Literal["auto", "point", "comma"]


@dataclass(frozen=True)
class Dialect:
    """`header_lines` is the number of lines before the first row; `names` are the columns, in order."""

    encoding: str
    delimiter: str
    decimal_comma: bool
    header_lines: int
    names: tuple[str, ...]


def find_dialect(
    path: Path, encoding: str, delimiter: DelimiterChoice, decimal: DecimalChoice, header: bool, loading: Loading
) -> Dialect:
    """Look at the head of a file.  Raises DataError when it is empty, has no rows, or repeats a column's name."""
    where = str(path)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DataError("the file is empty.", where=where, remedy="Choose a file with a header line and rows.")
    text = _decoded(head, encoding, where, complete=len(head) < HEAD_BYTES)
    if "\r" in text.rstrip("\r") and "\n" not in text:
        raise DataError(
            "its lines end in a carriage return alone, as on old Macintoshes.",
            where=where,
            remedy="Save it with line feeds.",
        )
    sign = _DELIMITERS[delimiter] or _sniff(text)
    rows, lines = _first_rows(text, sign, where, complete=len(head) < HEAD_BYTES)
    if not header:
        names = tuple(f"column {number}" for number in range(1, len(rows[0]) + 1))
        return Dialect(encoding, sign, _decimal_comma(rows, sign, decimal), 0, names)
    names = tuple(name.strip() or f"column {number}" for number, name in enumerate(rows[0], start=1))
    _check_names(names, where)
    if any("\ufffd" in name for name in names):
        raise DataError(
            f"the names of the columns are not {encoding.upper()}.",
            where=f"{where}, line 1",
            remedy="Save the file as UTF-8, or set data.encoding, for instance to latin-1.",
        )
    if len(rows) == 1:
        raise DataError(
            "the file has a header line and no rows.",
            where=where,
            remedy="Add rows, or set data.header to false if the first line is one.",
        )
    if all(_NUMBER.fullmatch(name) for name in names):
        loading.notice("The first line holds only numbers; if it is a row, set data.header to false.")
    return Dialect(encoding, sign, _decimal_comma(rows[1:], sign, decimal), lines[0], names)


def _decoded(head: bytes, encoding: str, where: str, *, complete: bool) -> str:
    if encoding == "utf-8" and head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise DataError("the file is UTF-16, not UTF-8.", where=where, remedy="Set data.encoding to utf-16.")
    if b"\0" in head and not encoding.startswith("utf-16"):
        raise DataError("the file is not text.", where=where, remedy="Choose a CSV file, or another source for it.")
    try:
        # What is wrong further down is found, with its line, when it is read.
        text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    except LookupError:
        raise DataError(
            f"there is no encoding {encoding!r}.", where="data.encoding", remedy="Common ones: utf-8, latin-1, cp1252."
        ) from None
    # The last line may have been cut.
    return text if complete or "\n" not in text else text[: text.rindex("\n") + 1]


def _sniff(text: str) -> str:
    """Return the delimiter that cuts the first lines into the most columns of equal number."""
    best, best_score = ",", (0.0, 0)
    for sign in (",", ";", "\t", "|"):
        try:
            counts = [
                len(row)
                for _, row in zip(range(50), csv.reader(io.StringIO(text), delimiter=sign), strict=False)
                if row
            ]
        except csv.Error:
            continue
        common = max(set(counts), key=counts.count) if counts else 0
        if common > 1:
            score = (counts.count(common) / len(counts), common)
            # A sign that appears in every line equally often beats one that makes more columns here and there.
            if score > best_score:
                best, best_score = sign, score
    return best


def _first_rows(text: str, sign: str, where: str, *, complete: bool) -> tuple[list[list[str]], list[int]]:
    reader = csv.reader(io.StringIO(text), delimiter=sign)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
            if len(rows) > 200:
                break
    except csv.Error as error:
        raise DataError(f"{error}.", where=f"{where}, line {reader.line_num}") from None
    if not rows:
        raise DataError("the file has no rows.", where=where, remedy="Choose a file with a header line and rows.")
    return rows, lines


def _check_names(names: tuple[str, ...], where: str) -> None:
    seen: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if name in seen:
            raise DataError(
                f"columns {seen[name]} and {number} are both called {name!r}.",
                where=f"{where}, line 1",
                remedy="Give every column a name of its own in the header line.",
            )
        seen[name] = number


def _decimal_comma(rows: list[list[str]], sign: str, decimal: DecimalChoice) -> bool:
    if decimal != "auto" or sign == ",":
        return decimal == "comma"
    cells = [cell.strip() for row in rows for cell in row]
    with_comma = sum(bool(_DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    with_point = sum("." in cell and bool(_NUMBER.fullmatch(cell)) for cell in cells)
    return with_comma > with_point

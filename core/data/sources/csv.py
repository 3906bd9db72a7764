"""Comma-separated values, whatever separates them."""

from __future__ import annotations

from typing import Annotated

from core.data.glance import Glance
from core.data.loading import Loading
from core.data.source import Source
from core.data.tables.csv_file import CsvFile
from core.data.tables.dialect import DecimalChoice, DelimiterChoice, find_dialect
from core.data.tables.glancing import glance_at_csv
from core.data.tables.options import TableOptions
from core.data.tables.reading import read_table
from core.spec.fields import about

TITLE = "CSV file"
SUMMARY = "A text table of your own: numbers, categories and truth values; gaps are filled, dates are left out."


class Options(TableOptions, frozen=True):
    """Which file, what to predict, and how the file is written."""

    delimiter: Annotated[
        DelimiterChoice, about("Delimiter", "What stands between two values; auto finds out.", rare=True)
    ] = "auto"
    decimal: Annotated[
        DecimalChoice, about("Decimal sign", "Point or comma in numbers; auto finds out.", rare=True)
    ] = "auto"
    header: Annotated[bool, about("Header", "The first line holds the names of the columns.", rare=True)] = True
    encoding: Annotated[
        str, about("Encoding", "How the text is encoded, such as utf-8, latin-1 or utf-16.", rare=True)
    ] = "utf-8"


def open_file(options: Options, loading: Loading) -> CsvFile:
    """Find the file and how it is written.  Raises DataError."""
    path = loading.find(options.path)
    dialect = find_dialect(path, options.encoding, options.delimiter, options.decimal, options.header, loading)
    return CsvFile(path, dialect)


def glance(options: Options, loading: Loading) -> Glance:
    """Look at the file's head and some blocks further down.  Raises DataError."""
    return glance_at_csv(open_file(options, loading), options, loading)


def load(options: Options, loading: Loading) -> Source:
    """Read the file.  Raises DataError with the line where something is wrong."""
    return read_table(open_file(options, loading), options, loading)

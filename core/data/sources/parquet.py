"""Parquet files."""

from __future__ import annotations

from core.data.glance import Glance
from core.data.loading import Loading
from core.data.source import Source
from core.data.tables.glancing import glance_at_parquet
from core.data.tables.options import TableOptions
from core.data.tables.parquet_file import ParquetFile
from core.data.tables.reading import read_table

TITLE = "Parquet file"
SUMMARY = "A typed table of your own: numbers, categories and truth values; gaps are filled, dates are left out."


class Options(TableOptions, frozen=True):
    """Which file, and what to predict."""


def glance(options: Options, loading: Loading) -> Glance:
    """Look at the file in up to three places.  Raises DataError."""
    return glance_at_parquet(ParquetFile(loading.find(options.path)), options, loading)


def load(options: Options, loading: Loading) -> Source:
    """Read the file.  Raises DataError."""
    return read_table(ParquetFile(loading.find(options.path)), options, loading)

"""A look at a table: its head, and when it is large some blocks further down."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.data.glance import FIRST_ROWS, SHOWN_COLUMNS, ColumnGlance, Glance
from core.data.loading import Loading
from core.data.source import Target
from core.data.tables.column_guess import ColumnGuess, codes_of_words, numbers_of, words_of
from core.data.tables.csv_file import CsvFile
from core.data.tables.file import Block, TableFile
from core.data.tables.options import TableOptions
from core.data.tables.parquet_file import ParquetFile, plain
from core.data.tables.reading import guess_columns
from core.data.tables.roles import Roles, choose_roles

WHOLE_BYTES = 4 << 20  # files up to this size are read whole
HEAD_BYTES, PART_BYTES, PARTS = 1 << 20, 64 << 10, 16
PARQUET_ROWS = 50_000


def glance_at_csv(file: CsvFile, options: TableOptions, loading: Loading) -> Glance:
    """Read a CSV file's head and some blocks, or all of a small one.  Raises DataError."""
    roles = _all_columns(choose_roles(file.path, file.names, options, loading), file, loading)
    if file.bytes <= WHOLE_BYTES:
        blocks = [block for _, block in file.blocks(roles.all())]
        rows = _rows(blocks)
        return _glance(file, roles, options, blocks, rows, True, f"all {rows:,} rows")
    head, parts, read_bytes = _sample(file, roles)
    blocks = [*head, *parts]
    rows = _rows(blocks)
    estimate = round(file.bytes * rows / max(1, read_bytes))
    read = (
        f"the first {HEAD_BYTES >> 20} MB and {len(parts)} blocks of {PART_BYTES >> 10} kB spread over the file: "
        f"{rows:,} of about {_rounded(estimate):,} rows"
    )
    return _glance(file, roles, options, blocks, _rounded(estimate), False, read)


def glance_at_parquet(file: ParquetFile, options: TableOptions, loading: Loading) -> Glance:
    """Read the first rows of a Parquet file, and of a row group in its middle and at its end.  Raises DataError."""
    roles = _all_columns(choose_roles(file.path, file.names, options, loading), file, loading)
    groups = file.file.metadata.num_row_groups
    blocks: list[Block] = []
    for group in sorted({0, groups // 2, groups - 1}):
        part = file.file.iter_batches(
            batch_size=PARQUET_ROWS, row_groups=[group], columns=list(roles.all()), use_threads=False
        )
        blocks.append(plain(next(part)))
    rows = _rows(blocks)
    read = f"all {rows:,} rows" if rows == file.rows else f"{rows:,} of {file.rows:,} rows from {len(blocks)} places"
    return _glance(file, roles, options, blocks, file.rows, True, read)


def _all_columns(roles: Roles, file: TableFile, loading: Loading) -> Roles:
    """Return roles with every column read, because a preview also shows what is left out; at most 1,000."""
    others = tuple(name for name in file.names if name not in (roles.target, roles.split))
    if len(others) > SHOWN_COLUMNS:
        loading.notice(f"The first {SHOWN_COLUMNS:,} of {len(others):,} columns are shown beside the target.")
    return Roles(others[:SHOWN_COLUMNS], roles.target, roles.split)


def _sample(file: CsvFile, roles: Roles) -> tuple[list[Block], list[Block], int]:
    """Return blocks of the head, blocks from further down, and how many bytes they stood in."""
    head: list[Block] = []
    parts: list[Block] = []
    read_bytes = 0
    with file.path.open("rb") as stream:
        for _ in range(file.dialect.header_lines):
            stream.readline()
        for start in (stream.tell(), *np.linspace(HEAD_BYTES, file.bytes - PART_BYTES, PARTS).astype(int).tolist()):
            first = not head and not parts and not read_bytes
            stream.seek(start)
            if not first:
                stream.readline()  # to the beginning of a line
            sample = stream.read(HEAD_BYTES if first else PART_BYTES)
            sample = sample[: sample.rfind(b"\n") + 1]
            block = file.parse(sample, roles.all()) if sample else None
            if block is not None:
                (head if first else parts).append(block)
                read_bytes += len(sample)
            elif first:
                # Something is wrong near the top: the careful reader says what and where.
                head.append(next(file.blocks(roles.all()))[1])
                read_bytes += len(sample)
    return head, parts, read_bytes


def _rows(blocks: list[Block]) -> int:
    return sum(len(next(iter(block.values()))) for block in blocks)


def _rounded(number: int) -> int:
    digits = max(0, len(str(number)) - 2)
    return round(number, -digits)


def _glance(
    file: TableFile, roles: Roles, options: TableOptions, blocks: list[Block], rows: int, exact: bool, read: str
) -> Glance:
    def again() -> Iterator[Block]:
        return iter(blocks)

    guesses = guess_columns(file, roles, options, again)
    read_columns = set(roles.all())
    shown = [name for name in file.names if name in read_columns]
    first = {
        name: words_of(blocks[0][name].slice(0, FIRST_ROWS)).to_pylist() for name in shown if _readable(file, name)
    }
    return Glance(
        kind="table",
        examples=rows,
        exact=exact,
        read=read,
        input_shape=(),
        columns=[_column(guesses[name], roles, options) for name in shown],
        first_rows=[
            [first[name][row] if name in first else None for name in shown]
            for row in range(min(FIRST_ROWS, _rows(blocks[:1])))
        ],
        target=_target(guesses[roles.target], options, blocks, file.decimal_comma),
        target_name=roles.target,
    )


def _readable(file: TableFile, name: str) -> bool:
    return file.declared(name) != "other"


def _column(guess: ColumnGuess, roles: Roles, options: TableOptions) -> ColumnGlance:
    asked_for = not options.columns or guess.name in options.columns
    role = roles.of(guess.name)
    if role == "input" and (not asked_for or guess.name in options.ignore):
        role = "ignored"
    found = guess.found(options.max_categories)
    column = ColumnGlance(guess.name, found, role, missing=guess.missing)
    if role == "input" and found in ("date", "text", "other", "empty"):
        column.role = "ignored"
    if found == "number" and np.isfinite(guess.low):
        column.minimum, column.maximum = guess.low, guess.high
        column.mean = guess.total / max(1, guess.rows - guess.missing)
    elif guess.words and not guess.too_many_words:
        column.distinct = len(guess.words)
        column.most_frequent = guess.words.most_common(8)
    return column


def _target(guess: ColumnGuess, options: TableOptions, blocks: list[Block], decimal_comma: bool) -> Target | None:
    found = guess.found()
    arrays = [block[guess.name] for block in blocks]
    if found == "number":
        parts = [numbers_of(array, decimal_comma, lenient=True) for array in arrays]
        numbers = np.concatenate([part for part in parts if part is not None])
        return Target(numbers[np.isfinite(numbers)], guess.name, task=options.task)
    if found in ("category", "boolean"):
        categories = guess.categories()
        codes = np.concatenate([codes_of_words(array, categories) for array in arrays])
        return Target(codes[~np.isnan(codes)].astype(np.int64), guess.name, categories, options.task)
    return None

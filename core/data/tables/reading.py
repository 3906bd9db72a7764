"""A table file to typed columns, in two passes: first what the columns hold, then their values.

Both passes go through the file in blocks, so the same code reads files of any size; only where the values go differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.data import cache
from core.data.loading import Loading, counted
from core.data.source import ArrayRows, Column, ColumnType, Source, Target
from core.data.split import split_word
from core.data.tables.column_guess import DISTINCT_LIMIT, ColumnGuess, codes_of_words, numbers_of, truth_of_words
from core.data.tables.file import Block, TableFile
from core.data.tables.options import TableOptions
from core.data.tables.roles import Roles, choose_roles
from core.errors import DataError

KEEP_BYTES = 64 << 20  # files up to this size are read once and kept between the passes


class Plan(msgspec.Struct, frozen=True):
    """What the first pass found; kept beside converted copies."""

    columns: tuple[Column, ...]
    target: Column
    split: Column | None
    rows: int  # with a target
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Arrays:
    """Where the second pass puts its values: inputs (rows, columns), target (rows,), split (rows,)."""

    inputs: NDArray[np.float64]
    target: NDArray[np.float64]
    split: NDArray[np.float64]


def read_table(file: TableFile, options: TableOptions, loading: Loading) -> Source:
    """Read a table.  Raises DataError for what cannot be trained on."""
    roles = choose_roles(file.path, file.names, options, loading)
    blocks = _kept(file, roles, loading) if file.bytes <= KEEP_BYTES else _streamed(file, roles, loading)
    key = f"table 1\0{msgspec.json.encode(options).decode()}\0{roles}"
    place = cache.find(file.path, key)
    if place is not None:
        plan = msgspec.json.decode((place / cache.READY).read_bytes(), type=Plan)
        if _bytes(plan) > loading.memory_limit:
            return _from_copy(file, place, plan, options, loading)
    plan = make_plan(file, roles, options, blocks)
    if _bytes(plan) > loading.memory_limit:
        place = cache.make(file.path, key, _bytes(plan), lambda making: _convert(file, plan, blocks, making))
        return _from_copy(file, place, plan, options, loading)
    for text in plan.notices:
        loading.notice(text)
    arrays = Arrays(np.empty((plan.rows, len(plan.columns))), np.empty(plan.rows), np.empty(plan.rows))
    _fill(file, plan, arrays, blocks)
    return _source(file, plan, arrays, options, loading)


def make_plan(file: TableFile, roles: Roles, options: TableOptions, blocks: Callable[[], Iterator[Block]]) -> Plan:
    """Look at every value once; decide the columns' types and count the rows that have a target."""
    guesses = guess_columns(file, roles, options, blocks)
    notices: list[str] = []
    target = _target_column(file.path, guesses[roles.target])
    missing_target = guesses[roles.target].missing
    rows = guesses[roles.target].rows
    if missing_target:
        notices.append(
            f"{missing_target:,} of {rows:,} rows have no value in the target {roles.target!r} and are left out."
        )
    columns = tuple(
        column for name in roles.inputs if (column := _input_column(guesses[name], options, notices)) is not None
    )
    if not columns:
        raise DataError(
            "no column is left to learn from: " + " ".join(notices),
            where="data.columns",
            remedy="Choose other columns.",
        )
    split = Column(roles.split, "category", guesses[roles.split].categories()) if roles.split else None
    return Plan(columns, target, split, rows - missing_target, tuple(notices))


def guess_columns(
    file: TableFile, roles: Roles, options: TableOptions, blocks: Callable[[], Iterator[Block]]
) -> dict[str, ColumnGuess]:
    """Return a guess for every column that is read, from all blocks."""
    as_words = {*options.categorical, roles.split}
    guesses = {
        name: ColumnGuess(name, file.declared(name), file.decimal_comma, as_words=name in as_words)
        for name in roles.all()
    }
    for block in blocks():
        for name, array in block.items():
            guesses[name].add(array)
    late = {name: guess for name, guess in guesses.items() if guess.late}
    for name, guess in late.items():
        guesses[name] = guess.again()
    if late:
        for block in blocks():
            for name in late:
                guesses[name].add(block[name])
    return guesses


def _kept(file: TableFile, roles: Roles, loading: Loading) -> Callable[[], Iterator[Block]]:
    blocks = list(_streamed(file, roles, loading)())
    return lambda: iter(blocks)


def _streamed(file: TableFile, roles: Roles, loading: Loading) -> Callable[[], Iterator[Block]]:
    def blocks() -> Iterator[Block]:
        for share, block in file.blocks(roles.all()):
            loading.progress(f"Reading {file.path.name}: {share:.0%}")
            yield block

    return blocks


def _bytes(plan: Plan) -> int:
    return 8 * plan.rows * (len(plan.columns) + 2)


def _target_column(path: Path, guess: ColumnGuess) -> Column:
    found = guess.found()
    if found == "number":
        return Column(guess.name, "number")
    if found in ("category", "boolean"):
        return Column(guess.name, "category", guess.categories())
    if found == "empty":
        problem = f"the target {guess.name!r} is missing in every row of {path.name!r}"
    elif found == "date":
        problem = f"the target {guess.name!r} holds dates, which cannot be predicted"
    elif found == "text":
        problem = f"the target {guess.name!r} holds more than {DISTINCT_LIMIT:,} different words, too many for classes"
    else:
        problem = f"the target {guess.name!r} holds values of a type that cannot be predicted"
    raise DataError(f"{problem}.", where="data.target", remedy="Choose another target.")


def _input_column(guess: ColumnGuess, options: TableOptions, notices: list[str]) -> Column | None:
    """Return the column's type, or None with a notice when it is of no use."""
    name = guess.name
    found = guess.found(options.max_categories if name not in options.categorical else guess.rows)
    if found == "number" and guess.first_word is not None:
        word, row = guess.first_word
        how_many = "some values" if guess.too_many_words else counted(guess.odd(), "value")
        first = f"the first is {word!r} in row {row:,}"
        notices.append(f"Column {name!r}: {how_many} no number ({first}), taken as missing.")
    if guess.infinite:
        notices.append(f"Column {name!r} has {counted(guess.infinite, 'infinite value')}, taken as missing.")
    reason = {
        "date": "it holds dates",
        "other": "values of its type cannot be learned from",
        "empty": "it has no values",
        "text": f"it holds {len(guess.words):,} different words, like an identifier or free text",
    }.get(found)
    if reason:
        notices.append(f"Column {name!r} is ignored: {reason}.")
        return None
    kind: ColumnType = "number" if found == "number" else "boolean" if found == "boolean" else "category"
    return Column(name, kind, guess.categories() if kind == "category" else ())


def _fill(file: TableFile, plan: Plan, arrays: Arrays, blocks: Callable[[], Iterator[Block]]) -> None:
    begin = 0
    for block in blocks():
        target = _values(plan.target, block, file.decimal_comma)
        there = np.isfinite(target)
        end = begin + int(there.sum())
        arrays.target[begin:end] = target[there]
        if plan.split is not None:
            arrays.split[begin:end] = _values(plan.split, block, file.decimal_comma)[there]
        for position, column in enumerate(plan.columns):
            values = _values(column, block, file.decimal_comma)
            if column.type == "number":
                values = np.where(np.isfinite(values), values, np.nan)
            arrays.inputs[begin:end, position] = values[there]
        begin = end


def _values(column: Column, block: Block, decimal_comma: bool) -> NDArray[np.float64]:
    if column.type == "category":
        return codes_of_words(block[column.name], column.categories)
    if column.type == "boolean":
        return truth_of_words(block[column.name])
    numbers = numbers_of(block[column.name], decimal_comma)
    if numbers is None:
        numbers = numbers_of(block[column.name], decimal_comma, lenient=True)
    assert numbers is not None
    return numbers


def _source(file: TableFile, plan: Plan, arrays: Arrays, options: TableOptions, loading: Loading) -> Source:
    values = arrays.target.astype(np.int64) if plan.target.categories else np.asarray(arrays.target)
    return Source(
        rows=ArrayRows(arrays.inputs),
        kind="table",
        target=Target(values, plan.target.name, plan.target.categories, options.task),
        fingerprint=loading.fingerprint(file.path),
        columns=plan.columns,
        split=_split_codes(plan.split, arrays.split) if plan.split is not None else None,
        max_categories=options.max_categories,
        where=str(file.path),
    )


def _split_codes(column: Column, values: NDArray[np.float64]) -> NDArray[np.int8]:
    """Return 0, 1 or 2 for each row.  Raises DataError for any other word, and for none."""
    places = np.where(np.isnan(values), len(column.categories), values).astype(np.int64)
    codes = np.zeros(len(column.categories) + 1, np.int8)
    for place in np.unique(places):
        word = column.categories[place] if place < len(column.categories) else ""
        code = split_word(word)
        if code is None:
            count = int((places == place).sum())
            raise DataError(
                f"column {column.name!r} says {repr(word) if word else 'nothing'} in {counted(count, 'row')}.",
                where="data.split.column",
                remedy="It must say train, valid or test in every row.",
            )
        codes[place] = code
    return codes[places]


def _convert(file: TableFile, plan: Plan, blocks: Callable[[], Iterator[Block]], place: Path) -> str:
    """Write the values as arrays on disk; return the plan as JSON."""
    shapes = {"inputs": (plan.rows, len(plan.columns)), "target": (plan.rows,), "split": (plan.rows,)}
    inputs, target, split = (cache.new_array(place / f"{name}.npy", shape) for name, shape in shapes.items())
    _fill(file, plan, Arrays(inputs, target, split), blocks)
    return msgspec.json.encode(plan).decode()


def _from_copy(file: TableFile, place: Path, plan: Plan, options: TableOptions, loading: Loading) -> Source:
    for text in plan.notices:
        loading.notice(text)
    loading.notice(f"{file.path.name!r} does not fit into memory, so a converted copy in the cache is streamed.")
    inputs, target, split = (np.load(place / f"{name}.npy", mmap_mode="r") for name in ("inputs", "target", "split"))
    return _source(file, plan, Arrays(inputs, np.array(target), np.array(split)), options, loading)

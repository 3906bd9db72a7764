"""Typed columns of a table to numbers: gaps filled, categories one-hot, fitted on the training split alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.loading import Loading, counted
from core.data.source import ArrayRows, Column, Source
from core.data.transform import Moments, Scale
from core.errors import DataError

WIDTH_LIMIT = 50_000  # inputs; a table that needs more has its columns typed wrongly
MEDIAN_SAMPLE = 200_000  # training rows that medians come from when the table is on disk


@dataclass(frozen=True)
class OneHot:
    """Where the categories of one column go: `place[code]` is an input, or -1 for none; `missing` likewise."""

    column: int
    place: NDArray[np.int64]
    missing: int


@dataclass(frozen=True)
class TableTransform:
    """Turns rows of typed columns into `names` inputs, in the order of the columns.

    Numbers: `fill` replaces what is missing, then mean and deviation as in ArrayTransform.  `number_columns` are taken
    to `number_places`.
    """

    names: tuple[str, ...]
    number_columns: NDArray[np.int64]
    number_places: NDArray[np.int64]
    fill: NDArray[np.float64]
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    one_hot: tuple[OneHot, ...]
    divisor: float = 1.0

    @property
    def gaps(self) -> tuple[float | None, ...]:
        """What a gap becomes, for every input; None for those of categories."""
        fill: list[float | None] = [None] * len(self.names)
        for place, value in zip(self.number_places.tolist(), self.fill.tolist(), strict=True):
            fill[place] = value
        return tuple(fill)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """One axis: the inputs."""
        return (len(self.names),)

    @property
    def scale(self) -> Scale:
        """Mean and deviation of every input; 0 and 1 for categories."""
        mean, deviation = np.zeros(len(self.names), np.float32), np.ones(len(self.names), np.float32)
        mean[self.number_places], deviation[self.number_places] = self.mean, self.deviation
        return mean, deviation

    def __call__(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Return float32 inputs of shape (n, inputs) of raw rows (n, columns)."""
        inputs = np.zeros((len(raw), len(self.names)), np.float32)
        numbers = raw[:, self.number_columns]
        numbers = np.where(np.isnan(numbers), self.fill, numbers)
        numbers -= self.mean
        numbers *= 1 / self.deviation
        inputs[:, self.number_places] = numbers
        every = np.arange(len(raw))
        for column in self.one_hot:
            codes = raw[:, column.column]
            missing = np.isnan(codes)
            # A place for what is missing stands behind the categories; -1 there means that it lights no input.
            places = np.append(column.place, column.missing)[
                np.where(missing, len(column.place), codes).astype(np.int64)
            ]
            lit = places >= 0
            inputs[every[lit], places[lit]] = 1
        return inputs


def fit_table_transform(
    source: Source, train: NDArray[np.int64], standardise: bool, loading: Loading
) -> TableTransform:
    """Fit on the training rows; notices say what was filled, ignored or unseen.  Raises DataError when too wide."""
    is_train = np.zeros(source.rows.shape[0], bool)
    is_train[train] = True
    columns = source.columns
    missing, counts, unseen_base = _count(source, is_train, loading)
    _tell_missing(columns, missing, loading)
    names: list[str] = []
    one_hot: list[OneHot] = []
    number_columns: list[int] = []
    number_places: list[int] = []
    for position, column in enumerate(columns):
        if column.type == "category":
            fitted = _fit_categories(
                position, column, counts[position], bool(missing[0, position]), names, source, loading
            )
            one_hot.append(fitted)
            _tell_unseen(column, fitted, counts[position], unseen_base[position], loading)
        else:
            number_columns.append(position)
            number_places.append(len(names))
            names.append(column.name)
        if len(names) > WIDTH_LIMIT:
            raise DataError(
                f"the columns would become more than {WIDTH_LIMIT:,} inputs.",
                where="data.columns",
                remedy="Choose fewer columns, or lower data.max_categories.",
            )
    if not names:
        raise DataError("no column is left as an input.", where="data.columns", remedy="Choose other columns.")
    at = np.array(number_columns, np.int64)
    fill = _medians(source, train, columns, at, missing[0], loading)
    mean, deviation = np.zeros(len(at)), np.ones(len(at))
    if standardise and len(at):
        mean, deviation = _measure(source, is_train, columns, at, fill, loading)
    return TableTransform(tuple(names), at, np.array(number_places, np.int64), fill, mean, deviation, tuple(one_hot))


def _count(
    source: Source, is_train: NDArray[np.bool_], loading: Loading
) -> tuple[NDArray[np.int64], dict[int, NDArray[np.int64]], dict[int, NDArray[np.int64]]]:
    """Return missing values (train, others) by column, and how often each category stands in train, and in others."""
    columns = source.columns
    missing = np.zeros((2, len(columns)), np.int64)
    with_categories = [position for position, column in enumerate(columns) if column.type == "category"]
    inside = {position: np.zeros(len(columns[position].categories), np.int64) for position in with_categories}
    outside = {position: np.zeros(len(columns[position].categories), np.int64) for position in with_categories}
    for first, block in source.rows.blocks():
        loading.progress(f"Looking through the table: {first / len(is_train):.0%}")
        mask = is_train[first : first + len(block)]
        empty = np.isnan(block)
        missing[0] += empty[mask].sum(axis=0)
        missing[1] += empty[~mask].sum(axis=0)
        for position in with_categories:
            there = ~empty[:, position]
            for chosen, total in ((mask & there, inside[position]), (~mask & there, outside[position])):
                total += np.bincount(block[chosen, position].astype(np.int64), minlength=len(total))
    return missing, inside, outside


def _fit_categories(
    position: int,
    column: Column,
    counts: NDArray[np.int64],
    has_missing: bool,
    names: list[str],
    source: Source,
    loading: Loading,
) -> OneHot:
    """Give each category of the training split an input; beyond `max_categories` the rarest share one."""
    seen = np.flatnonzero(counts)
    kept = np.sort(seen[np.argsort(-counts[seen], kind="stable")][: source.max_categories])
    place = np.full(len(counts), -1, np.int64)
    place[kept] = len(names) + np.arange(len(kept))
    names.extend(f"{column.name} = {column.categories[code]}" for code in kept)
    if len(kept) < len(seen):
        place[place < 0] = len(names)
        names.append(f"{column.name} = (other)")
        loading.notice(
            f"Column {column.name!r} has {len(seen):,} categories in the training split; "
            f"the {len(kept):,} most frequent are kept, the rest count as one."
        )
    missing = -1
    if has_missing:
        missing = len(names)
        names.append(f"{column.name} = (missing)")
    return OneHot(position, place, missing)


def _tell_unseen(
    column: Column, fitted: OneHot, inside: NDArray[np.int64], outside: NDArray[np.int64], loading: Loading
) -> None:
    unseen = np.flatnonzero((inside == 0) & (outside > 0))
    if len(unseen):
        shown = ", ".join(repr(column.categories[code]) for code in unseen[:3]) + (", ..." if len(unseen) > 3 else "")
        what = "count as other" if (fitted.place[unseen] >= 0).all() else "are all zeros to the model"
        loading.notice(
            f"Column {column.name!r}: {counted(int(outside[unseen].sum()), 'held-out value')} of categories that the "
            f"training split does not have ({shown}); they {what}."
        )


def _tell_missing(columns: Sequence[Column], missing: NDArray[np.int64], loading: Loading) -> None:
    total = missing.sum(axis=0)
    for type_, filled in (("number", "the training split's median"), ("category", "a category of their own")):
        with_gaps = [
            (column.name, int(count))
            for column, count in zip(columns, total, strict=True)
            if count and (column.type == "category") == (type_ == "category")
        ]
        if with_gaps:
            shown = ", ".join(f"{name!r} {count:,}" for name, count in with_gaps[:6])
            more = f", and {len(with_gaps) - 6} columns more" if len(with_gaps) > 6 else ""
            loading.notice(f"Missing values are filled with {filled}: {shown}{more}.")


def _medians(
    source: Source,
    train: NDArray[np.int64],
    columns: Sequence[Column],
    at: NDArray[np.int64],
    missing: NDArray[np.int64],
    loading: Loading,
) -> NDArray[np.float64]:
    """Return what replaces missing numbers: the median of the training split, rounded for booleans."""
    fill = np.zeros(len(at))
    rows = source.rows
    chosen = train
    # What never misses in training may miss in validation, so every column has its median.
    if not (isinstance(rows, ArrayRows) and not isinstance(rows.array, np.memmap)) and len(train) > MEDIAN_SAMPLE:
        chosen = np.sort(np.random.default_rng(0).choice(train, MEDIAN_SAMPLE, replace=False))
        if missing.any():
            loading.notice(f"Medians come from {MEDIAN_SAMPLE:,} of {len(train):,} training rows, chosen at random.")
    for start in range(0, len(at), 64):  # a few columns at a time bounds the memory
        some = at[start : start + 64]
        values = _columns_of(source, chosen, some)
        for number, column in enumerate(some):
            present = values[:, number][~np.isnan(values[:, number])]
            if len(present):
                median = float(np.median(present))
                fill[start + number] = np.floor(median) if columns[column].type == "boolean" else median
            else:
                loading.notice(f"Column {columns[column].name!r} has no value in the training split and is always 0.")
    return fill


def _columns_of(source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
    if isinstance(source.rows, ArrayRows):
        picked: NDArray[np.float64] = source.rows.array[np.ix_(rows, columns)]
        return picked
    taken: NDArray[np.float64] = source.rows.take(rows)[:, columns]
    return taken


def _measure(
    source: Source,
    is_train: NDArray[np.bool_],
    columns: Sequence[Column],
    at: NDArray[np.int64],
    fill: NDArray[np.float64],
    loading: Loading,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    moments = Moments(len(at))
    for first, block in source.rows.blocks():
        loading.progress(f"Measuring the columns: {first / len(is_train):.0%}")
        numbers = block[is_train[first : first + len(block)]][:, at]
        moments.add(np.where(np.isnan(numbers), fill, numbers))
    deviation = moments.deviation()
    for text in moments.why_flat([columns[position].name for position in at]):
        loading.notice(text)
    return moments.mean, deviation

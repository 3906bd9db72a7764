"""What is predicted: classes or numbers, decided once and said aloud."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.loading import Loading
from core.data.prepared import Task
from core.data.source import Target
from core.errors import DataError

_FEW_WHOLE, _FEW_ANY = 50, 10  # distinct values up to which numbers are taken for classes
_MANY = 10_000  # classes beyond which something is wrong


@dataclass(frozen=True)
class Settled:
    """Targets with their task: int64 class numbers (n,) with `classes`, or float64 values (n, outputs)."""

    task: Task
    values: NDArray[np.int64] | NDArray[np.float64]
    classes: tuple[str, ...] = ()


def settle(target: Target, loading: Loading) -> Settled:
    """Decide the task and number the classes.  Raises DataError when nothing can be learned from the target."""
    values = target.values
    if not len(values):
        raise DataError("there are no examples.", where=target.where, remedy="Choose other data.")
    if target.categories:
        return _from_categories(target, loading)
    numbers = np.asarray(values, np.float64)
    _refuse_non_finite(numbers, target)
    if numbers.ndim == 2 and numbers.shape[1] == 1:
        numbers = numbers[:, 0]
    if numbers.ndim == 2:
        return _several(numbers, target, loading)
    distinct = np.unique(numbers)
    if len(distinct) == 1:
        large = abs(float(distinct[0])) >= 2**53  # numbers that differ may be the same float64
        raise DataError(
            f"the target {target.name!r} holds numbers too large to be told apart as float64."
            if large
            else f"the target {target.name!r} is {_word(distinct[0])} in every row, so there is nothing to learn.",
            where=target.where,
            remedy="Subtract an offset, or choose another target." if large else "Choose another target.",
        )
    task = target.task
    if task == "auto":
        task = "classification" if _looks_like_classes(distinct, len(numbers)) else "regression"
        other = "regression" if task == "classification" else "classification"
        loading.notice(
            f"The target {target.name!r} has {len(distinct):,} distinct values, so this is {task}; "
            f"set its task (data.task) to {other} if it is not."
        )
    if task == "regression":
        return Settled("regression", numbers[:, None])
    _refuse_too_many(len(distinct), len(numbers), target)
    classes = tuple(_word(value) for value in distinct)
    return Settled("classification", np.searchsorted(distinct, numbers).astype(np.int64), classes)


def _from_categories(target: Target, loading: Loading) -> Settled:
    if target.task == "regression":
        raise DataError(
            f"the target {target.name!r} holds words such as {target.categories[0]!r}, so it cannot be regression.",
            where="data.task",
            remedy="Set it to classification, or choose a target of numbers.",
        )
    present, values = np.unique(np.asarray(target.values, np.int64), return_inverse=True)
    classes = tuple(target.categories[code] for code in present)
    if len(classes) == 1:
        raise DataError(
            f"the target {target.name!r} is {classes[0]!r} in every row, so there is nothing to learn.",
            where=target.where,
            remedy="Choose another target, or add examples of a second class.",
        )
    _refuse_too_many(len(classes), len(values), target)
    return Settled("classification", values.astype(np.int64), classes)


def _several(numbers: NDArray[np.float64], target: Target, loading: Loading) -> Settled:
    one_hot = bool(((numbers == 0) | (numbers == 1)).all() and (numbers.sum(axis=1) == 1).all())
    if one_hot and target.task != "regression":
        loading.notice(f"The {numbers.shape[1]} columns of {target.name!r} are one-hot, so this is classification.")
        values = numbers.argmax(axis=1).astype(np.int64)
        if len(np.unique(values)) == 1:
            raise DataError(f"the target {target.name!r} has one class in every row.", where=target.where)
        return Settled("classification", values, tuple(str(number) for number in range(numbers.shape[1])))
    if target.task == "classification":
        raise DataError(
            f"the target {target.name!r} has {numbers.shape[1]} columns that are not one-hot.",
            where=target.where,
            remedy="Give one class number for each example, or set the task (data.task) to regression.",
        )
    if (numbers == numbers[0]).all():
        raise DataError(f"the target {target.name!r} never changes, so there is nothing to learn.", where=target.where)
    return Settled("regression", numbers)


def _looks_like_classes(distinct: NDArray[np.float64], n: int) -> bool:
    whole = bool((distinct == np.floor(distinct)).all())
    count = len(distinct)
    return (whole and count <= _FEW_WHOLE and 2 * count <= n) or (count <= _FEW_ANY and 10 * count <= n)


def _refuse_too_many(classes: int, n: int, target: Target) -> None:
    if classes > _MANY or (classes > 100 and 2 * classes > n):
        raise DataError(
            f"the target {target.name!r} has {classes:,} distinct values in {n:,} rows, too many for classes.",
            where=target.where,
            remedy="Choose another target, or set the task (data.task) to regression if it holds numbers.",
        )


def _refuse_non_finite(numbers: NDArray[np.float64], target: Target) -> None:
    bad = ~np.isfinite(numbers)
    if bad.any():
        row = int(np.argwhere(bad)[0][0])
        raise DataError(
            f"the target {target.name!r} is not a finite number in row {row + 1:,} ({int(bad.sum()):,} such values).",
            where=target.where,
            remedy="Remove those rows.",
        )


def _word(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))

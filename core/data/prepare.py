"""From the `[data]` section to data ready to train on: load, split, encode, standardise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.data import sources
from core.data.held import HeldExamples
from core.data.loading import Loading
from core.data.prepared import DataShape, Examples, PreparedData
from core.data.source import Source
from core.data.split import Split, split_by_codes, split_by_fraction, split_nothing
from core.data.streamed import StreamedExamples
from core.data.table_transform import fit_table_transform
from core.data.targets import Settled, settle
from core.data.transform import Transform, fit_array_transform
from core.errors import DataError
from core.spec.data import DataSpec

GIGABYTE = 1_000_000_000


def _ignore(text: str) -> None:
    pass


def prepare(data: DataSpec, base: Path, notify: Callable[[str], None] = _ignore) -> PreparedData:
    """Return the data set that `data` describes, ready to train on.

    Relative paths are looked for in `base`, then in the current folder.  `notify` is told how it goes when it takes
    long.  The same `data` and files always give the same split and the same numbers.  Raises DataError.
    """
    loading = open_loading(data, base, notify)
    source = load_source(data, loading)
    target = settle(source.target, loading)
    split = _split(data, source, target, loading)
    if source.columns:
        transform: Transform = fit_table_transform(source, split.train, data.standardise, loading)
        input_names = getattr(transform, "names", ())
    else:
        transform = fit_array_transform(source, split.train, data.standardise, loading)
        input_names = source.input_names
    values, target_scale = _scale_targets(target, split, source)
    in_memory = _bytes_of(source, transform) <= loading.memory_limit
    examples: Examples = (
        _hold(source, transform, values, loading) if in_memory else StreamedExamples(source.rows, transform, values)
    )
    outputs = len(target.classes) if target.task == "classification" else values.shape[1]
    return PreparedData(
        shape=DataShape(source.kind, transform.input_shape, outputs, target.task),
        examples=examples,
        train=split.train,
        valid=split.valid,
        test=split.test,
        classes=target.classes,
        input_names=input_names,
        target_scale=target_scale,
        in_memory=in_memory,
        fingerprint=source.fingerprint,
        notices=tuple(loading.notices),
        augment=_augment(data, source),
        input_scale=transform.scale,
        input_divisor=transform.divisor,
        input_fill=transform.gaps,
    )


def open_loading(data: DataSpec, base: Path, notify: Callable[[str], None] = _ignore) -> Loading:
    """Return what sources are told about `data`."""
    by_column = data.split.method == "column"
    if by_column and not data.split.column:
        raise DataError(
            "the split is by column, but no column is named.",
            where="data.split.column",
            remedy="Name the column that holds train, valid or test.",
        )
    return Loading(
        base=base,
        memory_limit=int(data.memory_limit * GIGABYTE),
        split_column=data.split.column if by_column else "",
        notify=notify,
    )


def load_source(data: DataSpec, loading: Loading) -> Source:
    """Let the source read itself.  Errors of the operating system become DataErrors."""
    module = sources.find(data.kind)
    options = sources.options_of(module, data.options)
    try:
        return module.load(options, loading)
    except MemoryError as error:
        raise DataError(
            f"the data does not fit into memory ({error}).",
            where="data",
            remedy="Lower data.memory_limit to stream it.",
        ) from error
    except OSError as error:
        where = str(error.filename or data.options.get("path") or data.kind)
        raise DataError(f"it cannot be read: {error.strerror or error}.", where=where) from error


def _split(data: DataSpec, source: Source, target: Settled, loading: Loading) -> Split:
    n = len(target.values)
    if data.split.method == "none":
        return split_nothing(n)
    if data.split.method == "column":
        if source.split is None:
            raise DataError(
                f"{data.kind} has no column {data.split.column!r} to split by.",
                where="data.split.column",
                remedy="Split by fraction instead.",
            )
        split = split_by_codes(source.split)
    else:
        classes = target.values.astype(np.int64) if target.task == "classification" and data.split.stratify else None
        if classes is not None:
            _tell_lonely_classes(target, data, loading)
        split = split_by_fraction(n, data.split, classes)
    if target.task == "classification":
        _tell_classes_not_trained(target, split, loading)
    return split


def _tell_lonely_classes(target: Settled, data: DataSpec, loading: Loading) -> None:
    held_out = (data.split.valid > 0) + (data.split.test > 0)
    counts = np.bincount(target.values.astype(np.int64), minlength=len(target.classes))
    lonely = [target.classes[number] for number in np.flatnonzero(counts == 1)]
    if lonely and held_out:
        shown = ", ".join(repr(name) for name in lonely[:5]) + (", ..." if len(lonely) > 5 else "")
        one = "Class {} has one example, which stays" if len(lonely) == 1 else "Classes {} have one example each, kept"
        loading.notice(one.format(shown) + " in the training split: no split can be scored on it.")


def _tell_classes_not_trained(target: Settled, split: Split, loading: Loading) -> None:
    counts = np.bincount(target.values[split.train].astype(np.int64), minlength=len(target.classes))
    absent = [target.classes[number] for number in np.flatnonzero(counts == 0)]
    if len(target.classes) - len(absent) < 2:
        raise DataError(
            "the training split has examples of one class only.",
            where="data.split",
            remedy="Split by fraction with stratify, or correct the split column.",
        )
    if absent:
        shown = ", ".join(repr(name) for name in absent[:5]) + (", ..." if len(absent) > 5 else "")
        loading.notice(f"No example in the training split has the class {shown}.")


def _scale_targets(
    target: Settled, split: Split, source: Source
) -> tuple[NDArray[np.int64] | NDArray[np.float32], tuple[float, float]]:
    """Standardise numbers on the training split; several outputs share one mean and deviation."""
    if target.task == "classification":
        return target.values.astype(np.int64, copy=False), (0.0, 1.0)
    trained = target.values[split.train]
    mean, deviation = float(trained.mean()), float(trained.std())
    if not np.isfinite(mean) or not np.isfinite(deviation):
        raise DataError(
            f"the target {source.target.name!r} holds numbers too large to average.",
            where=source.target.where,
            remedy="Rescale the target.",
        )
    if deviation <= 1e-13 * abs(mean) or deviation == 0:
        raise DataError(
            f"the target {source.target.name!r} never changes in the training split, so there is nothing to learn.",
            where=source.target.where,
            remedy="Choose another target or split.",
        )
    return ((target.values - mean) / deviation).astype(np.float32), (mean, deviation)


def _bytes_of(source: Source, transform: Transform) -> int:
    return int(source.rows.shape[0]) * int(np.prod(transform.input_shape)) * 4


def _hold(
    source: Source, transform: Transform, values: NDArray[np.int64] | NDArray[np.float32], loading: Loading
) -> HeldExamples:
    inputs = np.empty((source.rows.shape[0], *transform.input_shape), np.float32)
    for first, block in source.rows.blocks():
        loading.progress(f"Loading into memory: {first / len(inputs):.0%}")
        inputs[first : first + len(block)] = transform(block)
    return HeldExamples(inputs, values)


def _augment(data: DataSpec, source: Source) -> dict[str, float | bool]:
    wanted = {name: value for name, value in msgspec.structs.asdict(data.augment).items() if value}
    if wanted and source.kind != "image":
        raise DataError(
            f"{data.kind} gives tables, and only images can be augmented.",
            where=f"data.augment.{next(iter(wanted))}",
            remedy="Turn augmentation off.",
        )
    if source.kind == "image" and 2 * data.augment.shift > min(source.rows.shape[2:]):
        raise DataError(
            f"images of {source.rows.shape[2]} x {source.rows.shape[3]} pixels cannot be shifted by "
            f"{data.augment.shift} pixels without losing most of the picture.",
            where="data.augment.shift",
            remedy="Shift by at most half of the image.",
        )
    return wanted

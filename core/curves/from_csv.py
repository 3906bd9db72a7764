"""A learning curve from elsewhere: a CSV file with the columns step, train/loss and valid/loss.

Without a step column the rows are the steps 1, 2, 3, ...; one of the two losses may be missing; what else the file
holds is left alone. An empty cell says that there was no measurement, NaN and Infinity are values. Rows must be in the
order of training, because sorting would weave a run that was resumed, or two runs, into one curve: a file whose steps
go back is refused. The files that `epochal export RUN OUT.csv` and the window's export of one run write are such files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.curves.curve import Curve, Floats
from core.errors import BadInput

LARGEST = 2_000_000_000  # bytes
STEP, TRAIN, VALID = "step", "train/loss", "valid/loss"
_NAMES = {
    STEP: (STEP, "steps", "iteration"),
    TRAIN: (TRAIN, "train_loss", "training/loss", "training_loss", "loss"),
    VALID: (VALID, "valid_loss", "val/loss", "val_loss", "validation/loss", "validation_loss"),
}
_LONG = ("run", "metric", "step", "value")
_REMEDY = f"The columns are {STEP}, {TRAIN} and {VALID}; step and one of the losses may be missing."


@dataclass(frozen=True)
class ForeignCurve:
    """The two losses; what the file does not have is None."""

    train: Curve | None
    valid: Curve | None


def is_curve_header(names: Sequence[str]) -> bool:
    """Return whether columns so named hold a learning curve, in either layout."""
    found = _columns(names)
    return set(_LONG) <= set(names) or TRAIN in found or VALID in found


def is_surely_curve(names: Sequence[str]) -> bool:
    """Return whether columns are named as Epochal names them: data to train on hardly has such names."""
    return TRAIN in names or VALID in names or set(_LONG) <= set(names)


def header_of(path: Path) -> list[str]:
    """Return the names in the first line of a text file; empty when it cannot be read as such."""
    try:
        with path.open("rb") as file:
            line = file.readline(100_000).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return []
    return _names(line)


def read_curve(path: Path) -> ForeignCurve:
    """Read a curve.  Raises BadInput, naming the line where there is one, when the file cannot be used."""
    names = _checked_header(path)
    found = _columns(names)
    if set(_LONG) <= set(names):
        return _long(path, names)
    if TRAIN not in found and VALID not in found:
        seen = ", ".join(names[:8])
        raise BadInput(f"It has no loss; its columns are {seen or 'none'}.", where=f"{path}, line 1", remedy=_REMEDY)
    columns = _read(path, names, {found[name]: float for name in found})
    count = len(next(iter(columns.values()))[0])
    if not count:
        raise BadInput("It has a header and no rows.", where=str(path))
    step, known = columns[found[STEP]] if STEP in found else (np.arange(1.0, count + 1), np.ones(count, dtype=bool))
    _check_steps(path, step, known)
    losses = {name: columns[found[name]] for name in (TRAIN, VALID) if name in found}
    return _foreign(path, {name: Curve(step[there], value[there]) for name, (value, there) in losses.items()})


def _foreign(path: Path, losses: dict[str, Curve]) -> ForeignCurve:
    if not any(len(curve.step) for curve in losses.values()):
        raise BadInput("Its loss columns hold no number.", where=str(path), remedy=_REMEDY)
    train, valid = losses.get(TRAIN), losses.get(VALID)
    return ForeignCurve(train if train and len(train.step) else None, valid if valid and len(valid.step) else None)


def _long(path: Path, names: Sequence[str]) -> ForeignCurve:
    """Read one row per point: run, metric, step, value."""
    kinds: dict[int, type] = {names.index(name): float if name in ("step", "value") else str for name in _LONG}
    columns = _read(path, names, kinds)
    runs = sorted(set(columns[names.index("run")][0].tolist()))
    if len(runs) > 1:
        raise BadInput(
            f"It holds {len(runs)} runs ({', '.join(runs[:4])}).", where=str(path), remedy="Export one run alone."
        )
    step, value, metric = (columns[names.index(name)][0] for name in ("step", "value", "metric"))
    losses = {}
    for name in (TRAIN, VALID):
        mine = metric == name
        lines = np.flatnonzero(mine)
        _check_steps(path, step[mine], np.isfinite(step[mine]), lines)
        losses[name] = Curve(step[mine], value[mine])
    return _foreign(path, losses)


def _checked_header(path: Path) -> list[str]:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise BadInput("This is a folder, not a CSV file.", where=str(path))
        with path.open("rb") as file:
            line = file.readline(1_000_000)
    except OSError as error:
        raise BadInput(f"The file cannot be read: {error.strerror}.", where=str(path)) from error
    if not line.strip():
        raise BadInput("The file is empty." if not size else "Its first line is empty.", where=str(path))
    if size > LARGEST:
        raise BadInput(
            f"The file has {size / 1e9:.1f} GB; at most {LARGEST / 1e9:.0f} GB are read.",
            where=str(path),
            remedy=f"Keep only the columns {STEP}, {TRAIN} and {VALID}.",
        )
    try:
        return _names(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput("This is not a text file in UTF-8.", where=f"{path}, line 1") from error


def _names(line: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader(io.StringIO(line)), [])]
    except csv.Error:
        return []


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Return where the known columns stand.  The exact name wins over another spelling."""
    lowered = [name.lower() for name in names]
    found = {}
    for name, spellings in _NAMES.items():
        place = next((lowered.index(spelling) for spelling in spellings if spelling in lowered), None)
        if place is not None:
            found[name] = place
    return found


def _read(path: Path, names: Sequence[str], wanted: dict[int, type]) -> dict[int, tuple[Any, Any]]:
    """Return values, and where there are any, of the wanted columns by place; shape (n,) each."""
    import pyarrow as pa
    import pyarrow.csv

    own = [str(place) for place in range(len(names))]  # names may come twice
    options = pyarrow.csv.ConvertOptions(
        include_columns=[str(place) for place in wanted],
        column_types={str(place): pa.float64() if kind is float else pa.string() for place, kind in wanted.items()},
        null_values=[""],
        strings_can_be_null=False,
    )
    read = pyarrow.csv.ReadOptions(column_names=own, skip_rows=1, use_threads=False)
    try:
        table = pyarrow.csv.read_csv(path, read, pyarrow.csv.ParseOptions(ignore_empty_lines=True), options)
    except pa.ArrowInvalid as error:
        raise _found_by_hand(path, names, wanted, str(error)) from None
    result = {}
    for place in wanted:
        column = table[str(place)].combine_chunks()
        there = np.asarray(column.is_valid())
        result[place] = (np.asarray(column.to_numpy(zero_copy_only=False)), there)
    return result


def _found_by_hand(path: Path, names: Sequence[str], wanted: dict[int, type], reason: str) -> BadInput:
    """Return what is wrong and on which line; `reason` is said where nothing is found."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.reader(file)
        next(reader)
        try:
            for row in reader:
                if not row:
                    continue
                where = f"{path}, line {reader.line_num}"
                if len(row) != len(names):
                    return BadInput(f"It has {len(row)} cells; the header has {len(names)}.", where=where)
                for place, kind in wanted.items():
                    if kind is float and row[place] and not _is_number(row[place]):
                        return BadInput(f"{names[place]} is {row[place][:40]!r}, which is no number.", where=where)
        except csv.Error as error:
            return BadInput(f"The line is no CSV: {error}.", where=f"{path}, line {reader.line_num}")
    return BadInput(f"The file cannot be read as CSV: {reason}.", where=str(path))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _check_steps(path: Path, step: Floats, known: Any, rows: Any = None) -> None:
    """Refuse steps that are missing, not finite, negative, or going back; `rows` are their places in the file."""

    def where(index: int) -> str:
        return f"{path}, line {int(index if rows is None else rows[index]) + 2}"

    wrong = np.flatnonzero(~known | ~np.isfinite(step) | ~(step >= 0))
    if len(wrong):
        first = int(wrong[0])
        told = f"The step is {step[first]:g}" if known[first] else "There is no step"
        raise BadInput(f"{told}; it must be a number from 0.", where=where(first))
    back = np.flatnonzero(np.diff(step) < 0)
    if len(back):
        first = int(back[0])
        raise BadInput(
            f"Step {step[first + 1]:g} comes after step {step[first]:g}; the rows must be in the order of training.",
            where=where(first + 1),
            remedy="Sort the file by step, or leave out what was trained again after a resume.",
        )

"""Comparing what was computed twice: points bit by bit, states by digest and then tensor by tensor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.checkpoints.reading import Checkpoint, read_checkpoint
from core.checkpoints.state_json import State
from core.errors import CheckpointError
from core.proof.record import points_after
from core.runs.columns import to_column
from core.runs.proof import Difference, Value
from core.runs.state import RunState

_NOT_REPEATED = ("test/",)  # measured once, when a run has ended
_MOST_TENSORS = 20  # named of a state that differs


def metrics_between(state: RunState, step: int, to_step: int) -> list[str]:
    """Return the metrics that have live points after `step` up to `to_step` and that a continuation measures again."""
    found = []
    for metric in sorted(state.metrics):
        steps, _ = points_after(state, metric, step)
        if len(steps) and steps[0] <= to_step and not metric.startswith(_NOT_REPEATED):
            found.append(metric)
    return found


def compare_points(expected: RunState, found: RunState, step: int, to_step: int) -> tuple[int, list[Difference]]:
    """Compare all points after `step` up to `to_step`; return how many there are and one difference for each metric."""
    metrics = sorted({*metrics_between(expected, step, to_step), *metrics_between(found, step, to_step)})
    count, differences = 0, []
    for metric in metrics:
        first, second = (_upto(*points_after(state, metric, step), to_step) for state in (expected, found))
        count += max(len(first[0]), len(second[0]))
        if (difference := _metric_difference(metric, first, second)) is not None:
            differences.append(difference)
    return count, differences


def compare_states(step: int, expected: Path, found: Path) -> list[Difference]:
    """Return what differs between two checkpoint files of one step, the tensors that differ most first.

    Raises CheckpointError when one of them cannot be read.
    """
    first, second = read_checkpoint(expected), read_checkpoint(found)
    tensors = [one for name in first.tensors for one in _tensor_difference(name, step, first, second)]
    tensors += [
        Difference(what=f"tensor {name}", step=step, expected="nothing", found="there")
        for name in second.tensors.keys() - first.tensors.keys()
    ]
    tensors.sort(key=lambda one: -np.inf if one.relative is None else -one.relative)
    scalars = [
        Difference(
            what=f"state {name}", step=step, expected=_value(was), found=_value(now), relative=_relative(was, now)
        )
        for name, was, now in _scalar_differences("", first.state, second.state)
    ]
    return scalars + tensors[:_MOST_TENSORS]


def compare_with_file(step: int, digest: str, found: Path, original: Path) -> list[Difference]:
    """Return what differs between a state that was announced with another digest and the one found.

    Where the file that held it is gone, or is not that state any more, only that they differ can be said.
    """
    try:
        differences = compare_states(step, original, found)
    except CheckpointError:
        differences = []
    return differences or [Difference(what="the whole state", step=step, expected=digest[:12], found="another")]


def _upto(steps: NDArray[Any], values: NDArray[Any], to_step: int) -> tuple[NDArray[Any], NDArray[Any]]:
    end = int(np.searchsorted(steps, to_step, "right"))
    return steps[:end], values[:end]


def _metric_difference(
    metric: str, first: tuple[NDArray[Any], NDArray[Any]], second: tuple[NDArray[Any], NDArray[Any]]
) -> Difference | None:
    """Return where two columns of points differ; None when every bit of every point is the same."""
    lone = np.setxor1d(first[0], second[0])
    _, mine, theirs = np.intersect1d(first[0], second[0], assume_unique=True, return_indices=True)
    steps, was, now = first[0][mine], first[1][mine], second[1][theirs]
    other = ~((was == now) | (np.isnan(was) & np.isnan(now)))
    places = np.flatnonzero(other)
    if len(lone) and (not len(places) or lone[0] <= steps[places[0]]):
        at = lone[0]
        pair = (_at(first, at), _at(second, at))
        return Difference(what=metric, step=int(at), expected=pair[0], found=pair[1], count=len(lone) + len(places))
    if not len(places):
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        relative = np.abs(was - now)[places] / np.maximum(np.abs(was), np.abs(now))[places]
    worst = int(np.argmax(np.where(np.isfinite(relative), relative, np.inf)))
    return Difference(
        what=metric,
        step=int(steps[places[0]]),
        expected=to_column([was[places[0]]])[0],
        found=to_column([now[places[0]]])[0],
        relative=float(relative[worst]) if np.isfinite(relative[worst]) else None,
        largest_at=int(steps[places[worst]]),
        count=len(places) + len(lone),
    )


def _at(points: tuple[NDArray[Any], NDArray[Any]], step: float) -> Value:
    place = np.flatnonzero(points[0] == step)
    return to_column([points[1][place[0]]])[0] if len(place) else None


def _tensor_difference(name: str, step: int, first: Checkpoint, second: Checkpoint) -> Iterator[Difference]:
    """Yield the difference of one tensor, if any: of fractions relative to its largest value, of others their count."""
    was, now = first.tensors[name], second.tensors.get(name)
    what = f"tensor {name}"
    if now is None or was.shape != now.shape or was.dtype != now.dtype:
        yield Difference(what=what, step=step, expected=_kind(was), found=_kind(now))
        return
    if was.tobytes() == now.tobytes():
        return
    if was.dtype.kind != "f" or name.startswith("rng/"):
        yield Difference(what=what, step=step, count=int(np.count_nonzero(was != now)))
        return
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(was.astype(np.float64) - now.astype(np.float64)).ravel()
        scale = max(float(np.abs(was).max()), float(np.abs(now).max()))
        worst = int(np.argmax(np.where(np.isnan(gap), np.inf, gap)))
        relative = gap[worst] / scale if scale else np.inf
    yield Difference(
        what=what,
        step=step,
        expected=to_column([float(was.ravel()[worst])])[0],
        found=to_column([float(now.ravel()[worst])])[0],
        relative=float(relative) if np.isfinite(relative) else None,
        count=int(np.count_nonzero(gap)) or 1,
    )


def _kind(array: NDArray[Any] | None) -> str:
    return "nothing" if array is None else f"{array.dtype.name} {'x'.join(map(str, array.shape)) or 'scalar'}"


def _scalar_differences(path: str, was: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield name and both values of each scalar that differs; what belongs to the clock is left out."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in sorted(was.keys() | now.keys()):
            if path or key != "clock":
                yield from _scalar_differences(f"{path}.{key}" if path else key, was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for number, pair in enumerate(zip(was, now, strict=True)):
            yield from _scalar_differences(f"{path}.{number}", *pair)
    elif was != now and not (was != was and now != now):
        yield path, was, now


def _relative(was: Any, now: Any) -> float | None:
    """Return how far apart two fractions are, relative to the larger; None for whole numbers and everything else."""
    if not (isinstance(was, float) and isinstance(now, float)):
        return None
    with np.errstate(all="ignore"):
        relative = abs(np.float64(was) - now) / max(abs(was), abs(now))
    return float(relative) if np.isfinite(relative) else None


def _value(value: State | Any) -> Value:
    if isinstance(value, float):
        return to_column([value])[0]
    return None if value is None else str(value)

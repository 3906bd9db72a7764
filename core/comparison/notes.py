"""What whoever reads the numbers of a comparison should know.  In the child process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from core.comparison.common import Common, split_of
from core.comparison.opening import Opened
from core.comparison.result import Comparison, MetricRow, as_float
from core.comparison.weights import same_weights

_AGREES = 1e-4  # relative; another batch size or thread count moves the last digits


def about(opened: Sequence[Opened], common: Common, result: Comparison) -> list[str]:
    """Return sentences, each once, the weightiest first."""
    first = opened[0]
    found = [text for one in opened for text in _about_one(one, result, opened.index(one))]
    if common.why[0] is None and common.split == "train":
        found.append("Nothing is held out for validation, so everything is measured on the training split.")
    for number, other in enumerate(opened[1:], start=1):
        pair = f"{first.run.id}@{first.step} and {other.run.id}@{other.step}"
        if same_weights(first.weights, other.weights):
            found.append(f"{pair} hold the same weights.")
        if common.why[number] is None and _splits_differ(first, other, common):
            found.append(
                f"Runs {first.run.id} and {other.run.id} split the data differently: metrics are over each run's own "
                f"split, everything by example over the {common.examples.count:,} examples that both hold out."
            )
        if common.why[number] is None and _losses_differ(first, other):
            found.append(f"Runs {first.run.id} and {other.run.id} have different losses, which cannot be subtracted.")
    return list(dict.fromkeys(found))


def without_wrong_differences(
    rows: Sequence[MetricRow], opened: Sequence[Opened], same: Sequence[bool]
) -> list[MetricRow]:
    """Return the rows without differences that mean nothing: between other data, or of losses of other kinds."""
    for row in rows:
        is_loss = row.name.rpartition("/")[2] == "loss"
        for number, other in enumerate(opened):
            alike = same[number] if row.measured else same[number] or _same_recorded_data(opened[0], other)
            if not alike or (is_loss and _losses_differ(opened[0], other)):
                row.differences[number] = None
    return list(rows)


def _about_one(one: Opened, result: Comparison, number: int) -> Iterator[str]:
    run = f"Run {one.run.id}"
    if one.averaged:
        yield f"{run} averages its weights (EMA): the averaged ones are compared, as in its own evaluation."
    if one.frozen:
        yield f"{run}@{one.step} has {len(one.frozen)} frozen parameters."
    environment = one.run.record().environment
    then = environment.data_sha256 if environment else ""
    if one.data is not None and then and then != one.data.fingerprint:
        yield f"The data of run {one.run.id} has changed since it was trained; all is measured on what it is now."
    else:
        yield from islice(_differing_from_record(one, result, number), 1)


def _differing_from_record(one: Opened, result: Comparison, number: int) -> Iterator[str]:
    """Yield where what is measured now is not what the run recorded at that very step."""
    for row in result.metrics:
        steps, _, _, values = one.state.series(row.name).live_points()
        at = np.flatnonzero(steps == one.step)
        if not row.measured or row.values[number] is None or not len(at):
            continue
        now, then = as_float(row.values[number]), float(values[at[-1]])
        if not np.isclose(now, then, rtol=_AGREES, atol=1e-6, equal_nan=True):
            yield (
                f"Run {one.run.id} recorded {row.name} {then:.6g} at step {one.step:,}, its weights give {now:.6g} "
                f"here: code or device have changed."
            )


def _same_recorded_data(first: Opened, other: Opened) -> bool:
    """Say whether two runs were trained on the same data, whether or not it is still there."""
    if first.run == other.run:
        return True
    then = [one.run.record().environment for one in (first, other)]
    digests = [one.data_sha256 if one else "" for one in then]
    return digests[0] == digests[1] != "" and first.spec.data == other.spec.data


def _splits_differ(first: Opened, other: Opened, common: Common) -> bool:
    if first.data is None or other.data is None or first.data is other.data:
        return False
    mine, theirs = (split_of(one, common.split) for one in (first.data, other.data))
    return len(mine) != len(theirs) or not np.array_equal(np.sort(mine), np.sort(theirs))


def _losses_differ(first: Opened, other: Opened) -> bool:
    if first.spec.training.loss != other.spec.training.loss:
        return True
    scales = [one.data.target_scale if one.data else None for one in (first, other)]
    return scales[0] != scales[1]

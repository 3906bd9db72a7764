"""Which examples checkpoints can be compared on one by one, and why some cannot.  In the child process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.comparison.forward import Ints, data_of
from core.comparison.opening import Opened
from core.comparison.result import Examples
from core.data.prepared import PreparedData

_NAMES = {"valid": "validation split", "train": "training split"}


@dataclass(frozen=True)
class Common:
    """Examples that lie in the same split for every checkpoint that has `why` None.

    `indices` (n,) are their numbers in the data set; `why` says of each of the others why it has none in common.
    """

    split: Literal["train", "valid"]
    indices: Ints
    examples: Examples
    why: list[str | None]


def common_examples(checkpoints: Sequence[Opened]) -> Common:
    """Return the examples to compare on: the validation split, or the training split where nothing is held out.

    Where runs split the same data differently, those held out by all of them.
    """
    first = checkpoints[0]
    if first.data is None:
        split: Literal["train", "valid"] = "valid"
        indices = np.empty(0, np.int64)
    else:
        split = "valid" if len(first.data.valid) else "train"
        indices = split_of(first.data, split)
    whole = len(indices)
    why: list[str | None] = [None if first.data is not None else _unreadable(first)]
    for other in checkpoints[1:]:
        reason = _other_data(first, other)
        if reason is None:
            assert other.data is not None
            shared = indices[np.isin(indices, split_of(other.data, split))]
            if len(shared):
                indices = shared
            else:
                reason = f"The {_NAMES[split]} of run {other.run.id} shares no example with that of {first.run.id}."
        why.append(reason)
    chosen = "the whole split" if len(indices) == whole else f"those in the {_NAMES[split]} of every run compared"
    return Common(split, indices, Examples(split=split, count=len(indices), of=whole, chosen=chosen), why)


def split_of(data: PreparedData, split: Literal["train", "valid"]) -> Ints:
    """Return the numbers of the examples of a split."""
    return data.valid if split == "valid" else data.train


def subset(indices: Ints, examples: Examples, most: int, *, shuffled: bool = False) -> tuple[Ints, Examples]:
    """Return at most `most` of `indices`, drawn at random with seed 0 where there are more, and what to say of them.

    `shuffled`: in random order, else in their own.
    """
    count = min(most, len(indices))
    order = np.random.default_rng(0).permutation(len(indices))[:count]
    chosen = examples.chosen if count == len(indices) else f"at random with seed 0, of {examples.chosen}"
    picked = indices[order if shuffled else np.sort(order)]
    return picked, Examples(split=examples.split, count=count, of=examples.of, chosen=chosen)


def _other_data(first: Opened, other: Opened) -> str | None:
    """Return why the examples of two runs are not the same ones, or None."""
    if first.data is None or other.data is None:
        return _unreadable(first if first.data is None else other)
    mine, theirs = data_of(first), data_of(other)
    pair = f"Runs {first.run.id} and {other.run.id}"
    if mine.fingerprint != theirs.fingerprint:
        return f"{pair} have different data, so their examples cannot be compared one by one."
    targets = [(one.shape.task, one.classes, one.examples.targets(one.train[:0]).shape[1:]) for one in (mine, theirs)]
    if targets[0] != targets[1] or len(mine.examples) != len(theirs.examples):
        return f"{pair} predict different targets of the same data."
    return None if _same_targets(mine, theirs) else f"{pair} predict different targets of the same data."


def _same_targets(mine: PreparedData, theirs: PreparedData) -> bool:
    """Compare the targets of all examples in their own unit; targets are in memory whatever the inputs are."""
    if mine is theirs:
        return True
    every = np.arange(len(mine.examples))
    left, right = (
        np.asarray(one.examples.targets(every), np.float64) * one.target_scale[1] + one.target_scale[0]
        for one in (mine, theirs)
    )
    return bool(np.allclose(left, right, rtol=1e-5, atol=1e-5 * mine.target_scale[1]))


def _unreadable(opened: Opened) -> str:
    return f"The data of run {opened.run.id} cannot be read: {opened.why_no_data}"

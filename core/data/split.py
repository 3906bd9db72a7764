"""Which examples are trained on, which are held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError
from core.spec.data import SplitSpec

Indices = NDArray[np.int64]
TRAIN, VALID, TEST = 0, 1, 2
_WORDS = {
    "train": TRAIN,
    "training": TRAIN,
    "valid": VALID,
    "validation": VALID,
    "val": VALID,
    "dev": VALID,
    "test": TEST,
    "testing": TEST,
    **{form.format(code): code for code in (TRAIN, VALID, TEST) for form in ("{}", "{}.0")},
}
_STREAM = 0x5B117  # keeps the split's random numbers apart from the sampler's with the same seed


class Split(NamedTuple):
    """Example numbers in ascending order; no example is in two of them."""

    train: Indices
    valid: Indices
    test: Indices


def split_word(word: str) -> int | None:
    """Return 0 for train, 1 for valid, 2 for test (also as words 0, 1, 2); None for others; case does not matter."""
    return _WORDS.get(word.strip().lower())


def codes_of(labels: Sequence[object] | NDArray[np.generic], where: str) -> NDArray[np.int8]:
    """Return a split column as numbers, shape (n,): words like train and valid, or 0, 1 and 2.  Raises DataError."""
    values, inverse = np.unique(np.asarray(labels).astype(str), return_inverse=True)
    known = [split_word(value) for value in values]
    for value, code in zip(values, known, strict=True):
        if code is None:
            row = int(np.flatnonzero(values[inverse] == value)[0]) + 1
            shown = repr(str(value)) if value not in ("", "nan", "None") else "nothing"
            raise DataError(
                f"the split column says {shown} in row {row:,}.",
                where=where,
                remedy="It may say train, valid or test in every row.",
            )
    return np.array(known, np.int8)[inverse]


def split_by_codes(codes: NDArray[np.int8]) -> Split:
    """Split as a column says.  Raises DataError when nothing is left to train on."""
    parts = Split(*(np.flatnonzero(codes == code).astype(np.int64) for code in (TRAIN, VALID, TEST)))
    if not len(parts.train):
        raise DataError("no row says train.", where="data.split.column", remedy="Choose another column.")
    return parts


def split_by_fraction(n: int, spec: SplitSpec, classes: NDArray[np.int64] | None = None) -> Split:
    """Split `n` examples by the shares in `spec`, the same way for the same seed.

    With `classes` (class numbers, shape (n,)) every split has a class's share to within one example, and every class
    keeps at least one example in training.  Raises DataError when nothing would be left to train on.
    """
    if spec.valid + spec.test >= 1:
        raise DataError(
            f"validation ({spec.valid:.0%}) and test ({spec.test:.0%}) leave no examples to train on.",
            where="data.split.valid",
            remedy="The two shares together must stay below 1.",
        )
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([spec.seed, _STREAM])))
    wanted = [_count(n, share) for share in (spec.valid, spec.test)]
    if sum(wanted) >= n:
        raise DataError(
            f"{n} example{'s' if n != 1 else ''} cannot be split so: {spec.valid:.0%} for validation"
            f"{f' and {spec.test:.0%} for test' if spec.test else ''} leaves none to train on.",
            where="data.split",
            remedy="Add examples, or hold out a smaller share.",
        )
    labels = np.zeros(n, np.int64) if classes is None else classes
    # Shuffled, then sorted by class without disturbing the order: each class is one shuffled run of members.
    order = generator.permutation(n)
    order = order[np.argsort(labels[order], kind="stable")]
    sizes = np.bincount(labels)
    free = sizes - (sizes > 0) if classes is not None else sizes.copy()
    codes = np.zeros(n, np.int8)
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    for code, count in zip((VALID, TEST), wanted, strict=True):
        dealt = _apportion(count, sizes, free)
        for begin, number in zip(begins, dealt, strict=True):
            codes[order[begin : begin + number]] = code
        begins, free = begins + dealt, free - dealt
    return split_by_codes(codes)


def split_nothing(n: int) -> Split:
    """Train on everything, hold out nothing."""
    nothing = np.empty(0, np.int64)
    return Split(np.arange(n, dtype=np.int64), nothing, nothing)


def _count(n: int, share: float) -> int:
    """Return a share as a number of examples: at least one where a share is wanted and there are two or more."""
    return max(round(n * share), 1 if share > 0 and n > 1 else 0)


def _apportion(count: int, sizes: NDArray[np.int64], free: NDArray[np.int64]) -> NDArray[np.int64]:
    """Deal `count` places to classes in proportion to `sizes`, never more than are `free`: largest remainders first."""
    quota = sizes * (count / max(1, int(sizes.sum())))
    dealt: NDArray[np.int64] = np.minimum(np.floor(quota).astype(np.int64), free)
    order = np.argsort(-(quota - np.floor(quota)), kind="stable")
    while dealt.sum() < count and (dealt < free).any():
        for position in order:
            if dealt.sum() < count and dealt[position] < free[position]:
                dealt[position] += 1
    return dealt

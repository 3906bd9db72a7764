"""Random numbers that are functions of (seed, epoch, example, stream): no state, so no order to keep.

A 64-bit finaliser (Steele, Lea and Flood's splitmix, 2014) over a counter, computed for whole arrays at once.
"""

from __future__ import annotations

import statistics
from functools import cache

import numpy as np
from numpy.typing import NDArray

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def bits(seed: int, epoch: int, indices: NDArray[np.int64], stream: int = 0) -> NDArray[np.uint64]:
    """Return 64 random bits for each example, shape (n,).  Different streams are independent."""
    key = _mix_one(_mix_one(_mix_one(seed & _MASK) ^ (epoch * _GOLDEN & _MASK)) ^ (stream * _SECOND & _MASK))
    return _mix((indices.astype(np.uint64) + np.uint64(1)) * np.uint64(_GOLDEN) ^ np.uint64(key))


def uniform(seed: int, epoch: int, indices: NDArray[np.int64], stream: int = 0) -> NDArray[np.float64]:
    """Return a number in [0, 1) for each example, shape (n,)."""
    top: NDArray[np.uint64] = bits(seed, epoch, indices, stream) >> np.uint64(11)
    return top.astype(np.float64) * 2.0**-53


def normal(
    seed: int, epoch: int, indices: NDArray[np.int64], shape: tuple[int, ...], stream: int = 0
) -> NDArray[np.float32]:
    """Return standard normal numbers for each example, shape (n, *shape).

    Every 16 bits choose one of 65,536 equally likely quantiles, so no value lies beyond 4.4 deviations.
    """
    count = int(np.prod(shape))
    words = -(-count // 4)
    counters = np.arange(1, words + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    drawn = _mix(bits(seed, epoch, indices, stream)[:, None] + counters[None, :])
    # Little-endian lanes, so that the numbers are the same on every machine.
    lanes = drawn.astype("<u8", copy=False).view("<u2")[:, :count]
    numbers: NDArray[np.float32] = _quantiles()[lanes]
    return numbers.reshape(len(indices), *shape)


@cache
def _quantiles() -> NDArray[np.float32]:
    inverse = statistics.NormalDist().inv_cdf
    upper = np.array([inverse(0.5 + (k + 0.5) / 65_536) for k in range(32_768)], dtype=np.float32)
    return np.concatenate([-upper[::-1], upper])


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(_FIRST)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(_SECOND)
    return values ^ (values >> np.uint64(31))


def _mix_one(value: int) -> int:
    value = (value + _GOLDEN) & _MASK
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)

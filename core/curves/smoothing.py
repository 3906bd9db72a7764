"""Smoothing: a second line over the raw one, never instead of it.

Both kinds run in time proportional to the length, skip what is not finite (the smoothed line has a gap there), and look
only backwards or to both sides equally. The exponential mean is the usual one with its start corrected: each value is
the mean of all values so far, weighted by `decay ** age`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLOCK = 32


def decay_of(points: float) -> float:
    """Return the decay whose exponential mean looks back over about `points` points; 1 or less does not smooth."""
    return max(0.0, (points - 1.0) / (points + 1.0))


class ExponentialMean:
    """An exponential mean that goes on where it stopped: give it the column in parts, get the smoothed parts."""

    def __init__(self, decay: float) -> None:
        """`decay` is in [0, 1); 0 gives the values back."""
        if not 0 <= decay < 1:
            raise ValueError(f"The decay is {decay}; it must be at least 0 and below 1.")
        self.decay = decay
        self._sum = 0.0
        self._weight = 0.0

    def extend(self, values: Floats) -> Floats:
        """Return the smoothed values of shape (n,) for the next `values` of shape (n,); NaN where not finite."""
        finite = np.isfinite(values)
        every = bool(finite.all())
        known = values if every else np.where(finite, values, 0.0)
        sums = _decayed_sums(known, self.decay, self._sum)
        weights = (
            _weights(len(values), self.decay, self._weight)
            if every
            else _decayed_sums(finite.astype(np.float64), self.decay, self._weight)
        )
        if len(values):
            self._sum, self._weight = float(sums[-1]), float(weights[-1])
        if every:
            sums /= weights
            return sums
        smoothed = np.full(len(values), np.nan)
        np.divide(sums, weights, out=smoothed, where=finite)
        return smoothed


def exponential_mean(values: Floats, points: float) -> Floats:
    """Smooth a whole column of shape (n,) over about `points` points backwards."""
    return ExponentialMean(decay_of(points)).extend(np.asarray(values, dtype=np.float64))


def window_mean(values: Floats, points: int) -> Floats:
    """Return the mean over a window of `points` (odd) points around each value, shape (n,); shorter at both ends."""
    if points < 1 or points % 2 == 0:
        raise ValueError(f"The window is {points} points; it must be odd and at least 1.")
    finite = np.isfinite(values)
    known = np.where(finite, values, 0.0)
    # Sums of differences to the first level lose fewer digits than sums of the values themselves.
    level = float(known[finite][0]) if finite.any() else 0.0
    sums = np.concatenate(([0.0], np.cumsum(np.where(finite, known - level, 0.0))))
    counts = np.concatenate(([0], np.cumsum(finite)))
    index = np.arange(len(values))
    low, high = np.maximum(index - points // 2, 0), np.minimum(index + points // 2 + 1, len(values))
    smoothed = np.full(len(values), np.nan)
    np.divide(sums[high] - sums[low], counts[high] - counts[low], out=smoothed, where=finite)
    return smoothed + level


def _weights(count: int, decay: float, before: float) -> Floats:
    """Return what `_decayed_sums` gives for `count` ones; it soon stands still, so few powers are needed."""
    limit = 1.0 / (1.0 - decay)
    weights = np.full(count, limit)
    settled = min(count, 1 if decay == 0 else int(-40.0 / np.log(decay)) + 1)
    powers = decay ** np.arange(1, settled + 1)
    weights[:settled] = before * powers + limit * (1.0 - powers)
    return weights


def _decayed_sums(values: Floats, decay: float, before: float) -> Floats:
    """Return s with s[i] = decay * s[i - 1] + values[i] and s[-1] = before.

    Inside blocks of 32 this is a product with a triangular matrix; the carries between blocks obey the same rule
    with decay ** 32, so they are found by the same function.
    """
    if not len(values):
        return np.empty(0)
    if decay == 0:
        return values.copy()
    blocks = -(-len(values) // _BLOCK)
    padded = np.zeros(blocks * _BLOCK)
    padded[: len(values)] = values
    ages = np.arange(_BLOCK)[None, :] - np.arange(_BLOCK)[:, None]
    triangle = np.where(ages >= 0, decay ** np.maximum(ages, 0), 0.0)
    inside = padded.reshape(blocks, _BLOCK) @ triangle
    carries = np.empty(blocks)
    carries[0] = before
    if blocks > 1:
        carries[1:] = _decayed_sums(inside[:-1, -1], decay**_BLOCK, before)
    inside += carries[:, None] * decay ** np.arange(1, _BLOCK + 1)[None, :]
    sums: Floats = inside.reshape(-1)[: len(values)]
    return sums

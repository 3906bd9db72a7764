"""How much a curve jitters, without mistaking its shape for noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def jitter(values: Floats) -> float:
    """Return the standard deviation of the noise around any smooth curve, from the median second difference.

    A straight line has second difference zero and independent noise of deviation s has sqrt(6) s, so slopes do not
    count as noise, and up to half of the points may be spikes. Fewer than 3 values give 0.
    """
    if len(values) < 3:
        return 0.0
    second = values[2:] - 2 * values[1:-1] + values[:-2]
    return float(1.4826 / np.sqrt(6.0)) * median(np.abs(second))


def median(values: Floats) -> float:
    """Return the upper median of values of shape (n,), n at least 1; several times faster than NumPy's own."""
    half = len(values) // 2
    return float(np.partition(values, half)[half])


def without_spikes(values: Floats) -> Floats:
    """Return the values with single wild ones replaced by the median of the five around them; shape (n,) stays."""
    if len(values) < 7:
        return values
    padded = np.concatenate((values[2:0:-1], values, values[-2:-4:-1]))
    middle = np.sort(np.stack([padded[shift : shift + len(values)] for shift in range(5)]), axis=0)[2]
    wild = np.abs(values - middle) > 8 * max(jitter(values), 1e-12) + 0.02 * (values.max() - values.min())
    # An edge is no spike: a curve may well begin or end steeply.
    wild[:2] = wild[-2:] = False
    return np.where(wild, middle, values)


def relative(values: Floats) -> Floats:
    """Return losses on a scale on which equal distances are equal ratios: their logarithm.

    Where a loss is not positive throughout (a likelihood may be negative), it is first lifted to a hundredth of its
    range above zero.
    """
    lowest, highest = float(values.min()), float(values.max())
    if lowest > 0:
        return np.log(values)
    lift = max(0.01 * (highest - lowest), 1e-12)
    return np.log(values - lowest + lift)

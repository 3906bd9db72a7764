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
    return float(1.4826 * np.median(np.abs(second)) / np.sqrt(6.0))


def noise_of_points(values: Floats, size: Floats) -> float:
    """Return the standard deviation of single points where each value is the mean of `size` of them; both (n,)."""
    if len(values) < 3:
        return 0.0
    second = values[2:] - 2 * values[1:-1] + values[:-2]
    return float(1.4826 * np.median(np.abs(second) / np.sqrt(1 / size[2:] + 4 / size[1:-1] + 1 / size[:-2])))


def without_spikes(values: Floats) -> Floats:
    """Return the values with single wild ones replaced by the median of the five around them; shape (n,) stays."""
    if len(values) < 7:
        return values
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, mode="reflect"), 5)
    middle = np.median(around, axis=1)
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

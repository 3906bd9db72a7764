"""Where a falling curve bends: three shapes are fitted at every possible place, and each has its say by its misfit.

The shapes are two straight lines on the plain scale, two straight lines on the logarithmic scale, and an exponential
fall with a straight line under it, whose bend is where 95 % of the exponential is done (three time constants). With
normal noise of unknown size the likelihood of a place is its sum of squares to the power of minus half the number of
values, and the mean over all places and shapes so weighed is the place to name (Bayesian model averaging; Hoeting,
Madigan, Raftery and Volinsky, Statistical Science 14, 1999). What lies near that mean tells how sure it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.curves.noise import jitter
from core.curves.smoothing import window_mean
from core.curves.widening import Bins

Floats = NDArray[np.float64]

MOST_GROUPS, FEWEST_GROUPS = 64, 7
QUIET = 0.12  # relative noise that a level may keep
_PLACES = 80
_LAST = 0.92  # of the length: a bend later than that cannot be told from none
_TIME_CONSTANTS = 3.0  # 95 % of an exponential fall
_SLACK = 0.01  # no curve is followed more closely than this
_SAME = 1e-9  # of the largest value: differences that are none
_CLOSE = 0.1  # of the allowed squares: what is left of a shape that is followed as closely as any
_BEGUN = 0.1  # of the fall


@dataclass(frozen=True)
class Corner:
    """The place of the bend, in steps, and all places thought of with their weights, which sum to 1.

    `fall` is what the loss fell before it, and `start` its level there; `slower` is how many times slower it falls
    after the likeliest bend than before, and `evidence` how much better it is followed with the bend than by one
    line: the F ratio of the two fits, made smaller where what they leave is not independent from value to value.
    """

    x: float
    start: float
    fall: float
    slower: float
    evidence: float
    places: Floats
    weights: Floats

    @property
    def spread(self) -> float:
        """The standard deviation of the places thought of, in steps."""
        return float(np.sqrt(self.weights @ (self.places - self.x) ** 2))

    def within(self, reach: float) -> float:
        """Return how sure it is that the bend lies within `reach` steps of the place."""
        return min(1.0, float(self.weights[np.abs(self.places - self.x) <= reach].sum()))


@dataclass(frozen=True)
class _Fits:
    """Least squares fits of unit * (a + b u + c third) for many third columns (places, n), to one `target` (n,)."""

    third: Floats
    unit: Floats
    target: Floats
    solution: Floats  # (places, 3)
    misfit: Floats  # (places,); infinite where the fall does not slow down
    places: Floats  # where phase I would end, for each
    logarithmic: bool = False


def find_corner(loss: Bins, begin: float) -> Corner | None:
    """Return where a falling curve bends, or None when it is too short to say.

    `begin` is the step at which training began. The curve should reach beyond the bend, up to as far again. What is
    not positive throughout has no logarithm, and is followed on the plain scale alone.
    """
    curve = grouped(loss)
    if len(curve.step) < FEWEST_GROUPS:
        return None
    onset = _onset(level_of(curve.value))
    start = begin if onset == 0 else float(curve.step[onset])
    curve = Bins(curve.step[onset:], curve.value[onset:], curve.size[onset:])
    size = float(np.abs(curve.value).max())
    if len(curve.step) < 5 or curve.step[-1] <= start or np.ptp(curve.value) <= _SAME * size:
        return None
    span = float(curve.step[-1]) - start
    u, y = (curve.step - start) / span, curve.value / size
    level = level_of(y)
    unit = np.sqrt(curve.size / curve.size.mean()) / _uncertainty(y, level)
    inner = np.linspace(float(u[0] + u[1]) / 2, min(float(u[-2] + u[-3]) / 2, _LAST), _PLACES)
    fits = _shapes(u, y, level, unit, inner)
    misfit = np.stack([fit.misfit for fit in fits]) + _CLOSE * len(u)
    if not np.isfinite(misfit).any():
        return None
    shape, likeliest = (int(index) for index in np.unravel_index(int(np.argmin(misfit)), misfit.shape))
    independent, gained = _evidence(fits[shape], likeliest, u, alone=_misfit_of_one_line(u, unit, unit * y))
    chance = (misfit / misfit.min()) ** (-0.5 * independent)
    chance /= chance.sum()
    places = np.stack([fit.places for fit in fits])
    mean = float((chance * places).sum())
    values = _values(fits[shape], likeliest, u)
    first, at, last = np.interp([0.0, mean, 1.0], np.append(0.0, u), values)
    slower = (first - at) / mean / ((at - last) / (1 - mean)) if at - last > _SAME else np.inf
    places = (start + span * places).ravel()
    return Corner(
        start + span * mean, size * first, size * (first - at), slower, independent * gained, places, chance.ravel()
    )


def _shapes(u: Floats, y: Floats, level: Floats, unit: Floats, inner: Floats) -> list[_Fits]:
    """Fit each shape with its bend at each of the inner places; `unit` is one over the uncertainty of y."""
    bends = np.maximum(u[None, :] - inner[:, None], 0.0)
    decays = np.exp(-_TIME_CONSTANTS * u[None, :] / inner[:, None])
    fits = [_fit(u, bends, unit, unit * y, inner), _fit(u, decays, unit, unit * y, inner)]
    if y.min() > _SAME:
        # The logarithm to first order around the level: free of the bias that noise gives to a logarithm.
        logarithm = _fit(u, bends, unit * level, unit * level * (np.log(level) + y / level - 1), inner)
        # A straight fall on that scale is an exponential one: 95 % of it may be done before the bend.
        soonest = _TIME_CONSTANTS / np.maximum(-logarithm.solution[:, 1], 1e-9)
        fits.append(replace(logarithm, places=np.minimum(inner, soonest), logarithmic=True))
    return fits


def grouped(curve: Bins, most: int = MOST_GROUPS) -> Bins:
    """Return means of about equally many points each, at most so many of them."""
    stop = np.cumsum(curve.size)
    group = np.floor((stop - curve.size / 2) / (stop[-1] / most))
    starts = np.flatnonzero(np.diff(group, prepend=-1.0))
    size = np.add.reduceat(curve.size, starts)
    step = np.add.reduceat(curve.step * curve.size, starts) / size
    value = np.add.reduceat(curve.value * curve.size, starts) / size
    return Bins(step, value, size)


def _onset(value: Floats) -> int:
    """Return where the fall began: a plateau before it has no say in where it ends."""
    smooth = window_mean(value, 3)
    lowest = int(np.argmin(smooth))
    highest = float(smooth[: lowest + 1].max())
    high = np.flatnonzero(smooth[: lowest + 1] >= highest - _BEGUN * (highest - float(smooth[lowest])))
    return int(high[-1])


def level_of(y: Floats) -> Floats:
    """Return values smoothed where there is much noise in them, shape (n,); unchanged unless all are positive."""
    if y.min() <= _SAME * np.abs(y).max():
        return y
    noise = jitter(np.log(y))
    wide = min((noise / QUIET) ** 2, len(y) / 5)
    return window_mean(y, max(3, int(wide) | 1)) if noise > QUIET / 4 else y


def _uncertainty(y: Floats, level: Floats) -> Floats:
    """Return how far from each value a shape may pass: the noise around it, and a little of the fall and of the level.

    The noise is the median second difference nearby; it may grow with the loss or not. No curve has quite the shape
    of its model, so without noise a hundredth of its range is allowed.
    """
    least = np.hypot(_SLACK * float(np.ptp(level)), _SLACK * np.abs(level))
    if len(y) < 7:
        return least
    second = np.pad(np.abs(y[2:] - 2 * y[1:-1] + y[:-2]), 1, mode="edge") * (1.4826 / np.sqrt(6.0))
    reach = max(3, len(y) // 8)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(second, reach, mode="edge"), 2 * reach + 1)
    uncertainty: Floats = np.hypot(np.sort(around, axis=1)[:, reach], least)
    return uncertainty


def _fit(u: Floats, third: Floats, unit: Floats, target: Floats, places: Floats) -> _Fits:
    """Fit for each of the third columns, shape (places, n); all but those columns is the same for all."""
    scaled = third * unit
    gram, right = np.empty((len(third), 3, 3)), np.empty((len(third), 3))
    first, second = unit, unit * u
    gram[:, 0, 0], gram[:, 0, 1], gram[:, 1, 1] = first @ first, first @ second, second @ second
    gram[:, 0, 2], gram[:, 1, 2], gram[:, 2, 2] = scaled @ first, scaled @ second, (scaled * scaled).sum(axis=1)
    gram[:, 1, 0], gram[:, 2, 0], gram[:, 2, 1] = gram[:, 0, 1], gram[:, 0, 2], gram[:, 1, 2]
    right[:, 0], right[:, 1], right[:, 2] = first @ target, second @ target, scaled @ target
    ridge = 1e-10 * gram[:, 0, 0][:, None, None] * np.eye(3)
    solution = np.linalg.solve(gram + ridge, right[:, :, None])[:, :, 0].astype(np.float64)
    left = target - solution[:, :1] * first - solution[:, 1:2] * second - solution[:, 2:] * scaled
    misfit: Floats = np.where(solution[:, 2] > 0, (left * left).sum(axis=1), np.inf)
    return _Fits(third, unit, target, solution, misfit, places)


def _values(fits: _Fits, place: int, u: Floats) -> Floats:
    """Return what one fit says of the curve at its beginning (u = 0) and at each u; shape (n + 1,)."""
    a, b, c = fits.solution[place]
    values = a + b * u + c * fits.third[place]
    slope = (values[1] - values[0]) / (u[1] - u[0])
    values = np.append(values[0] - slope * u[0], values)
    return np.exp(values) if fits.logarithmic else values


def _misfit_of_one_line(u: Floats, unit: Floats, target: Floats) -> float:
    design = np.stack((unit, unit * u), axis=1)
    left = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    return float(left @ left)


def _evidence(fits: _Fits, place: int, u: Floats, alone: float) -> tuple[float, float]:
    """Return how many independent values are left over, and by how much the misfit of one line exceeds the bend's."""
    a, b, c = fits.solution[place]
    left = fits.target - fits.unit * (a + b * u + c * fits.third[place])
    square = float(left @ left)
    # What is followed as closely as any curve is to be leaves no noise to speak of, only shape.
    alike = float(left[1:] @ left[:-1]) / square if square > len(u) else 0.0
    alike = float(np.clip(alike, 0.0, 0.9))
    independent = max(len(u) - 4, 1) * (1 - alike) / (1 + alike)
    return independent, alone / (square + _CLOSE * len(u)) - 1

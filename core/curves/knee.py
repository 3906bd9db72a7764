"""The end of phase I: most of the fall of the loss is done, and what is left comes slowly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.curves.noise import noise_of_points, without_spikes
from core.curves.widening import Bins

Floats = NDArray[np.float64]

FEWEST_BINS = 7
FEWEST_AFTER = 3
DONE = 0.95
SLOWER = 5.0
SETTLING = 1.3
SMALLEST_FALL = 0.05
BEYOND_NOISE = 4.0
KEPT = 0.4
_REACH = 0.12
_LEVEL_NOISE = 0.03


@dataclass(frozen=True)
class Knee:
    """Where phase I ended, if it has; `rule` says why or why not."""

    step: float | None
    confidence: float
    rule: str


def find_knee(loss: Bins) -> Knee:
    """Return where the loss had done most of its fall.

    Rule: the fall is counted on the plain loss, from its level at the start to the lowest level so far. Phase I ended
    where 95 % of the fall was done, as soon as the last 5 % have come at less than a fifth of the speed of the first
    95. It has not ended while the fall is within four standard errors of noise, or below 5 % of the first level.

    Once found, the boundary settles until the run is a third longer, and then stays where it is, unless the loss falls
    on so far that what had been reached was less than 40 % of the fall: then it was only a plateau on the way. Shares
    of the loss's own fall and ratios of speeds have no unit, so the scale of the loss does not matter, nor how long
    the run will be.
    """
    if len(loss.step) < FEWEST_BINS:
        return Knee(None, 0.0, f"Not yet: {len(loss.step)} points of loss, {FEWEST_BINS} are needed.")
    level, error = _levels(loss)
    first, best = float(level[0]), np.minimum.accumulate(level)
    fall = first - best
    needed = np.maximum(BEYOND_NOISE * error, SMALLEST_FALL * abs(first))
    if not fall[-1] > 0 or fall[-1] < needed[-1]:
        return Knee(None, 0.0, "Not yet: the loss has not fallen beyond its noise, or by less than 5 %.")
    place, bins_since = _places(loss.step, best, first - DONE * fall)
    before, since = place - _beginning(loss.step), loss.step - place
    slowing = DONE / (1 - DONE) * since / before
    ended = (slowing >= SLOWER) & (bins_since >= FEWEST_AFTER) & (fall >= needed) & (fall >= KEPT * fall[-1])
    if not ended.any():
        return Knee(None, 0.3 * min(1.0, float(slowing[-1]) / SLOWER), _still(float(slowing[-1])))
    found = _settled(int(np.argmax(ended)), loss.step, place)
    step, done = float(place[found]), float(first - DONE * fall[found])
    rest = max(done - float(best[-1]), 1e-12 * fall[found])
    ratio = DONE * float(fall[found]) / float(before[found]) / (rest / (float(loss.step[-1]) - step))
    rule = (
        f"By step {step:,.0f} the loss had done {DONE:.0%} of its fall from {first:.3g}, then at {done:.3g}; "
        f"since then it {'has hardly fallen' if ratio > 1000 else f'falls {ratio:,.0f} times slower'}."
    )
    clear = 1 - needed[found] / fall[found] / 2
    settled = 1 - SLOWER / 2 / max(ratio, SLOWER)
    return Knee(step, float(np.clip(clear * settled * len(level) / (len(level) + 4), 0.0, 1.0)), rule)


def _settled(found: int, step: Floats, place: Floats) -> int:
    """Return the bin from which the boundary is seen best: it may settle until the run is a third longer.

    When it is found the fall is not quite done, so it is placed early. A later fall, as after a drop of the learning
    rate, would carry it past where it had been found, and is not followed.
    """
    begin = _beginning(step)
    last = int(np.searchsorted(step, begin + SETTLING * (step[found] - begin), "right"))
    near = np.flatnonzero(place[found:last] <= step[found])
    return found + int(near[-1])


def _still(slowing: float) -> str:
    if slowing < 1.5:
        return "Not yet: the loss still falls as fast as at the start."
    return f"Not yet: the last 5 % of the fall came {min(slowing, SLOWER):.1f} times slower; {SLOWER:.0f} are needed."


def _places(step: Floats, best: Floats, threshold: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return, as seen from each bin, where the lowest level first fell to the threshold, and how many bins ago."""
    at = np.minimum(np.searchsorted(-best, -threshold, "left"), len(best) - 1)
    left = np.maximum(at - 1, 0)
    gap = best[left] - best[at]
    share = np.where(gap > 0, (best[left] - threshold) / np.where(gap > 0, gap, 1.0), 1.0)
    place = step[left] + np.clip(share, 0.0, 1.0) * (step[at] - step[left])
    return place, np.arange(len(best)) - at


def _levels(loss: Bins) -> tuple[Floats, Floats]:
    """Return the level of the loss at each bin and the standard error of its fall until there; both of shape (n,).

    The level is a mean over the points 12 % around, for a stretch that is short beside the time so far cannot blur
    when something happened; and over more where the noise would else be felt beside the fall.
    """
    value = without_spikes(loss.value)
    # A loss that falls to a hundredth takes its noise along: while it falls fast, the noise of the first bins counts.
    early = max(FEWEST_BINS, len(value) // 2)
    noise = max(noise_of_points(value, loss.size), noise_of_points(value[:early], loss.size[:early]))
    points = float(loss.size.sum())
    least = points / 16
    for _ in range(3):
        level, count = _around(value, loss.size, least)
        fall = float(level[0] - level.min())
        if fall <= 0:
            break
        least = min((noise / (_LEVEL_NOISE * fall)) ** 2, points / 8)
    error: Floats = noise * np.sqrt(1 / count + 1 / count[0])
    return level, error


def _around(value: Floats, size: Floats, least: float) -> tuple[Floats, Floats]:
    """Return the mean over the points around each bin and their number; `least` is the smallest width in points."""
    stop = np.cumsum(size)
    start, middle = stop - size, stop - size / 2
    half = np.maximum(_REACH * middle, least / 2)
    own = np.arange(len(value))
    first = np.minimum(np.searchsorted(stop, middle - half, "right"), own)
    last = np.maximum(np.searchsorted(start, middle + half, "left"), own + 1)
    sums = np.concatenate(([0.0], np.cumsum(value * size)))
    count = np.concatenate(([0.0], stop))
    points = count[last] - count[first]
    return (sums[last] - sums[first]) / points, points


def _beginning(step: Floats) -> float:
    """Return where training began: one distance of points before the first of them."""
    return float(2 * step[0] - step[1])

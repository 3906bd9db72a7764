"""The end of phase II: validation turns for good while training still improves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.curves.curve import Curve
from core.curves.hinge import best_hinge
from core.curves.noise import jitter, relative, without_spikes
from core.curves.smoothing import window_mean

Floats = NDArray[np.float64]

FEWEST_POINTS = 8
PATIENCE = 0.06
FEWEST_PATIENT = 4
BEYOND_NOISE = 5.0
SMALLEST_RISE = 0.02
SMALLEST_SHARE = 0.02
AFTER_KNEE = 0.25  # of the length of phase I: the bend itself is no wandering of the noise


@dataclass(frozen=True)
class Turn:
    """Where validation turned, if it has; `rule` says why or why not."""

    step: float | None
    confidence: float
    rule: str


def find_turn(train: Curve | None, valid: Curve | None, since: float = -np.inf) -> Turn:
    """Return where a reduced validation loss turns for good, at or after the step `since`.

    Rule: the smoothed validation loss has its lowest point; since then at least a patience window (6 % of all points,
    four at least) has passed, and throughout the later half of what followed, a window at least, the loss lies above
    the lowest point by more than five standard errors, by 2 %, and by 2 % of what was gained before, while the
    training loss has gone on falling beyond its own noise. That the best point lies before the last is never enough.
    """
    if valid is None or not len(valid.step):
        return Turn(None, 0.0, "None: without validation, overfitting cannot be seen.")
    if len(valid.step) < FEWEST_POINTS:
        return Turn(None, 0.0, f"Not yet: {len(valid.step)} points of validation, {FEWEST_POINTS} are needed.")
    y = without_spikes(relative(valid.value))
    count = len(y)
    window = max(3, count // 16) | 1
    patience = max(FEWEST_PATIENT, round(PATIENCE * count))
    smooth = window_mean(y, window)
    lowest = int(np.argmin(smooth))
    if count - 1 - lowest < patience:
        return Turn(None, 0.0, "Not yet: validation was at its best just now.")
    noise = max(jitter(y), _spread(y - smooth))
    recent = max(patience, (count - 1 - lowest) // 2)
    error = noise * np.sqrt(1 / recent + 1 / window)
    settled = int(np.searchsorted(valid.step, since + AFTER_KNEE * max(since - float(valid.step[0]), 0.0)))
    error = max(error, _wander(y[settled : lowest + 1], patience))
    floor = float(smooth[lowest])
    rise = float(np.median(y[-recent:])) - floor
    gained = float(np.median(y[: max(1, count // 16)])) - floor
    needed = max(BEYOND_NOISE * error, SMALLEST_RISE, SMALLEST_SHARE * gained)
    if rise < needed:
        above = f"validation lies {max(rise, 0.0):.1%} above its best; {needed:.1%} or less may be noise"
        return Turn(None, 0.0, f"Not yet: {above}.")
    if float(smooth[-recent:].min()) - floor < 0.5 * needed:
        return Turn(None, 0.0, f"Not yet: validation lies {rise:.1%} above its best, but was near it just now.")
    place = _place(valid.step, y, smooth, lowest, 0.5 * rise, window)
    improving = _still_falls(train, place)
    if improving is False:
        return Turn(None, 0.0, "None: validation rises, but training has stopped improving: not overfitting.")
    confidence = float(np.clip(1 - needed / rise / 2, 0.0, 1.0)) * (1.0 if improving else 0.6)
    meanwhile = "training still improves" if improving else "there is no training curve to compare with"
    rule = (
        f"Validation turned at step {place:,.0f}: over the last {recent} points it lies {np.expm1(rise):.0%} above "
        f"its lowest smoothed value ({np.expm1(needed):.1%} would be noise or too little) while {meanwhile}."
    )
    return Turn(place, confidence, rule)


def _wander(y: Floats, patience: int) -> float:
    """Return how far means over a patience window strayed from a parabola before the turn; 0 when there are too few.

    Noise that is not independent from point to point moves such means further than its jitter tells.
    """
    whole = len(y) // patience
    if whole < 6:
        return 0.0
    means = y[len(y) - whole * patience :].reshape(whole, patience).mean(axis=1)
    place = np.linspace(-1.0, 1.0, whole)
    basis = np.stack((np.ones(whole), place, place * place), axis=1)
    misfit = means - basis @ np.linalg.lstsq(basis, means, rcond=None)[0]
    return float(np.sqrt((misfit**2).sum() / (whole - 3)))


def _place(step: Floats, y: Floats, smooth: Floats, lowest: int, reach: float, window: int) -> float:
    """Return the step of the turn: the best bend of the stretch around the lowest point that lies within `reach` of it.

    What happened further away, such as the fast fall of phase I, has no say in it. Where the best value itself comes
    within half a smoothing window after the bend, the turn is there: the best checkpoint does not lie behind it.
    """
    far = np.flatnonzero(smooth > smooth[lowest] + reach)
    left, right = far[far < lowest], far[far > lowest]
    first = max(min(int(left[-1]) + 1 if len(left) else 0, lowest - 3), 0)
    stop = max(int(right[0]) if len(right) else len(y), lowest + 4)
    hinge = best_hinge(step[first:stop], y[first:stop])
    if hinge is None or hinge.after <= 0:
        return float(step[lowest])
    bend = int(np.searchsorted(step, hinge.x))
    near = bend + int(np.argmin(y[bend : bend + window // 2 + 1]))
    is_best = near < len(y) and y[near] <= y[first:stop].min()
    return float(step[near]) if is_best else hinge.x


def _still_falls(train: Curve | None, since: float) -> bool | None:
    """Say whether the training loss fell beyond its noise from `since` to the end; None when there is no telling."""
    if train is None or len(train.step) < FEWEST_POINTS:
        return None
    y = without_spikes(relative(train.value))
    after = y[train.step >= since]
    third = len(after) // 3
    if third < 2:
        return None
    fall = float(after[:third].mean() - after[-third:].mean())
    return bool(fall > 3 * jitter(y) * np.sqrt(2 / third) and fall > 0.005)


def _spread(values: Floats) -> float:
    """Return a standard deviation that half of the values may spoil."""
    return float(1.4826 * np.median(np.abs(values - np.median(values))))

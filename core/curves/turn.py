"""The end of phase II: validation turns for good while training still improves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.curves.curve import Curve
from core.curves.hinge import best_hinge, jump_misfit
from core.curves.noise import jitter, median, relative, without_spikes
from core.curves.smoothing import window_mean

Floats = NDArray[np.float64]

FEWEST_POINTS = 8
FEWEST_PATIENT = 3
PATIENCE = 0.04
BEYOND_NOISE = 6.0
SMALLEST_RISE = 0.02
SMALLEST_SHARE = 0.02
HELD = 0.25
LIKE_A_JUMP = 0.95
LONG = 0.2
SMALLEST_GAIN = 0.05
LARGE_RISE = 0.15
SMALLEST_IMPROVEMENT = 1e-5


@dataclass(frozen=True)
class Turn:
    """Where validation turned, if it has; `rule` says why or why not."""

    step: float | None
    confidence: float
    rule: str


def find_turn(train: Curve | None, valid: Curve | None, *, details: bool = True) -> Turn:
    """Return where a reduced validation loss turns for good, as seen from its last point.

    Rule: two lines that meet are fitted to the logarithm of the validation loss around its lowest smoothed point. The
    turn is where they meet, once the second rises by more than six standard errors (made larger where the noise is not
    independent from point to point), by 2 %, and by 2 % of what was gained before; once at least 4 % of all points
    (three at least) have passed since the lowest; once the later half of these has stayed above it; and unless the
    training loss has stopped falling. A jump is no turn unless it lasts for a fifth of all points. While phase I has
    not ended (`details` is false) twice as many errors are asked for, and where validation has not gained 5 % before, a
    rise of 15 %: what has not fallen cannot turn. That the best point lies before the last is never enough.
    """
    if valid is None or not len(valid.step):
        return Turn(None, 0.0, "None: without validation, overfitting cannot be seen.")
    if len(valid.step) < FEWEST_POINTS:
        return Turn(None, 0.0, f"Not yet: {len(valid.step)} points of validation, {FEWEST_POINTS} are needed.")
    y = without_spikes(relative(valid.value))
    count = len(y)
    window = smoothing_window(count)
    smooth = window_mean(y, window)
    lowest = int(np.argmin(smooth))
    after = count - 1 - lowest
    if after < max(FEWEST_PATIENT, round(PATIENCE * count)):
        return Turn(None, 0.0, "Not yet: validation was at its best just now.")
    floor, recent = float(smooth[lowest]), max(FEWEST_PATIENT, after // 2)
    rise = median(y[-recent:]) - floor
    gained = median(y[: max(1, count // 16)]) - floor
    least = max(SMALLEST_RISE, SMALLEST_SHARE * gained)
    if rise < least:
        return Turn(None, 0.0, f"Not yet: validation lies {max(rise, 0.0):.1%} above its best; {least:.0%} are needed.")
    if float(smooth[-recent:].min()) - floor < HELD * rise:
        return Turn(None, 0.0, f"Not yet: validation lies {rise:.1%} above its best, but was near it just now.")
    sure, jumped = _sureness(valid.step, y, smooth, lowest, rise)
    if jumped and after < LONG * count:
        return Turn(None, 0.0, "Not yet: validation jumped up at once, as after a warm restart, and may come back.")
    if sure < (BEYOND_NOISE if details else 2 * BEYOND_NOISE) or (gained < SMALLEST_GAIN and rise < LARGE_RISE):
        return Turn(None, 0.0, f"Not yet: validation lies {rise:.1%} above its best, which may be noise.")
    place = _place(valid.step, y, smooth, lowest, 0.5 * rise, window)
    improving = _still_improves(train, place, rise)
    if improving is False:
        return Turn(None, 0.0, "None: validation rises, but training has stopped improving: not overfitting.")
    confidence = float(np.clip(1 - BEYOND_NOISE / sure / 2, 0.0, 1.0)) * (1.0 if improving else 0.6)
    meanwhile = "training still improves" if improving else "there is no training curve to compare with"
    rule = (
        f"Validation turned at step {place:,.0f}: since step {valid.step[-recent]:,.0f} it lies {np.expm1(rise):.0%} "
        f"above its lowest smoothed value, and it rises by {sure:.0f} standard errors of noise, while {meanwhile}."
    )
    return Turn(place, confidence, rule)


def smoothing_window(count: int) -> int:
    """Return the width in points of the window over which validation is smoothed: a sixteenth of all, odd."""
    return max(3, count // 16) | 1


def _sureness(step: Floats, y: Floats, smooth: Floats, lowest: int, rise: float) -> tuple[float, bool]:
    """Return how many standard errors the slope of the rise lies above zero, and whether it is a jump instead."""
    low = np.flatnonzero(smooth[:lowest] > smooth[lowest] + rise)
    first = max(min(int(low[-1]) + 1 if len(low) else 0, lowest - 3), 0)
    hinge = best_hinge(step[first:], y[first:])
    if hinge is None or hinge.after <= 0:
        return 0.0, False
    few = 1 + 3 / max(len(y) - first - 4, 1)
    jumped = jump_misfit(step[first:], y[first:]) < LIKE_A_JUMP * float(hinge.residual @ hinge.residual)
    return hinge.after / hinge.error_after(jitter(y)) / few, jumped


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


def _still_improves(train: Curve | None, since: float, rise: float) -> bool | None:
    """Say whether the training loss may still fall after the step `since`; None when there is no telling.

    The last third of what followed is compared with as long a stretch before the turn. It has stopped where no fall is
    left within two standard errors, or where it rose half as much as validation: then both were thrown back, as by a
    warm restart.
    """
    if train is None or len(train.step) < FEWEST_POINTS:
        return None
    y = without_spikes(relative(train.value))
    turn = int(np.searchsorted(train.step, since))
    last = max(2, (len(y) - turn) // 3)
    before, now = y[max(0, turn - last) : max(turn, 2)], y[-last:]
    fall = float(before.mean() - now.mean())
    error = jitter(y) * np.sqrt(1 / len(before) + 1 / len(now))
    return bool(fall + 2 * error > SMALLEST_IMPROVEMENT and fall > -0.5 * rise)

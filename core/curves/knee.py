"""The end of phase I: the knee of the loss curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.curves.curve import Curve
from core.curves.hinge import best_hinge
from core.curves.noise import jitter, relative, without_spikes

FEWEST_BINS = 7
STEEPER = 3.0
SMALLEST_FALL = 0.05


@dataclass(frozen=True)
class Knee:
    """Where the loss stops falling fast, if it has; `rule` says why or why not."""

    step: float | None
    confidence: float
    rule: str


def find_knee(loss: Curve) -> Knee:
    """Return the knee of a reduced loss curve.

    Rule: two straight lines that meet are fitted to the logarithm of the loss over the step; the knee is where they
    meet, if the first falls at least three times as fast as the second. The bend counts only when the loss has
    fallen by more than its noise, and by 5 % at least.
    """
    if len(loss.step) < FEWEST_BINS:
        return Knee(None, 0.0, f"Not yet: {len(loss.step)} points of loss, {FEWEST_BINS} are needed.")
    y = without_spikes(relative(loss.value))
    noise = jitter(y)
    ends = max(1, len(y) // 16)
    fall = float(np.median(y[:ends]) - np.median(np.sort(y)[: max(2, len(y) // 8)]))
    if fall < max(6 * noise / np.sqrt(ends), SMALLEST_FALL):
        return Knee(None, 0.0, "Not yet: the loss has not fallen beyond its noise.")
    hinge = best_hinge(loss.step, y)
    if hinge is None or hinge.before >= 0:
        return Knee(None, 0.3, "Not yet: the loss still falls as fast as at the start.")
    slowing = -hinge.before / max(-hinge.after, 1e-12 * -hinge.before)
    if slowing < STEEPER:
        return Knee(
            None, _share(STEEPER - slowing, 1.0), f"Not yet: the loss falls at 1/{slowing:.1f} of its first speed."
        )
    speed = "no longer falls" if hinge.after >= 0 or slowing > 100 else f"falls {slowing:.0f} times slower"
    confidence = hinge.explained * (1 - STEEPER / 2 / slowing) * len(y) / (len(y) + 4)
    rule = (
        f"Two lines fitted to the logarithm of the loss meet at step {hinge.x:,.0f}; after it the loss {speed} "
        f"(the bend explains {hinge.explained:.0%} of what one line misses)."
    )
    return Knee(hinge.x, float(np.clip(confidence, 0.0, 1.0)), rule)


def _share(value: float, scale: float) -> float:
    return float(np.clip(value / (value + scale), 0.0, 1.0)) if value > 0 else 0.0

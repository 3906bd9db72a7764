"""Learning-rate schedules: what the full rate is multiplied by, as a pure function of progress within the stage.

Progress is the share of the stage's steps that lie behind: 0 before its first step, just under 1 before its last.
Being pure, a schedule has nothing to save.  Only `plateau` depends on what happened; its memory is `PlateauState` of
core/engine/plateau.py.
"""

from __future__ import annotations

import math

from core.spec.schedules import Constant, Cosine, Exponential, OneCycle, Plateau, ScheduleSpec, Step


def factor_at(schedule: ScheduleSpec, progress: float) -> float:
    """Return the factor of the full rate at `progress`, 0 <= progress <= 1.  For `plateau` that is 1."""
    match schedule:
        case Constant(warmup=warmup):
            return _raised(progress, warmup)
        case Cosine(warmup=warmup, final=final):
            if progress < warmup:
                return _raised(progress, warmup)
            return _half_cosine(1.0, final, (progress - warmup) / (1 - warmup))
        case OneCycle(peak=peak, start=start, final=final):
            if progress < peak:
                return _half_cosine(start, 1.0, progress / peak)
            return _half_cosine(1.0, final, (progress - peak) / (1 - peak))
        case Step(every=every, factor=factor, warmup=warmup):
            # Shares such as 0.1 are not exact: a hair's breadth below a drop counts as having reached it.
            return _raised(progress, warmup) * factor ** math.floor(progress / every + 1e-9)
        case Exponential(final=final, warmup=warmup):
            if progress < warmup:
                return _raised(progress, warmup)
            return float(final ** ((progress - warmup) / (1 - warmup)))
        case Plateau():
            return 1.0


def _raised(progress: float, warmup: float) -> float:
    """Return the linear warm-up's factor.  It never is 0: a first step of rate 0 would be a step for nothing."""
    return 1.0 if progress >= warmup else max(progress / warmup, 1e-3)


def _half_cosine(first: float, last: float, share: float) -> float:
    return last + (first - last) * 0.5 * (1.0 + math.cos(math.pi * min(share, 1.0)))

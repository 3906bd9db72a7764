"""Learning curves with known change points, for the tests and the benchmark of the phases.

A curve is a level over the share x of the run (0 to 1), times noise. Its knee and its turn are where two pieces meet,
or, where the pieces join smoothly, where the piece itself says: an exponential fall ends where 95 % of it is done, a
valley turns at its lowest point. Validation has the same knee and comes to lie above training.

Every random choice comes from the generator given; the same seed gives the same curves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.curves.curve import Curve

Floats = NDArray[np.float64]
Generator = np.random.Generator
Level = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Made:
    """One synthetic run of `length` steps; knee and turn in steps, None where there is none."""

    train: Curve | None
    valid: Curve | None
    length: float
    knee: float | None = None
    turn: float | None = None
    revoked: bool = False  # whether validation later falls to a new low


@dataclass(frozen=True)
class Noise:
    """Relative noise: `train` and `valid` are deviations; `memory` is the correlation time in shares of the run."""

    train: float
    valid: float
    memory: float = 0.0
    heavy: bool = False
    fewest: int = 10  # points of a run that such noise makes sense for


NOISES = {
    "none": Noise(0.0, 0.0),
    "low": Noise(0.03, 0.005),
    "middle": Noise(0.1, 0.02, fewest=30),
    "high": Noise(0.3, 0.05, fewest=100),
    "correlated": Noise(0.1, 0.02, memory=0.005, fewest=100),
    "batch 4": Noise(1.0, 0.02, heavy=True, fewest=1000),
}


# How the training loss falls: each returns its level, of which the first piece ends at `knee`.


def lines(random: Generator, knee: float) -> Level:
    """Two straight lines on the plain scale, the second 6 to 40 times flatter."""
    flatter = np.exp(random.uniform(np.log(6), np.log(40)))
    low = random.uniform(0.2, 0.6)
    slope = (1 - low) / knee
    flatter = max(flatter, 1.25 * slope * (1 - knee) / low)  # it does not reach zero
    return lambda x: np.where(x < knee, 1 - slope * x, low - slope / flatter * (x - knee))


def log_lines(random: Generator, knee: float) -> Level:
    """Two straight lines on a logarithmic scale, the second 6 to 40 times flatter: on the plain scale it is curved."""
    flatter, fall = np.exp(random.uniform(np.log(6), np.log(40))), random.uniform(0.7, 2.2)
    return lambda x: np.exp(np.where(x < knee, -fall * x / knee, -fall - fall / knee / flatter * (x - knee)))


def decay(random: Generator, knee: float) -> Level:
    """An exponential fall, 95 % done at the knee, and a slow straight fall of at most a tenth of it."""
    low, rest = random.uniform(0.15, 0.5), random.uniform(0.03, 0.1)
    return lambda x: low + (1 - low) * (np.exp(-3 * x / knee) - rest * x)


def plateau_first(random: Generator, knee: float) -> Level:
    """Nothing for a while, then a steep straight fall that ends at the knee, then a slow one."""
    begin, low = random.uniform(0.3, 0.6) * knee, random.uniform(0.15, 0.5)
    rest = random.uniform(0.03, 0.15)

    def level(x: Floats) -> Floats:
        falling = 1 - (1 - low) * np.clip((x - begin) / (knee - begin), 0, 1)
        return falling - rest * low * np.clip((x - knee) / (1 - knee), 0, 1)

    return level


def two_decays(random: Generator, knee: float) -> Level:
    """A fast exponential fall, 95 % done at the knee, and a slow one (as long as the run) of a fifth of its height."""
    low, rest = random.uniform(0.1, 0.4), random.uniform(0.05, 0.2)
    return lambda x: low + (1 - low) * ((1 - rest) * np.exp(-3 * x / knee) + rest * np.exp(-2 * x))


SHAPES = {
    "two lines": lines,
    "two lines, log": log_lines,
    "decay and line": decay,
    "plateau first": plateau_first,
    "two decays": two_decays,
}


# How validation rises after the turn, as a factor on its level there.


def _straight(since: Floats, rate: float) -> Floats:
    return 1 + rate * since


def _exponential(since: Floats, rate: float) -> Floats:
    return np.exp(rate * since)


def _saturating(since: Floats, rate: float) -> Floats:
    return 1 + rate * 0.25 * (1 - np.exp(-since / 0.25))


RISES = {"straight": _straight, "exponential": _exponential, "saturating": _saturating}


def overfit(
    random: Generator,
    points: int,
    noise: Noise,
    shape: str,
    rise: str,
    *,
    valid_points: int | None = None,
    least_rate: float = 0.6,
) -> Made:
    """A run with a knee at 5 to 30 %, a turn at 35 to 80 %, and a rise of 6 to 30 % in the tenth after it.

    Before the turn the gap between validation and training grows, but validation falls or, at worst, stands.
    """
    knee = _knee(random, points, 0.05, 0.3)
    turn = random.uniform(max(0.35, knee + 0.15), 0.8)
    level = SHAPES[shape](random, knee)
    gap, rate = random.uniform(0.0, 0.3), np.exp(random.uniform(np.log(least_rate), np.log(3.0)))

    def valid(x: Floats) -> Floats:
        before = level(np.minimum(x, turn)) * (1 + gap * _smooth(x / knee))
        return before * RISES[rise](np.maximum(x - turn, 0), rate)

    return _made(random, points, valid_points, noise, level, valid, knee, turn)


def valley(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """A run whose validation loss is a round valley: a parabola around the turn, on a logarithmic scale."""
    knee = _knee(random, points, 0.05, 0.2)
    turn = random.uniform(0.45, 0.7)
    level = SHAPES["two lines"](random, knee)
    depth = random.uniform(1.5, 4.0)

    def valid(x: Floats) -> Floats:
        inside = level(np.array(turn)) * np.exp(depth * (x - turn) ** 2)
        edge = float(inside[np.argmin(np.abs(x - knee))]) / float(level(np.array(knee)))
        return np.where(x < knee, level(x) * edge, inside)

    return _made(random, points, valid_points, noise, level, valid, knee, turn)


# Runs that must not be called overfit.


def healthy(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """Both losses go on falling; the gap between them grows a little."""
    knee = _knee(random, points, 0.05, 0.3)
    level = SHAPES[str(random.choice(list(SHAPES)))](random, knee)
    gap = random.uniform(0.0, 0.15)

    def valid(x: Floats) -> Floats:
        settled = np.minimum.accumulate(level(x) * (1 + gap * x))
        return settled * (1 - 0.1 * x)

    return _made(random, points, valid_points, noise, level, valid, knee, None)


def converged(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """Both losses fall and then stand for the rest of the run."""
    knee, low = _knee(random, points, 0.03, 0.25), random.uniform(0.05, 0.5)

    def level(x: Floats) -> Floats:
        return low + (1 - low) * np.exp(-3 * x / knee)

    return _made(random, points, valid_points, noise, level, lambda x: 1.2 * level(x), knee, None)


def standing(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """Validation stands from its knee on while training falls on to a fraction: a growing gap, no turn."""
    knee = _knee(random, points, 0.05, 0.3)
    level = SHAPES["two lines, log"](random, knee)
    return _made(
        random, points, valid_points, noise, level, lambda x: 1.1 * level(np.minimum(x, 1.2 * knee)), knee, None
    )


def underfit(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """Next to nothing is learned: a fall of at most 4 %."""
    fall = random.uniform(0.0, 0.04)

    def level(x: Floats) -> Floats:
        return 2.3 * (1 - fall * x)

    return _made(random, points, valid_points, noise, level, level, None, None)


def rate_drops(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """A healthy run whose rate drops once or twice in phase II: both losses step down, then stand."""
    knee = _knee(random, points, 0.05, 0.25)
    base = SHAPES["decay and line"](random, knee)
    drops = np.sort(random.uniform(0.4, 0.9, size=random.integers(1, 3)))
    depth = random.uniform(0.15, 0.4)

    def level(x: Floats) -> Floats:
        done = sum(1 - np.exp(-np.maximum(x - drop, 0) / 0.01) for drop in drops)
        return base(x) * np.exp(-depth * done)

    return _made(random, points, valid_points, noise, level, lambda x: 1.15 * level(x), knee, None)


def warm_restarts(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """A healthy run whose rate restarts two to four times: both losses jump up and sink below where they were."""
    knee = _knee(random, points, 0.03, 0.1)
    base = SHAPES["decay and line"](random, knee)
    count, jump = int(random.integers(2, 5)), random.uniform(0.1, 0.5)

    def level(x: Floats) -> Floats:
        cycle = np.minimum(np.floor(x * count), count - 1)
        inside = np.clip(x * count - cycle, 0, 1)
        return (
            base(x) * np.exp(-0.25 * cycle) * np.exp(np.where(cycle > 0, jump, 0) * 0.5 * (1 + np.cos(np.pi * inside)))
        )

    return _made(random, points, valid_points, noise, level, lambda x: 1.15 * level(x), None, None)


def double_descent(random: Generator, points: int, noise: Noise, *, valid_points: int | None = None) -> Made:
    """Validation rises from 0.25 to 0.45 or so, then falls below its first valley and goes on falling."""
    knee = _knee(random, points, 0.04, 0.12)
    level = SHAPES["two lines, log"](random, knee)
    turn, top = random.uniform(0.22, 0.3), random.uniform(0.42, 0.5)
    up, down = random.uniform(0.25, 0.6), random.uniform(0.25, 0.6)

    def valid(x: Floats) -> Floats:
        before = level(np.minimum(x, turn))
        hill = up * _smooth((x - turn) / (top - turn)) - (up + down) * _smooth((x - top) / (0.95 - top))
        return 1.1 * before * np.exp(hill)

    made = _made(random, points, valid_points, noise, level, valid, knee, turn)
    return replace(made, revoked=True)


HEALTHY = {
    "healthy": healthy,
    "converged": converged,
    "validation stands": standing,
    "underfit": underfit,
    "rate drops": rate_drops,
    "warm restarts": warm_restarts,
}


def _knee(random: Generator, points: int, low: float, high: float) -> float:
    """Return a place for the knee that leaves two points before it at least."""
    return random.uniform(max(low, 2.5 / points), max(high, 4.5 / points))


def _smooth(x: Floats) -> Floats:
    """Return a smooth step from 0 to 1 between x = 0 and x = 1."""
    inside = np.clip(x, 0, 1)
    return inside * inside * (3 - 2 * inside)


def _made(
    random: Generator,
    points: int,
    valid_points: int | None,
    noise: Noise,
    level: Level,
    valid: Level,
    knee: float | None,
    turn: float | None,
) -> Made:
    length = float(max(points, 100))
    scale = np.exp(random.uniform(-3, 3))
    curves = []
    for count, of, deviation in ((points, level, noise.train), (valid_points or points, valid, noise.valid)):
        x = np.arange(1, count + 1) / count
        curves.append(Curve(x * length, scale * of(x) * _factors(random, count, deviation, noise)))
    return Made(
        curves[0],
        curves[1],
        length,
        None if knee is None else knee * length,
        None if turn is None else turn * length,
    )


def _factors(random: Generator, count: int, deviation: float, noise: Noise) -> Floats:
    """Return noise to multiply with: log-normal, or, where it is heavy, gamma, as the losses of single batches are."""
    if noise.heavy:
        shape = 1 / deviation**2
        return random.gamma(shape, 1 / shape, size=count)
    white = random.normal(size=count)
    keep = np.exp(-1 / max(noise.memory * count, 1e-9))
    if keep > 1e-6:
        from scipy.signal import lfilter

        white = lfilter([np.sqrt(1 - keep * keep)], [1, -keep], white, zi=[keep * white[0]])[0]
    return np.exp(deviation * white)

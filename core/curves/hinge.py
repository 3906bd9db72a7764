"""The best bend: two straight lines that meet, fitted by least squares at every possible place at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hinge:
    """Two lines that meet at `x`; `explained` is the share of one line's misfit that the bend takes away, 0 to 1."""

    x: float
    before: float  # slope
    after: float  # slope
    explained: float


def best_hinge(x: Floats, y: Floats, *, convex_only: bool = True) -> Hinge | None:
    """Fit y by a line that bends once, at one of the inner points; return the best bend, or None when there is none.

    `x` ascends; both have shape (n,). With `convex_only` the slope after the bend is larger than before. The fit at
    every candidate costs O(1): all it needs are sums over the points to the right of it.
    """
    n = len(x)
    if n < 5 or x[-1] <= x[0]:
        return None
    u = (x - x[0]) / (x[-1] - x[0])
    at = u[1:-1]
    # Sums over the points right of each candidate, for the third column max(u - at, 0).
    tail_n = np.arange(n - 2, 0, -1, dtype=np.float64)
    tail_u, tail_uu, tail_y, tail_uy = (_tails(column) for column in (u, u * u, y, u * y))
    h = tail_u - at * tail_n
    uh = tail_uu - at * tail_u
    hh = tail_uu - 2 * at * tail_u + at * at * tail_n
    hy = tail_uy - at * tail_y
    gram = np.empty((len(at), 3, 3))
    gram[:, 0, 0], gram[:, 0, 1], gram[:, 1, 1] = n, u.sum(), (u * u).sum()
    gram[:, 1, 0] = gram[:, 0, 1]
    gram[:, 0, 2] = gram[:, 2, 0] = h
    gram[:, 1, 2] = gram[:, 2, 1] = uh
    gram[:, 2, 2] = hh
    right = np.stack((np.full(len(at), y.sum()), np.full(len(at), (u * y).sum()), hy), axis=1)
    # A trace of ridge keeps candidates next to an edge solvable without moving any other.
    solution = np.linalg.solve(gram + 1e-9 * n * np.eye(3), right[:, :, None])[:, :, 0]
    error = (y * y).sum() - (solution * right).sum(axis=1)
    allowed = solution[:, 2] > 0 if convex_only else np.ones(len(at), dtype=bool)
    if not allowed.any():
        return None
    best = int(np.argmin(np.where(allowed, error, np.inf)))
    one_line = _misfit_of_one_line(u, y)
    span = float(x[-1] - x[0])
    before, bend = float(solution[best, 1]), float(solution[best, 2])
    explained = 0.0 if one_line <= 0 else float(np.clip(1.0 - error[best] / one_line, 0.0, 1.0))
    return Hinge(float(x[best + 1]), before / span, (before + bend) / span, explained)


def _tails(column: Floats) -> Floats:
    """Return, for each inner point, the sum over all points right of it; shape (n - 2,)."""
    return np.cumsum(column[::-1])[::-1][2:]


def _misfit_of_one_line(u: Floats, y: Floats) -> float:
    centred, target = u - u.mean(), y - y.mean()
    slope = float(centred @ target) / float(centred @ centred)
    return float(((target - slope * centred) ** 2).sum())

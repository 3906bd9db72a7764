"""The best bend: two straight lines that meet, fitted by least squares at every possible place at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hinge:
    """Two lines that meet at `x`, with the slopes `before` and `after`.

    `residual` (n,) is what they leave of the values, and `leverage` the standard error of the slope after the bend for
    independent noise of deviation 1.
    """

    x: float
    before: float
    after: float
    residual: Floats
    leverage: float

    def error_after(self, noise: float) -> float:
        """Return the standard error of the slope after the bend, for noise of this deviation at least.

        What is left may be alike from point to point: then there are fewer independent points, as many fewer as for
        an autoregression of first order.
        """
        left, freedom = self.residual, max(len(self.residual) - 4, 1)
        square = float(left @ left)
        alike = float(np.clip(left[1:] @ left[:-1] / square, 0.0, 0.95)) if square > 0 else 0.0
        deviation = max(noise, float(np.sqrt(square / freedom)))
        return self.leverage * max(deviation, 1e-12) * float(np.sqrt((1 + alike) / (1 - alike)))


def best_hinge(x: Floats, y: Floats) -> Hinge | None:
    """Fit y by a line that bends upwards once, at one of the inner points; None when there is no such bend.

    `x` ascends; both have shape (n,). The fit at every candidate costs O(1): all it needs are sums over the points to
    the right of it.
    """
    n = len(x)
    if n < 5 or x[-1] <= x[0]:
        return None
    span = float(x[-1] - x[0])
    u = (x - x[0]) / span
    gram, right = _normal_equations(u, y, jumps=False)
    solution = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
    error = (y * y).sum() - (solution * right).sum(axis=1)
    if not (solution[:, 2] > 0).any():
        return None
    best = int(np.argmin(np.where(solution[:, 2] > 0, error, np.inf)))
    level, before, bend = (float(value) for value in solution[best])
    residual = y - level - before * u - bend * np.maximum(u - u[best + 1], 0.0)
    after = np.array([0.0, 1.0, 1.0])
    leverage = float(np.sqrt(max(float(after @ np.linalg.solve(gram[best], after)), 0.0))) / span
    return Hinge(float(x[best + 1]), before / span, (before + bend) / span, residual, leverage)


def jump_misfit(x: Floats, y: Floats) -> float:
    """Return the sum of squares that one line leaves which jumps upwards once, after the best of the inner points."""
    u = (x - x[0]) / float(x[-1] - x[0])
    gram, right = _normal_equations(u, y, jumps=True)
    solution = np.linalg.solve(gram, right[:, :, None])[:, :, 0]
    error = (y * y).sum() - (solution * right).sum(axis=1)
    return float(np.where(solution[:, 2] > 0, error, np.inf).min())


def _normal_equations(u: Floats, y: Floats, *, jumps: bool) -> tuple[Floats, Floats]:
    """Return them for level, slope and bend (or jump) at each inner point: shapes (n - 2, 3, 3) and (n - 2, 3)."""
    n, at = len(u), u[1:-1]
    # Sums over the points right of each candidate, for the third column max(u - at, 0).
    tail_n = np.arange(n - 2, 0, -1, dtype=np.float64)
    tail_u, tail_uu, tail_y, tail_uy = (_tails(column) for column in (u, u * u, y, u * y))
    gram = np.empty((len(at), 3, 3))
    gram[:, 0, 0], gram[:, 0, 1], gram[:, 1, 1] = n, u.sum(), (u * u).sum()
    gram[:, 1, 0] = gram[:, 0, 1]
    if jumps:  # the third column is 1 right of the candidate
        third = tail_n, tail_u, tail_n, tail_y
    else:
        third = (
            tail_u - at * tail_n,
            tail_uu - at * tail_u,
            tail_uu - 2 * at * tail_u + at * at * tail_n,
            (tail_uy - at * tail_y),
        )
    gram[:, 0, 2], gram[:, 1, 2], gram[:, 2, 2] = third[:3]
    gram[:, 2, 0], gram[:, 2, 1] = third[:2]
    right = np.stack((np.full(len(at), y.sum()), np.full(len(at), (u * y).sum()), third[3]), axis=1)
    gram += 1e-9 * n * np.eye(3)  # keeps candidates next to an edge solvable without moving any other
    return gram, right


def _tails(column: Floats) -> Floats:
    """Return, for each inner point, the sum over all points right of it; shape (n - 2,)."""
    tails: Floats = np.cumsum(column[::-1])[::-1][2:]
    return tails

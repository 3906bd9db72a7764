"""How far a run is: one rule for the window and the command line."""

from __future__ import annotations

import math


def share_spent(step: int, total_steps: int) -> float:
    """Return the share of the budget that is spent, 0 to 1; 0 while the budget is not known."""
    return min(1.0, step / total_steps) if total_steps > 0 else 0.0


def whole_percent(share: float) -> int:
    """Return a share in whole percent, rounded down: 100 is written only when all of it is done."""
    return math.floor(share * 100 + 1e-9)  # 0.29 * 100 is 28.999999999999996

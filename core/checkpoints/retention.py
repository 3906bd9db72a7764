"""Which checkpoints stay, and why: a pure rule over steps."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple


class Policy(NamedTuple):
    """`keep_last` newest (0 keeps all) and `keep_best` best by the monitored metric."""

    keep_last: int = 0
    keep_best: int = 1
    higher_is_better: bool = False


def reasons_to_keep(
    steps: Collection[int],
    policy: Policy,
    scores: Mapping[int, float],
    pinned: Collection[int] = (),
    needed: Mapping[int, str] = {},
    abandoned: Collection[int] = (),
) -> dict[int, str]:
    """Return why each step that stays is kept, in words; steps that are missing may go.

    `abandoned` steps lie on a branch that the run went back before: they count as older than all others.  `scores` are
    the monitored metric's values; a step without one, or with NaN, is never best.  `needed` says which run descends
    from a step.
    """
    ordered = sorted(steps, key=lambda step: (step not in abandoned, step))
    best = _best(ordered, policy, scores)
    last = ordered[-policy.keep_last :] if policy.keep_last else ordered
    kept: dict[int, str] = {}
    for step in ordered:
        words = [
            "best" if step in best else "",
            "pinned" if step in pinned else "",
            f"needed by {needed[step]}" if step in needed else "",
            ("last" if policy.keep_last else "all are kept") if step in last else "",
        ]
        if any(words):
            kept[step] = ", ".join(word for word in words if word)
    return kept


def _best(steps: Collection[int], policy: Policy, scores: Mapping[int, float]) -> set[int]:
    """Return the best `keep_best` steps; of equal ones the earlier is better."""
    sign = -1.0 if policy.higher_is_better else 1.0
    scored = [step for step in steps if not math.isnan(scores.get(step, math.nan))]
    return set(sorted(scored, key=lambda step: (sign * scores[step], step))[: policy.keep_best])

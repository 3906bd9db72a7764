"""Which checkpoints stay, and why: a pure rule over steps."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple


class Policy(NamedTuple):
    """`keep_last` newest (0 keeps all), `keep_best` best by the monitored metric, and the best one of each phase."""

    keep_last: int = 0
    keep_best: int = 1
    higher_is_better: bool = False
    keep_phases: bool = False


def reasons_to_keep(
    steps: Collection[int],
    policy: Policy,
    scores: Mapping[int, float],
    pinned: Collection[int] = (),
    needed: Mapping[int, str] = {},
    abandoned: Collection[int] = (),
    phases: Mapping[int, str] = {},
) -> dict[int, str]:
    """Return why each step that stays is kept, in words; steps that are missing may go.

    `abandoned` steps lie on a branch that the run went back before: they count as older than all others.  `scores` are
    the monitored metric's values; a step without one, or with NaN, is never best.  `needed` says which run descends
    from a step, `phases` which phase of learning it lies in: without a value the newest one of a phase is kept.
    """
    ordered = sorted(steps, key=lambda step: (step not in abandoned, step))
    best = _best(ordered, policy, scores)
    of_phase = _of_phases([step for step in ordered if step not in abandoned], policy, scores, phases)
    last = ordered[-policy.keep_last :] if policy.keep_last else ordered
    kept: dict[int, str] = {}
    for step in ordered:
        words = [
            "best" if step in best else "",
            "pinned" if step in pinned else "",
            f"needed by {needed[step]}" if step in needed else "",
            f"of phase {phases[step]}" if step in of_phase else "",
            ("last" if policy.keep_last else "all are kept") if step in last else "",
        ]
        if any(words):
            kept[step] = ", ".join(word for word in words if word)
    return kept


def _of_phases(
    steps: Collection[int], policy: Policy, scores: Mapping[int, float], phases: Mapping[int, str]
) -> set[int]:
    """Return the best step of each phase, or its newest where none has a value."""
    if not policy.keep_phases:
        return set()
    members: dict[str, list[int]] = {}
    for step in steps:
        if step in phases:
            members.setdefault(phases[step], []).append(step)
    one = policy._replace(keep_best=1)
    return {next(iter(_best(found, one, scores)), max(found)) for found in members.values()}


def _best(steps: Collection[int], policy: Policy, scores: Mapping[int, float]) -> set[int]:
    """Return the best `keep_best` steps; of equal ones the earlier is better."""
    sign = -1.0 if policy.higher_is_better else 1.0
    scored = [step for step in steps if not math.isnan(scores.get(step, math.nan))]
    return set(sorted(scored, key=lambda step: (sign * scores[step], step))[: policy.keep_best])

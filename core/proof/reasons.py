"""Why a continuation differs: what is known to be different, or what a second continuation tells."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.engine.environment import differences
from core.proof.comparing import compare_points
from core.proof.continuation import Continued
from core.runs.events import Environment
from core.runs.proof import Difference, Verdict

NOT_REPEATABLE = (
    "The computation does not repeat itself: two continuations from the same file differ from each other, so the model "
    "or an operation of it depends on more than its state and the random generators that a checkpoint holds."
)
MISSING_STATE = (
    "Two continuations agree with each other and not with what was recorded: something that the run depended on is not "
    "in the checkpoint, such as a plain attribute that an own model changes while it trains, or the record was altered."
)
ALTERED = (
    "The training itself is the same, for what came after agrees again: what was recorded there was altered or damaged."
)


def verdict_on(found: Iterable[Difference], tolerance: float) -> Verdict:
    """Return the verdict; a difference that has no size, such as one of a counter, is never within tolerance."""
    sizes = [one.relative for one in found]
    if not sizes:
        return "bit-equal"
    return "within tolerance" if all(size is not None and size <= tolerance for size in sizes) else "differs"


def environment_reasons(then: Iterable[Environment], now: Environment) -> list[str]:
    """Return what is another environment now than it was, as sentences.

    A segment that began at the beginning said what it ran under before it had looked at the data.
    """
    known = [msgspec.structs.replace(one, data_sha256=one.data_sha256 or now.data_sha256) for one in then]
    found = [sentence for environment in known for sentence in differences(environment, now)]
    return [f"{sentence[:1].upper()}{sentence[1:]}." for sentence in dict.fromkeys(found)]


def do_repeat(first: Continued, second: Continued, step: int, to_step: int) -> bool:
    """Say whether two continuations are the same in every point and in the states that both saved."""
    both = first.saved.keys() & second.saved.keys()
    same_states = all(first.saved[at] == second.saved[at] for at in both)
    return same_states and not compare_points(first.state, second.state, step, to_step)[1]


def was_altered(points: Iterable[Difference], states: Iterable[Difference], compared: Iterable[int]) -> bool:
    """Say whether only points differ, and the state after the last of them is the one recorded."""
    last = max((one.largest_at or one.step for one in points), default=None)
    return last is not None and not list(states) and max(compared, default=-1) >= last

"""What a comparison says in words: numbers as elsewhere in the window, differences with their sign."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from app.runs_view.words import number
from core.comparison.result import Comparison, Examples, MetricRow, Number, Part, as_float

MINUS = "−"
SPLITS = {"train": "training", "valid": "validation", "test": "test"}


def value(given: Number | None, digits: int = 4) -> str:
    """Write a number; nothing for one that does not exist."""
    if given is None:
        return ""
    plain = as_float(given)
    if math.isinf(plain):
        return "∞" if plain > 0 else f"{MINUS}∞"
    return "NaN" if math.isnan(plain) else number(plain, digits).replace("-", MINUS)


def signed(given: Number | None, digits: int = 4) -> str:
    """Write a difference with its sign; 0 has none."""
    if given is None:
        return ""
    plain = as_float(given)
    return f"+{value(given, digits)}" if plain > 0 else value(given, digits) if plain else "0"


def share(given: Number | None) -> str:
    """Write a probability or a share as a percentage."""
    return "" if given is None else f"{as_float(given) * 100:.1f} %"


def word(given: Any) -> str:
    """Write the value of a field of a spec."""
    if given is None:
        return "not there"
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def examples_words(examples: Examples) -> str:
    """Say which examples something comes from: all 359 validation examples."""
    split = SPLITS[examples.split]
    if examples.count == examples.of:
        return f"all {examples.of:,} {split} examples"
    return f"{examples.count:,} of {examples.of:,} {split} examples ({examples.chosen})"


def reasons(found: Comparison, part: Part, other: int) -> list[str]:
    """Return why a part does not exist for checkpoint `other`; nothing when it does."""
    return list(dict.fromkeys(one.why for one in found.absent if one.part == part and one.other in (None, other)))


def best_of(row: MetricRow) -> list[int]:
    """Return the places of the best finite values of a metric: several where they are equal, none without a rival."""
    known = {place: as_float(one) for place, one in enumerate(row.values) if one is not None}
    finite = {place: one for place, one in known.items() if math.isfinite(one)}
    if len(known) < 2 or not finite or all(row.differences[place] is None for place in range(1, len(row.values))):
        return []
    best = (max if row.higher_is_better else min)(finite.values())
    return [place for place, one in finite.items() if one == best]


def better_words(row: MetricRow, letters: Sequence[str]) -> str:
    """Say which checkpoint is better by a metric: a letter, several, or "equal"."""
    best = best_of(row)
    if not best:
        return ""
    return "equal" if len(best) == len(row.values) else ", ".join(letters[place] for place in best)


def verdict(rows: Sequence[MetricRow], letters: Sequence[str], monitor: str) -> str:
    """Answer in one sentence which checkpoint is better, by the metric that its run is chosen by."""
    row = next((one for one in rows if one.name == monitor), None)
    row = row or next((one for one in rows if one.name.startswith("valid/")), rows[0] if rows else None)
    if row is None:
        return "There is no metric by which they could be compared."
    best = best_of(row)
    if not best:
        return f"{row.name} of these cannot be compared; the notes below say why."
    numbers = ", ".join(f"{letter} {value(one)}" for letter, one in zip(letters, row.values, strict=True) if one)
    if len(best) == len(row.values):
        return f"They are equal by {row.name}: {value(row.values[0])}."
    if len(best) > 1:
        return f"{' and '.join(letters[place] for place in best)} are best by {row.name}: {numbers}."
    rest = [as_float(one) for place, one in enumerate(row.values) if place != best[0] and one is not None]
    next_best = (max if row.higher_is_better else min)(rest)
    by = value(abs(as_float(row.values[best[0]]) - next_best))
    return f"{letters[best[0]]} is {'best' if len(letters) > 2 else 'better'} by {row.name}, by {by}: {numbers}."

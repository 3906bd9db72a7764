"""What a comparison says in words: numbers as elsewhere in the window, differences with their sign."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from app.plots.wording import number as significant
from app.runs_view.words import number
from core.comparison.result import Comparison, Examples, Line, MetricRow, Number, Part, as_float

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


def short_value(given: Number | None) -> str:
    """Write a number of the data's own unit with four significant digits."""
    return "" if given is None else significant(as_float(given))


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


def without_differences(rows: Sequence[MetricRow]) -> list[MetricRow]:
    """Return metrics whose values stand side by side and are not held against each other."""
    return [msgspec.structs.replace(row, differences=[None] * len(row.values)) for row in rows]


def verdict(rows: Sequence[MetricRow], letters: Sequence[str], monitor: str, why_not: Sequence[str] = ()) -> str:
    """Answer in one sentence which checkpoint is better, by the metric that its run is chosen by.

    `why_not` are reasons that keep the checkpoints from being compared by example; a metric without differences has
    them too.
    """
    row = next((one for one in rows if one.name == monitor), None)
    row = row or next((one for one in rows if one.name.startswith("valid/")), rows[0] if rows else None)
    if row is None:
        return "There is no metric by which they could be compared."
    best = best_of(row)
    if not best:
        return " ".join(("None can be called better.", *why_not))
    numbers = ", ".join(f"{letter} {value(one)}" for letter, one in zip(letters, row.values, strict=True) if one)
    if len(best) == len(row.values):
        return f"They are equal by {row.name}: {value(row.values[0])}."
    if len(best) > 1:
        return f"{' and '.join(letters[place] for place in best)} are best by {row.name}: {numbers}."
    rest = [as_float(one) for place, one in enumerate(row.values) if place != best[0] and one is not None]
    next_best = (max if row.higher_is_better else min)(rest)
    by = value(abs(as_float(row.values[best[0]]) - next_best))
    return f"{letters[best[0]]} is {'best' if len(letters) > 2 else 'better'} by {row.name}, by {by}: {numbers}."


def short_words(found: Comparison, letters: Sequence[str]) -> list[str]:
    """Say in a sentence each what the other parts found, for every checkpoint beside the first."""
    words = []
    for other in range(1, len(letters)):
        words += [one for one in (_flips(found, other, letters), _moves(found, other, letters)) if one]
        words += [_hill(line, letters[other]) for line in found.line if line.other == other]
    return words


def _flips(found: Comparison, other: int, letters: Sequence[str]) -> str:
    made = next((one for one in found.flipped if one.other == other), None)
    if made is None:
        return ""
    of = f"{made.examples.count:,} {SPLITS[made.examples.split]} examples"
    if not made.classes:
        return f"{letters[other]} predicts {made.gained:,} of {of} closer than A, {made.lost:,} farther."
    return (
        f"{letters[other]} predicts {made.count:,} of {of} otherwise than A: {made.gained:,} now right, "
        f"{made.lost:,} now wrong, {made.changed:,} wrong in another way."
    )


def _moves(found: Comparison, other: int, letters: Sequence[str]) -> str:
    """Name the layer that moved most, relative to its length."""
    layers = [(as_float(row.changes[other]), row) for row in found.layers if row.kind == "layer" and row.changes[other]]
    known = [(change, row) for change, row in layers if math.isfinite(change)]
    if not known:
        return ""
    change, row = max(known, key=lambda one: one[0])
    return f"From A to {letters[other]} the layer {row.name} moved most, by {value(change)} of its length."


def _hill(line: Line, letter: str) -> str:
    which = "training" if line.barrier_valid is None else "validation"
    height = as_float(line.barrier_train if line.barrier_valid is None else line.barrier_valid)
    if height <= 0:
        return f"No hill of {which} loss lies between A and {letter}."
    return f"Between A and {letter} the {which} loss rises by {value(height)} above the line of its two ends."

"""Fuzzy matching for the command palette: letters in order, better when they begin words or stand together."""

from __future__ import annotations


def score(wanted: str, text: str) -> float | None:
    """Return how well `wanted` matches `text` (higher is better), or None when its letters are not there in order."""
    wanted, low = wanted.lower().replace(" ", ""), text.lower()
    if not wanted:
        return 0.0
    best: float | None = None
    start = low.find(wanted[0])
    while start >= 0:
        found = _score_from(wanted, low, start)
        if found is not None and (best is None or found > best):
            best = found
        start = low.find(wanted[0], start + 1)
    return best


def _score_from(wanted: str, low: str, start: int) -> float | None:
    total, place, before = 0.0, start, start - 1
    for number, letter in enumerate(wanted):
        place = start if number == 0 else low.find(letter, before + 1)
        if place < 0:
            return None
        begins_word = place == 0 or not low[place - 1].isalnum()
        total += 3.0 if begins_word else 0.0
        total += 2.0 if place == before + 1 else -0.1 * (place - before)
        before = place
    return total - 0.01 * len(low)

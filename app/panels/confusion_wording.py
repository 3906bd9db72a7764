"""What a confusion matrix and its cells say in words."""

from __future__ import annotations

from html import escape

from core.runs.confusion import ConfusionMatrix

_LONGEST = 40  # characters of a class name


def summary_words(matrix: ConfusionMatrix) -> str:
    """Say how many are right, and which mistake is the most frequent."""
    right = f"{matrix.hits:,} of {matrix.examples:,} right"
    worst = matrix.worst()
    if worst is None:
        return f"{right}."
    count = int(matrix.counts[worst])
    true, predicted = (short(matrix.classes[number]) for number in worst)
    return f"{right}; most often {true} is taken for {predicted}: {count:,}."


def cell_words(matrix: ConfusionMatrix, row: int, column: int) -> str:
    """Say what a cell counts, then recall of its true and precision of its predicted class, on three lines."""
    true, predicted = short(matrix.classes[row]), short(matrix.classes[column])
    hits, actual = matrix.recall(row)
    found, guessed = matrix.precision(column)
    count = int(matrix.counts[row, column])
    share = f" of {actual:,} ({count / actual:.1%})".replace("%", " %") if actual else ""
    recall = f"{hits / actual:.3f} ({hits:,} of {actual:,})" if actual else "undefined, there is no example of it"
    precision = f"{found / guessed:.3f} ({found:,} of {guessed:,})" if guessed else "undefined, it is never predicted"
    return (
        f"true {true}, predicted {predicted}: {count:,}{share}\n"
        f"recall of {true}: {recall}\n"
        f"precision of {predicted}: {precision}"
    )


def tooltip(matrix: ConfusionMatrix, row: int, column: int) -> str:
    """Return a cell's words as rich text, for a class name may look like markup."""
    return f"<p style='white-space:pre'>{escape(cell_words(matrix, row, column))}</p>"


def short(name: str) -> str:
    """Return a class name on one line and not too long; one that is empty as quotation marks."""
    line = " ".join(name.split()) or "''"
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def compact(count: int) -> str:
    """Return a count in at most four characters or so: 999, 1.2k, 35k, 1.2M."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit}" if count < 9.95 * size else f"{count / size:.0f}{unit}"
    return str(count)

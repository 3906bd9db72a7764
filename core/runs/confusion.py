"""How classes are confused, as window and command line show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.runs.events import Confusion
from core.runs.state import RunState


@dataclass(frozen=True, eq=False)
class ConfusionMatrix:
    """Counts (k, k) of one split at one step: a row for each true class, a column for each predicted one."""

    split: str
    step: int
    classes: tuple[str, ...]  # k names
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, event: Confusion, classes: Sequence[str] = ()) -> ConfusionMatrix:
        """Return an event's matrix; a class that has no name is called by its number."""
        counts = np.array(event.counts, np.int64).reshape(len(event.counts), len(event.counts))
        names = (classes[number] if number < len(classes) else str(number) for number in range(len(counts)))
        return cls(event.split, event.step, tuple(names), counts)

    @property
    def examples(self) -> int:
        """How many examples were measured."""
        return int(self.counts.sum())

    @property
    def hits(self) -> int:
        """How many of them were predicted as what they are."""
        return int(self.counts.trace())

    @property
    def shares(self) -> NDArray[np.float64]:
        """The counts (k, k) as shares of their true class, 0 to 1; 0 throughout for a class without examples."""
        shares: NDArray[np.float64] = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        return shares

    def recall(self, number: int) -> tuple[int, int]:
        """Return (hits, examples of the class)."""
        return int(self.counts[number, number]), int(self.counts[number].sum())

    def precision(self, number: int) -> tuple[int, int]:
        """Return (hits, times the class was predicted)."""
        return int(self.counts[number, number]), int(self.counts[:, number].sum())

    def worst(self) -> tuple[int, int] | None:
        """Return (true, predicted) of the most frequent mistake, the first of several; None when there is none."""
        mistakes = self.counts.copy()
        np.fill_diagonal(mistakes, 0)
        if not mistakes.any():
            return None
        row, column = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
        return int(row), int(column)


def confusion_matrices(state: RunState) -> list[ConfusionMatrix]:
    """Return the newest matrix of each split that has one, valid first."""
    classes = state.prepared.classes if state.prepared else ()
    return [ConfusionMatrix.of(event, classes) for event in state.confusions.values()]

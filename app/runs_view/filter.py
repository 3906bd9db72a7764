"""Filtering runs: words, and `status:failed`, `tag:baseline`."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel

from app.runs_view.run_rows import SORT_ROLE, SUMMARY_ROLE
from core.runs.summary import RunSummary


@dataclass(frozen=True)
class Wanted:
    """What a filter text asks for; several statuses or tags mean any of them, several words all of them."""

    words: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str) -> Wanted:
        """Read a filter text."""
        words, statuses, tags = [], set(), set()
        for part in text.lower().split():
            key, colon, value = part.partition(":")
            if colon and key == "status":
                statuses.add(value)
            elif colon and key == "tag":
                tags.add(value)
            else:
                words.append(part)
        return cls(tuple(words), frozenset(statuses), frozenset(tags))

    def accepts(self, run: RunSummary) -> bool:
        """Tell whether a run is wanted."""
        if self.statuses and run.status not in self.statuses:
            return False
        tags = {tag.lower() for tag in run.tags}
        if self.tags and not self.tags & tags:
            return False
        text = " ".join((run.name.lower(), run.id, run.status, *tags))
        return all(word in text for word in self.words)


class RunFilter(QSortFilterProxyModel):
    """Shows wanted runs and the rows above them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = Wanted()
        self.setRecursiveFilteringEnabled(True)
        self.setSortRole(SORT_ROLE)

    def set_text(self, text: str) -> None:
        """Filter by this text."""
        self._wanted = Wanted.read(text)
        self.invalidate()

    def wants(self, run: RunSummary) -> bool:
        """Tell whether a run passes the filter."""
        return self._wanted.accepts(run)

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        run = self.sourceModel().index(row, 0, parent).data(SUMMARY_ROLE)
        return run is not None and self._wanted.accepts(run)

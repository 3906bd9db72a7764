"""The runs as rows of an item model: flat, grouped by name, or by descent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from time import time
from typing import Any, Literal

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.icons import icon
from app.runs_view.words import STATUS_TOKENS, STATUS_WORDS, age, descent_words, number, progress_words
from core.runs.summary import RunSummary

Shape = Literal["list", "name", "lineage"]
FEW = 50  # rows that are taken out one by one; beyond that all are built anew
Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Run", "Progress", "Best", "Metric", "Started", "Tags")
SUMMARY_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
GROUP_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(eq=False)
class Node:
    """A row: a run, or a group heading when `run` is None.

    `number` is what Qt's indexes carry: a stale index then names a row that is gone, not memory that is freed.
    """

    run: RunSummary | None = None
    title: str = ""
    above: Node | None = None
    below: list[Node] = field(default_factory=list)
    place: int = 0
    number: int = field(default_factory=count(1).__next__)

    def add(self, node: Node) -> None:
        """Append a row below this one."""
        node.above, node.place = self, len(self.below)
        self.below.append(node)


class RunRows(QAbstractItemModel):
    """Rows are rebuilt when runs come or go, and only repainted when their numbers change."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shape: Shape = "list"
        self._root = Node()
        self._nodes: dict[str, Node] = {}
        self._numbered: dict[int, Node] = {}

    @property
    def count(self) -> int:
        """How many runs there are."""
        return len(self._nodes)

    @property
    def shape(self) -> Shape:
        """How the runs are arranged."""
        return self._shape

    def set_shape(self, shape: Shape) -> None:
        """Arrange the runs anew."""
        if shape != self._shape:
            self._shape = shape
            self._rebuild([node.run for node in self._nodes.values() if node.run])

    def set_runs(self, runs: Mapping[str, RunSummary], changed: Collection[str]) -> None:
        """Show these runs, newest first, of which some came, went or changed since the last call."""
        came = [runs[run_id] for run_id in changed if run_id in runs and run_id not in self._nodes]
        gone = [run_id for run_id in changed if run_id not in runs and run_id in self._nodes]
        stay = [runs[run_id] for run_id in changed if run_id in runs and run_id in self._nodes]
        moved = any(not self._same_place(self._nodes[run.id].run, run) for run in stay)
        if len(runs) != len(self._nodes) + len(came) - len(gone) or not self._few(came, gone, moved):
            self._rebuild(sorted(runs.values(), key=_newest_first))
            return
        for run_id in gone:
            self._take_out(run_id)
        if came:
            self._put_first(sorted(came, key=_newest_first))
        for run in stay:
            self._renew(self._nodes[run.id], run)

    def index_of(self, run_id: str) -> QModelIndex:
        """Return where a run stands; an invalid index when it is not here."""
        node = self._nodes.get(run_id)
        return self._index(node) if node else QModelIndex()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        below = self._node(parent).below
        return self._index(below[row], column) if 0 <= row < len(below) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        above = self._node(index).above
        if above is None or above is self._root:
            return QModelIndex()
        return self._index(above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self._node(parent).below) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self._node(index)
        if role == SUMMARY_ROLE:
            return node.run
        if role == GROUP_ROLE:
            return node.title
        if node.run is None:
            return node.title if role == Qt.ItemDataRole.DisplayRole and index.column() == 0 else None
        return _cell(node.run, index.column(), role)

    def _node(self, index: Index) -> Node:
        return self._numbered.get(index.internalId(), self._root) if index.isValid() else self._root

    def _index(self, node: Node, column: int = 0) -> QModelIndex:
        return self.createIndex(node.place, column, node.number)

    def _same_place(self, before: RunSummary | None, after: RunSummary) -> bool:
        return before is not None and before.name == after.name and before.parent == after.parent

    def _few(self, came: list[RunSummary], gone: list[str], moved: bool) -> bool:
        """Tell whether rows can be put in and taken out one by one instead of building all anew."""
        if not came and not gone:
            return not moved
        newest = next((node.run.created for node in self._root.below if node.run), 0.0)
        return self._shape == "list" and len(gone) <= FEW and all(run.created >= newest for run in came)

    def _take_out(self, run_id: str) -> None:
        node = self._nodes[run_id]
        self.beginRemoveRows(QModelIndex(), node.place, node.place)
        del self._nodes[run_id], self._numbered[node.number]
        del self._root.below[node.place]
        for below in self._root.below[node.place :]:
            below.place -= 1
        self.endRemoveRows()

    def _put_first(self, runs: list[RunSummary]) -> None:
        self.beginInsertRows(QModelIndex(), 0, len(runs) - 1)
        fresh = {run.id: Node(run, above=self._root) for run in runs}
        self._root.below[:0] = fresh.values()
        for place, node in enumerate(self._root.below):
            node.place = place
        self._nodes = {**fresh, **self._nodes}
        self._numbered.update((node.number, node) for node in fresh.values())
        self.endInsertRows()

    def _renew(self, node: Node, run: RunSummary) -> None:
        if node.run == run:
            return
        node.run = run
        first = self._index(node)
        self.dataChanged.emit(first, first.siblingAtColumn(len(COLUMNS) - 1))

    def _rebuild(self, runs: list[RunSummary]) -> None:
        self.beginResetModel()
        self._root = Node()
        self._nodes = {run.id: Node(run) for run in runs}
        self._numbered = {node.number: node for node in self._nodes.values()}
        if self._shape == "name":
            self._group_by_name()
        elif self._shape == "lineage":
            for node in self._nodes.values():
                parent = node.run.parent if node.run else None
                self._nodes.get(parent or "", self._root).add(node)
        else:
            for node in self._nodes.values():
                self._root.add(node)
        self.endResetModel()

    def _group_by_name(self) -> None:
        groups: dict[str, Node] = {}
        for node in self._nodes.values():
            name = node.run.name if node.run else ""
            if name not in groups:
                groups[name] = Node(title=name)
                self._numbered[groups[name].number] = groups[name]
                self._root.add(groups[name])
            groups[name].add(node)


def _newest_first(run: RunSummary) -> tuple[float, str]:
    return -run.created, run.id


def _cell(run: RunSummary, column: int, role: int) -> Any:
    if role == Qt.ItemDataRole.DisplayRole:
        return _text(run, column)
    if role == SORT_ROLE:
        return _sort_key(run, column)
    if role == Qt.ItemDataRole.DecorationRole and column == 0:
        return icon(f"status-{run.status}", STATUS_TOKENS[run.status])
    if role == Qt.ItemDataRole.TextAlignmentRole and column == 2:
        return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    if role == Qt.ItemDataRole.ToolTipRole:
        best = f"\nbest {run.best_metric} {number(run.best_value)}" if run.best_value is not None else ""
        came = f"\n{descent_words(run)} of {run.parent}" if run.parent else ""
        return f"{run.name} ({run.id})\n{run.message or STATUS_WORDS[run.status]}{best}{came}"
    if role == Qt.ItemDataRole.AccessibleTextRole and column == 0:
        return ", ".join(filter(None, (run.name, progress_words(run), descent_words(run))))
    return None


def _text(run: RunSummary, column: int) -> str:
    return (
        run.name,
        progress_words(run),
        number(run.best_value),
        run.best_metric or "",
        age(run.created, time()),
        ", ".join(run.tags),
    )[column]


def _sort_key(run: RunSummary, column: int) -> Any:
    best = run.best_value if run.best_value is not None else float("inf")
    done = run.step / run.total_steps if run.total_steps else 0.0
    return (run.name.lower(), done, best, run.best_metric or "", -run.created, ", ".join(run.tags))[column]

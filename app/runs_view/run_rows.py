"""The runs as rows of an item model: flat, grouped by name, or by descent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import time
from typing import Any, Literal

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.icons import icon
from app.runs_view.words import STATUS_TOKENS, STATUS_WORDS, age, number, progress_words
from core.runs.summary import RunSummary

Shape = Literal["list", "name", "lineage"]
Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Run", "Progress", "Best", "Metric", "Started", "Tags")
SUMMARY_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
GROUP_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(eq=False)
class Node:
    """A row: a run, or a group heading when `run` is None."""

    run: RunSummary | None = None
    title: str = ""
    above: Node | None = None
    below: list[Node] = field(default_factory=list)
    place: int = 0

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
        self._colours: dict[str, int] = {}

    @property
    def shape(self) -> Shape:
        """How the runs are arranged."""
        return self._shape

    def set_shape(self, shape: Shape) -> None:
        """Arrange the runs anew."""
        if shape != self._shape:
            self._shape = shape
            self._rebuild([node.run for node in self._nodes.values() if node.run])

    def set_runs(self, runs: Iterable[RunSummary]) -> None:
        """Show these runs, newest first."""
        ordered = sorted(runs, key=lambda run: (-run.created, run.id))
        if [run.id for run in ordered] == list(self._nodes) and all(
            self._same_place(self._nodes[run.id].run, run) for run in ordered
        ):
            for run in ordered:
                self._renew(self._nodes[run.id], run)
        else:
            self._rebuild(ordered)

    def index_of(self, run_id: str) -> QModelIndex:
        """Return where a run stands; an invalid index when it is not here."""
        node = self._nodes.get(run_id)
        return self.createIndex(node.place, 0, node) if node else QModelIndex()

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        below = self._node(parent).below
        return self.createIndex(row, column, below[row]) if 0 <= row < len(below) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        above = self._node(index).above
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.place, 0, above)

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
        node = index.internalPointer() if index.isValid() else None
        return node if isinstance(node, Node) else self._root

    def _same_place(self, before: RunSummary | None, after: RunSummary) -> bool:
        return before is not None and before.name == after.name and before.parent == after.parent

    def _renew(self, node: Node, run: RunSummary) -> None:
        if node.run == run:
            return
        node.run = run
        first = self.createIndex(node.place, 0, node)
        self.dataChanged.emit(first, first.siblingAtColumn(len(COLUMNS) - 1))

    def _rebuild(self, runs: list[RunSummary]) -> None:
        self.beginResetModel()
        self._root = Node()
        self._nodes = {run.id: Node(run) for run in runs}
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
                self._root.add(groups[name])
            groups[name].add(node)


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
        return f"{run.name} ({run.id})\n{run.message or STATUS_WORDS[run.status]}{best}"
    if role == Qt.ItemDataRole.AccessibleTextRole and column == 0:
        return f"{run.name}, {progress_words(run)}"
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

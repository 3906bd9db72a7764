"""Tables of a preview: the columns with type and range, and the first rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from app.theme import theme

Index = QModelIndex | QPersistentModelIndex
LONGEST = 60  # characters of a cell


class CellsModel(QAbstractTableModel):
    """Cells of text, made when they are looked at."""

    def __init__(
        self, titles: Sequence[str], cells: Sequence[Sequence[Any]], faint: frozenset[int] = frozenset()
    ) -> None:
        super().__init__()
        self._titles, self._cells, self._faint = titles, cells, faint

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and section < len(self._titles):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._titles[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._cells[index.row()]
        value = row[index.column()] if index.column() < len(row) else None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell_words(value)
            case Qt.ItemDataRole.ToolTipRole:
                return str(value) if value is not None else "missing"
            case Qt.ItemDataRole.ForegroundRole if value is None or index.row() in self._faint:
                return theme().colour("text_faint")
            case Qt.ItemDataRole.TextAlignmentRole if isinstance(value, int | float):
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None


def columns_model(columns: Sequence[Mapping[str, Any]]) -> CellsModel:
    """Return a row for each column: name, type, range or most frequent values, missing, role."""
    cells = [
        [
            column.get("name", ""),
            column.get("type", ""),
            _range_words(column),
            column.get("missing") or "",
            "" if column.get("role") == "input" else column.get("role", ""),
        ]
        for column in columns
    ]
    ignored = frozenset(index for index, column in enumerate(columns) if column.get("role") == "ignored")
    return CellsModel(("column", "type", "values", "missing", "role"), cells, ignored)


def rows_model(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> CellsModel:
    """Return the first rows under their column names."""
    return CellsModel(names, rows)


def cell_words(value: Any) -> str:
    """Return a cell, shortened; a missing one is a dash."""
    if value is None:
        return "—"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _bound(value: float) -> str:
    """Return an end of a range with four digits, written out as far as people read it so: `72,600`."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        whole = f"{round(value):,}" if abs(value) >= 1e4 else ""
        return whole or f"{value:.4g}"
    return f"{value:.4g}"


def _range_words(column: Mapping[str, Any]) -> str:
    least, most = column.get("minimum"), column.get("maximum")
    if isinstance(least, int | float) and isinstance(most, int | float):
        return f"{_bound(least)} to {_bound(most)}" if least != most else f"always {_bound(least)}"
    frequent = column.get("most_frequent") or []
    words = ", ".join(str(entry[0]) for entry in frequent[:4])
    distinct = column.get("distinct")
    return f"{distinct:,} values: {words}" if distinct and distinct > 4 else words

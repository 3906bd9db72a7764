"""The checkpoints of one run as a table model."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFontMetrics

from app.icons import icon
from app.runs_view.words import age, number
from app.theme import theme
from core.runs.state import CheckpointRow, RunState
from core.spec.metric_names import METRICS

Index = QModelIndex | QPersistentModelIndex
LONGEST_AGE = "59 min ago"
METRICS_SHOWN = 2  # the others are in the tooltip


class CheckpointsModel(QAbstractTableModel):
    """One row per checkpoint, the newest first; metric columns follow what the run measures."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[CheckpointRow] = []
        self._metrics: list[str] = []
        self._phases: dict[int, str] = {}
        self._model_step: int | None = None
        self._pins: set[int] = set()
        self._proofs: dict[int, str] = {}

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        phase = ["phase"] if self._phases else []
        return ["step", "epoch", *self._metrics, *phase, "size", "age", "kept because"]

    def show(self, state: RunState | None, phases: dict[int, str] | None = None) -> None:
        """Take over what a state says.  Phases are I, II or III by step."""
        rows = list(reversed(state.checkpoints)) if state else []
        metrics = _chosen_metrics(state, rows)
        model_step = state.ended.model_step if state and state.ended else None
        if (rows, metrics, phases or {}, model_step) == (self.rows, self._metrics, self._phases, self._model_step):
            return
        same_shape = len(rows) == len(self.rows) and (metrics, phases or {}) == (self._metrics, self._phases)
        if not same_shape:
            self.beginResetModel()
        self.rows, self._metrics, self._phases, self._model_step = rows, metrics, phases or {}, model_step
        if not same_shape:
            self.endResetModel()
        else:
            self.tick()

    def show_pins(self, steps: Collection[int]) -> None:
        """Take over which steps are pinned."""
        if set(steps) != self._pins:
            self._pins = set(steps)
            self.tick()

    def show_proofs(self, words: dict[int, str]) -> None:
        """Take over what was proved of checkpoints, in words by step; it stands in the tooltip."""
        self._proofs = words

    def tick(self) -> None:
        """Ages have grown."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))

    def row_of(self, step: int) -> int | None:
        """Return the row of the checkpoint at a step."""
        return next((row for row, checkpoint in enumerate(self.rows) if checkpoint.step == step), None)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[section])
        if role == Qt.ItemDataRole.SizeHintRole and self.columns[section] == "age":
            # Ages grow while nobody resizes the column: room for the longest keeps them whole, and the columns calm.
            widest = QFontMetrics(theme().font("body")).horizontalAdvance(LONGEST_AGE)
            return QSize(widest + theme().space(2), 0)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        checkpoint, column = self.rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(checkpoint, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.ForegroundRole:
                return None if checkpoint.live else theme().colour("text_faint")
            case Qt.ItemDataRole.DecorationRole if column == "step":
                return self._icon(checkpoint)
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(checkpoint, self._proofs.get(checkpoint.step, ""))
            case _:
                return None

    def _words(self, checkpoint: CheckpointRow, column: str) -> str:
        match column:
            case "step":
                return f"{checkpoint.step:,}"
            case "epoch":
                return f"{checkpoint.virtual_epoch:.2f}"
            case "phase":
                return self._phases.get(checkpoint.step, "")
            case "size":
                return size_words(checkpoint.bytes)
            case "age":
                return age(checkpoint.time, time.time())
            case "kept because":
                pinned = ["pinned"] if checkpoint.step in self._pins else []
                thinned = ["weights only"] if checkpoint.thinned else []
                return ", ".join([*pinned, checkpoint.kept_because, *thinned])
            case _:
                return number(checkpoint.metrics.get(column))

    def _icon(self, checkpoint: CheckpointRow) -> Any:
        if checkpoint.step == self._model_step:
            return icon("star-filled", "chosen")
        return icon("checkpoint", "checkpoint" if checkpoint.live else "text_faint")


def size_words(size: int) -> str:
    """Return a number of bytes in the largest fitting unit: `310 kB`."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def _chosen_metrics(state: RunState | None, rows: list[CheckpointRow]) -> list[str]:
    """Choose the columns: the monitored metric first, then the validation loss, then what else is known by name."""
    seen = dict.fromkeys(name for row in rows for name in row.metrics)
    monitor = state.prepared.monitor if state and state.prepared else ""
    known = list(METRICS)

    def order(name: str) -> tuple[bool, bool, bool, int]:
        split, _, metric = name.partition("/")
        place = known.index(metric) if metric in known else len(known)
        return (name != monitor, name != "valid/loss", split != "valid", place)

    return sorted(seen, key=order)[:METRICS_SHOWN]


def _alignment(column: str) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column in ("kept because", "phase") else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _tip(checkpoint: CheckpointRow, proof: str) -> str:
    lines = [f"{name}: {number(value)}" for name, value in sorted(checkpoint.metrics.items())]
    lines += [f"{checkpoint.examples:,} examples seen", f"saved because: {checkpoint.reason}"]
    lines += [f"state {checkpoint.state_sha256[:12]}", *filter(None, [proof])]
    if not checkpoint.live:
        lines.append("The run went on from before this checkpoint.")
    return "\n".join(lines)

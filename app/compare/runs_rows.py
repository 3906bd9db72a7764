"""Compared runs as rows of a tree: runs that differ in nothing but the seed stand together under their mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QTreeWidgetItem

from app.compare.wording import value, word
from core.comparison.result import as_float
from core.comparison.runs import GroupMetric, Point, RunMetric, RunsComparison, SeedGroup, Spread

KINDS = ("best", "last", "at")
RUNS = Qt.ItemDataRole.UserRole  # ids of the runs that a row is about
_SORT = Qt.ItemDataRole.UserRole + 1
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_DOT = 10  # pixels


class Row(QTreeWidgetItem):
    """Numbers are sorted as numbers, whatever else stands in the cell."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        tree = self.treeWidget()
        column = tree.sortColumn() if tree is not None else 0
        mine, theirs = self.data(column, _SORT), other.data(column, _SORT)
        if isinstance(mine, int | float) and isinstance(theirs, int | float):
            return bool(mine < theirs)
        return self.text(column) < other.text(column)


def heads(found: RunsComparison) -> tuple[list[str], list[str]]:
    """Return what stands above the columns, and their tooltips."""
    at = "at step" if found.at_step is None else f"at {found.at_step:,}"
    last = [row.path.rpartition(".")[2] for row in found.spec]
    names = [name if last.count(name) == 1 else row.path for name, row in zip(last, found.spec, strict=True)]
    tips = [
        "The run, in the colour of its curve",
        "The best value of the live curve, and the step it was measured at",
        "The last value of the live curve, and its step",
        "The last value at or before the chosen step, and the step it was measured at",
        *(f"{row.path} of the spec" for row in found.spec),
    ]
    return ["run", "best", "last", at, *names], tips


def rows_of(found: RunsComparison, metric: str, colours: Sequence[QColor]) -> list[Row]:
    """Return the rows at the top of the tree: a group of several seeds with its runs below, or a run alone."""
    chosen = next((one for one in found.metrics if one.name == metric), None)
    rows = []
    for group in found.groups:
        runs = [_run_row(found, chosen, place, colours[place]) for place in group.runs]
        if len(group.counted) > 1:
            row = _group_row(found, group, metric)
            row.addChildren(runs)
            rows.append(row)
        else:
            rows += runs
    return rows


def _run_row(found: RunsComparison, metric: RunMetric | None, place: int, colour: QColor) -> Row:
    run = found.runs[place]
    row = Row([run.name])
    row.setData(0, RUNS, [run.id])
    row.setIcon(0, _dot(colour))
    row.setToolTip(0, f"{run.name}\n{run.id}, {run.status} at step {run.step:,}, seed {run.seed}")
    for column, kind in enumerate(KINDS, start=1):
        points: list[Point | None] = getattr(metric, kind) if metric is not None else [None] * len(found.runs)
        point = points[place]
        _write(row, column, "" if point is None else f"{value(point.value)} @{point.step:,}", point and point.value)
        if metric is not None and place in _best(points, higher=metric.higher_is_better):
            font = row.font(column)
            font.setBold(True)
            row.setFont(column, font)
    for column, field in enumerate(found.spec, start=1 + len(KINDS)):
        _write(row, column, word(field.values[place]), field.values[place])
    return row


def _group_row(found: RunsComparison, group: SeedGroup, metric: str) -> Row:
    row = Row([f"mean of {len(group.counted)} seeds"])
    row.setData(0, RUNS, [found.runs[place].id for place in group.runs])
    seeds = ", ".join(str(found.runs[place].seed) for place in group.counted)
    row.setToolTip(0, f"Runs that differ in nothing but the seed: {seeds}.\nMean ± sample standard deviation.")
    spreads = next((one for one in group.metrics if one.name == metric), None)
    for column, kind in enumerate(KINDS, start=1):
        spread = _spread(spreads, kind)
        _write(row, column, _spread_words(spread), spread and spread.mean)
        if spread is not None:
            row.setToolTip(column, f"{spread.count} runs, {value(spread.low)} to {value(spread.high)}")
    for column, field in enumerate(found.spec, start=1 + len(KINDS)):
        values = [word(field.values[place]) for place in group.counted]
        alike = len(set(values)) == 1
        _write(row, column, values[0] if alike else ", ".join(values), field.values[group.counted[0]])
    return row


def _spread(metric: GroupMetric | None, kind: str) -> Spread | None:
    found: Spread | None = getattr(metric, kind) if metric is not None else None
    return found


def _spread_words(spread: Spread | None) -> str:
    if spread is None:
        return ""
    return value(spread.mean) + (f" ± {value(spread.deviation)}" if spread.deviation is not None else "")


def _best(points: Sequence[Point | None], *, higher: bool) -> list[int]:
    """Return the places of the best value, none where there is nothing to be better than."""
    known = {place: as_float(point.value) for place, point in enumerate(points) if point is not None}
    finite = {place: one for place, one in known.items() if abs(one) < float("inf")}
    if len(known) < 2 or len(set(finite.values())) < 2:
        return []
    best = (max if higher else min)(finite.values())
    return [place for place, one in finite.items() if one == best]


def _write(row: Row, column: int, text: str, sort: Any) -> None:
    row.setText(column, text)
    row.setTextAlignment(column, _RIGHT)
    if isinstance(sort, int | float) and not isinstance(sort, bool):
        row.setData(column, _SORT, sort)
    row.setToolTip(column, text)


def _dot(colour: QColor) -> QIcon:
    image = QPixmap(2 * _DOT, 2 * _DOT)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(2, 2, 2 * _DOT - 4, 2 * _DOT - 4)
    painter.end()
    image.setDevicePixelRatio(2)
    made = QIcon(image)
    made.addPixmap(image, QIcon.Mode.Selected)
    return made

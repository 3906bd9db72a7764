"""Checkpoints drawn on a plot: on the curves they belong to, and once more side by side along the lower edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.plots.canvas import CurveBox
from app.plots.checkpoint_points import CheckpointPoints, Groups, grouped
from app.plots.line_look import towards_plot
from app.plots.mark_shapes import diamond, draw_letter, draw_stack, draw_upright, star
from app.plots.overlay import Overlay
from app.plots.x_axis import Floats, Indices
from app.theme import theme

STRIP_HEIGHT = 24
_REACH = 9.0  # pixels around a mark that still mean it
_SPARE = 8.0  # pixels of a mark beyond its place
_MANY = 40  # marks in view, of which all are drawn small


@dataclass(frozen=True)
class Marked:
    """Checkpoints where they are drawn; `heights` in view coordinates, None for the strip along the lower edge."""

    points: CheckpointPoints
    heights: Floats | None
    token: str  # of their colour; nothing for that of the run


@dataclass(frozen=True)
class Hit:
    """What a position points at: a checkpoint, and all that fall together with it."""

    points: CheckpointPoints
    index: int
    group: Indices
    at: QPointF

    @property
    def run_id(self) -> str:
        """The run it is of."""
        return self.points.run.id

    @property
    def step(self) -> int:
        """Its step."""
        return int(self.points.steps[self.index])


class CheckpointMarks(Overlay):
    """Diamonds for checkpoints, a star for the model, a ring or a letter for those selected.

    Marks that would cover each other are one mark, the most important of them; a selected one is always drawn.
    """

    def __init__(self, box: CurveBox, *, leading: bool) -> None:
        super().__init__(box, layer=20)
        self._leading = leading
        self._marked: Sequence[Marked] = ()
        self._selected: Mapping[tuple[str, int], int] = {}

    def show_marks(self, marked: Sequence[Marked]) -> None:
        """Show these marks."""
        if marked or self._marked:
            self._marked = marked
            self.update()

    def show_selected(self, selected: Sequence[tuple[str, int]]) -> None:
        """Mark these checkpoints, by run and step, as selected; several get the letters A, B, C."""
        self._selected = {one: number for number, one in enumerate(selected)}
        self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Draw what is in view, the selected ones above all."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for marked in self._marked:
            places = self._places(marked, area)
            groups = self._groups(marked, places, area)
            small = len(groups.starts) > _MANY
            for index, size in zip(groups.firsts.tolist(), groups.sizes.tolist(), strict=True):
                self._draw(painter, marked, index, QPointF(*places[index]), many=size > 1, small=small)
        for marked in self._marked:
            for number, index, at in self._chosen(marked, self._places(marked, area), area):
                self._draw_chosen(painter, marked, index, at, number, area)

    def hit(self, position: QPointF) -> Hit | None:
        """Return what is pointed at (pixels of the view), or None."""
        area = self.boundingRect()
        best, nearest = _REACH, None
        for marked in self._marked:
            places = self._places(marked, area)
            groups = self._groups(marked, places, area)
            if not len(groups.firsts):
                continue
            away = np.hypot(*(places[groups.firsts] - (position.x(), position.y())).T)
            number = int(np.argmin(away))
            if away[number] <= best:
                index = int(groups.firsts[number])
                best = float(away[number])
                nearest = Hit(marked.points, index, groups.of(number), QPointF(*places[index]))
            for _, index, at in self._chosen(marked, places, area):
                distance = float(np.hypot(at.x() - position.x(), at.y() - position.y())) - 1.0  # above the others
                if distance <= best:
                    best, nearest = distance, Hit(marked.points, index, np.array([index]), at)
        return nearest

    def place_of(self, run_id: str, step: int) -> QPointF | None:
        """Return where a checkpoint is drawn, on the strip if it is there; None when it is not in view."""
        area = self.boundingRect()
        for marked in sorted(self._marked, key=lambda one: one.heights is not None):
            index = marked.points.index_of(step) if marked.points.run.id == run_id else None
            if index is not None:
                at = QPointF(*self._places(marked, area)[index])
                return at if area.contains(at) else None
        return None

    def _places(self, marked: Marked, area: QRectF) -> Floats:
        """Return where all checkpoints stand in pixels, shape (k, 2); NaN where a curve does not pass."""
        (left, right), (low, high) = self._box.viewRange()
        x = area.left() + (marked.points.x - left) / max(right - left, 1e-300) * area.width()
        if marked.heights is None:
            y = np.full(len(x), area.bottom() - STRIP_HEIGHT / 2)
        else:
            y = area.bottom() - (marked.heights - low) / max(high - low, 1e-300) * area.height()
        return np.column_stack((x, y))

    def _groups(self, marked: Marked, places: Floats, area: QRectF) -> Groups:
        near = np.flatnonzero(_within(places, area))
        return grouped(places[near, 0], near, marked.points.rank, 9.0 if marked.heights is None else 14.0)

    def _chosen(self, marked: Marked, places: Floats, area: QRectF) -> list[tuple[int, int, QPointF]]:
        """Return the selected checkpoints in view: which of the selection, index, place; the first one last."""
        found = []
        for (run_id, step), number in self._selected.items():
            index = marked.points.index_of(step) if run_id == marked.points.run.id else None
            if index is not None and _within(places[index, None], area)[0]:
                found.append((number, index, QPointF(*places[index])))
        return found[::-1]

    def _fill(self, marked: Marked, index: int) -> QColor:
        points = marked.points
        if index == points.model:
            colour = theme().colour("chosen")
        else:
            colour = theme().colour(marked.token) if marked.token else theme().series(points.run.colour)
        return colour if points.live[index] else towards_plot(colour, 0.35)

    def _draw(self, painter: QPainter, marked: Marked, index: int, at: QPointF, *, many: bool, small: bool) -> None:
        fill, model = self._fill(marked, index), index == marked.points.model
        on_strip = marked.heights is None
        radius = (8.5 if on_strip else 7.0) if model else (5.5 if on_strip else 4.5) - 2.0 * small
        shape = star(at, radius) if model else diamond(at, radius)
        if many and on_strip and not small:
            draw_stack(painter, shape, fill)
        else:
            # Without an edge where marks are many: edges would cut the curve into dashes.
            edge = QPen(theme().colour("plot"), 1.25 if on_strip else 0.75)
            painter.setPen(Qt.PenStyle.NoPen if small and not model else edge)
            painter.setBrush(fill)
            painter.drawPolygon(shape)
        if marked.points.pinned[index]:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("plot"))
            painter.drawEllipse(at, 1.75, 1.75)

    def _draw_chosen(
        self, painter: QPainter, marked: Marked, index: int, at: QPointF, number: int, area: QRectF
    ) -> None:
        fill = self._fill(marked, index)
        if marked.heights is not None:  # a line leads to the strip, and through it to the same one on other plots
            line = QColor(fill)
            line.setAlphaF(0.5)
            edge = area.bottom() if self._leading else area.top()
            draw_upright(painter, QPen(line, 1), at.x(), at.y(), edge)
        if len(self._selected) > 1:
            draw_letter(painter, at, letter(number), fill)
            return
        halo = QColor(fill)
        halo.setAlphaF(0.28)
        painter.setPen(QPen(fill, 1.5))
        painter.setBrush(halo)
        painter.drawEllipse(at, 9.5, 9.5)
        self._draw(painter, marked, index, at, many=False, small=False)


def letter(number: int) -> str:
    """Return the letter of a checkpoint by its place in the selection: A, B, C; after Z its number."""
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def _within(places: Floats, area: QRectF) -> NDArray[np.bool_]:
    """Return which places, shape (k, 2), lie in the view or so near that a mark there reaches into it."""
    x, y = places.T
    across = (x >= area.left() - _SPARE) & (x <= area.right() + _SPARE)
    inside: NDArray[np.bool_] = across & (y >= area.top() - _SPARE) & (y <= area.bottom() + _SPARE)
    return inside

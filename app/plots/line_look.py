"""How the lines of a run look: colour by run, and a second channel for colour-blind eyes and grey prints."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from app.theme import theme

MOST_DASHED = 400  # points; dashes on a denser line cannot be told apart
_COLOURS = 8
_PATTERNS = {  # lengths on and off, in widths of the line, as Qt has them
    Qt.PenStyle.DashLine: (4.0, 2.0),
    Qt.PenStyle.DotLine: (1.0, 2.0),
    Qt.PenStyle.DashDotLine: (4.0, 2.0, 1.0, 2.0),
}


@dataclass(frozen=True)
class Look:
    """A colour and a width in pixels; `dashed` holds while the points are few."""

    colour: QColor
    width: float
    style: Qt.PenStyle = Qt.PenStyle.SolidLine

    def drawn(self, points: int) -> Look:
        """Return the look that a line of so many points really gets: a legend must not promise dashes."""
        return self if points <= MOST_DASHED else replace(self, style=Qt.PenStyle.SolidLine)

    @property
    def pattern(self) -> tuple[float, ...]:
        """The lengths of dashes and of the gaps after them in pixels; empty for a solid line."""
        return tuple(length * self.width for length in _PATTERNS.get(self.style, ()))

    def pen(self, points: int) -> QPen:
        """Return the pen for a line of so many points, where it is drawn as one path."""
        style = self.drawn(points).style
        pen = QPen(self.colour, self.width, style)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap if style == Qt.PenStyle.SolidLine else Qt.PenCapStyle.FlatCap)
        return pen


def main_look(colour: int, *, light: bool) -> Look:
    """Return the look of a run's leading line: solid for validation; lighter, thinner and dashed for training."""
    if light:
        return Look(towards_plot(theme().series(colour), 0.62), 1.5, Qt.PenStyle.DashLine)
    return Look(theme().series(colour), 2.0, theme().line_style(colour // _COLOURS))


def raw_look(colour: int, *, light: bool, runs: int) -> Look:
    """Return the look of a raw line under a smoothed one: there, but faint, and more so the more runs are shown."""
    share = (0.26 if light else 0.4) * (0.6 if runs > 2 else 1.0)
    return Look(towards_plot(theme().series(colour), share), 1.0)


def dead_look(colour: int) -> Look:
    """Return the look of a tail that a resume went back before."""
    return Look(towards_plot(theme().series(colour), 0.3), 1.0)


def inherited_look(look: Look) -> Look:
    """Return the look of the part of a line that belongs to the run it was forked from: paler and thinner."""
    return Look(towards_plot(look.colour, 0.45), max(1.0, 0.7 * look.width), look.style)


def aside_look(look: Look) -> Look:
    """Return the look of a run that stands aside while others are held up: still there, but faint and thin."""
    return replace(look, colour=towards_plot(look.colour, 0.4), width=min(look.width, 1.0))


def background_look() -> Look:
    """Return the look of runs too many to be told apart."""
    return Look(towards_plot(theme().colour("axis"), 0.3), 1.0)


def towards_plot(colour: QColor, share: float) -> QColor:
    """Return an opaque mixture: `share` of the colour, the rest background; overlaps do not darken."""
    ground = theme().colour("plot")
    return QColor.fromRgbF(
        *(
            share * one + (1 - share) * other
            for one, other in zip(colour.getRgbF()[:3], ground.getRgbF()[:3], strict=True)  # type: ignore[index]
        )
    )

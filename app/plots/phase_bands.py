"""The three phases as faint bands behind the curves, labelled at the top edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.plots.canvas import CurveBox
from app.plots.line_look import towards_plot
from app.plots.overlay import Overlay
from app.theme import theme
from core.curves.phases import Phase

LABEL_HEIGHT = 24
NAMES = {"I": "organise", "II": "detail", "III": "overfit"}
LETTERS = {"I": "(a)–(c)", "II": "(c)–(e)", "III": "(f)"}  # of the figure that the three phases come from
SAYS = {
    "I": "Phase I: high-level organisation is learned. It ends where the loss bends and then falls at a quarter of its "
    "speed or less; of an exponential fall, where 95 % is done.",
    "II": "Phase II: details are learned. It ends where validation turns for good while training still improves: six "
    "standard errors of noise and 2 % above its lowest.",
    "III": "Phase III: it overfits. Said again that it did not, when validation falls to a new low.",
}
TOKENS = {"I": "phase_i", "II": "phase_ii", "III": "phase_iii"}
SURE = 0.5
_INSET = 7
_FAINT = {"light": 0.065, "dark": 0.085}


class PhaseBands(Overlay):
    """Shows phases over any x axis; `place` gives the view coordinate of a step."""

    def __init__(self, box: CurveBox, *, labelled: bool) -> None:
        super().__init__(box, layer=-10)
        self._labelled = labelled
        self._phases: Sequence[Phase] = ()
        self._whose = ""
        self._edges: list[tuple[float, float | None]] = []

    def show_phases(self, phases: Sequence[Phase], place: Callable[[float], float], whose: str = "") -> None:
        """Show these phases; an empty sequence shows none.  `whose` names their run where others are shown too."""
        self._phases, self._whose = phases, whose
        self._edges = [
            (place(phase.from_step), None if phase.to_step is None else place(phase.to_step)) for phase in phases
        ]
        self.update()

    def paint_in(self, painter: QPainter, area: QRectF) -> None:
        """Fill each band, draw its beginning as a hairline and its label where there is room."""
        for phase, band in zip(self._phases, self._bands(area), strict=True):
            if band.width() <= 0:
                continue
            token = "text_faint" if phase.learned_nothing else TOKENS[phase.phase]
            colour = theme().colour(token)
            faint = _FAINT[theme().mode] / (2 if phase.answer == "revoked" else 1)
            painter.fillRect(band, towards_plot(colour, faint))  # opaque: much faster than to blend
            if phase is not self._phases[0] and area.left() <= band.left() <= area.right():
                colour.setAlphaF(0.55)
                pen = QPen(colour, 1, Qt.PenStyle.DotLine if phase.confidence < SURE else Qt.PenStyle.SolidLine)
                painter.setPen(pen)
                painter.drawLine(
                    QPointF(round(band.left()) + 0.5, band.top()), QPointF(round(band.left()) + 0.5, band.bottom())
                )
            if self._labelled:
                self._label(painter, phase, band, self._whose if phase is self._phases[0] else "")

    def tip_at(self, position: QPointF) -> str:
        """Return the rule and confidence of the phase whose label strip is pointed at."""
        if not self._labelled or position.y() > self.boundingRect().top() + LABEL_HEIGHT:
            return ""
        for phase, band in zip(self._phases, self._bands(self.boundingRect()), strict=True):
            if band.contains(position):
                return _tip(phase, self._whose)
        return ""

    def _bands(self, area: QRectF) -> list[QRectF]:
        bands = []
        for number, (start, stop) in enumerate(self._edges):
            left = max(area.left(), self.x_pixel(start)) if number else area.left()
            right = area.right() if stop is None else min(area.right(), self.x_pixel(stop))
            bands.append(QRectF(left, area.top(), right - left, area.height()))
        return bands

    @staticmethod
    def _label(painter: QPainter, phase: Phase, band: QRectF, whose: str) -> None:
        font = theme().font("small")
        metrics = QFontMetricsF(font)
        labels = _labels(phase)
        owned = tuple(f"{label} · {whose}" for label in labels[:2]) if whose else ()
        for text in (*owned, *labels):
            if metrics.horizontalAdvance(text) + 2 * _INSET <= band.width():
                painter.setFont(font)
                painter.setPen(theme().colour("text_muted"))
                place = QRectF(band.left() + _INSET, band.top(), band.width() - _INSET, LABEL_HEIGHT)
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
                return


def _labels(phase: Phase) -> tuple[str, ...]:
    """Return what may stand at the top of a band, the longest first."""
    if phase.learned_nothing:
        return ("no phases: the run broke", "no phases")
    name = f"{phase.phase}  {NAMES[phase.phase]}"
    lettered = f"{name}  {LETTERS[phase.phase]}"
    if phase.answer == "revoked":
        return (f"{lettered}, revoked", f"{phase.phase} revoked", f"({phase.phase})")
    if _has_no_boundary(phase):
        return (f"{lettered}, not yet over", f"{name}, not yet over", name, phase.phase)
    unsure = " ?" if phase.confidence < SURE else ""
    return (lettered + unsure, name + unsure, phase.phase + unsure, phase.phase)


def _has_no_boundary(phase: Phase) -> bool:
    return phase.phase == "I" and phase.to_step is None


def _tip(phase: Phase, whose: str = "") -> str:
    """Return the rule, as rich text so that it wraps."""
    of = f" of {escape(whose)}" if whose else ""
    if phase.learned_nothing:
        return f"<b>No phases{of}</b><br>{phase.rule}"
    boundary = "its end" if phase.to_step is not None else "its beginning"
    sure = "" if _has_no_boundary(phase) else f" · confidence in {boundary} {phase.confidence:.0%}"
    name = f"{phase.phase} {NAMES[phase.phase]} {LETTERS[phase.phase]}"
    return f"<b>{name}{of}</b>{sure}<br>{phase.rule}<br>{SAYS[phase.phase]}"

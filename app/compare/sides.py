"""What is compared, as every part of the comparison shows it: a letter, and the colour that its run has everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPen, QPixmap

from app.compare.ramps import mixed
from app.live.selection import Checkpoint
from app.live.workspace_model import WorkspaceModel
from app.theme import theme

_BADGE = 16  # pixels on a side
_LETTERS = 26
_SECOND = 0.4  # of the series colour in that of a second checkpoint of the run


@dataclass(frozen=True)
class Side:
    """A checkpoint of a comparison.  `repeat` counts the checkpoints of the same run that stand before it."""

    letter: str
    run: str
    name: str
    step: int
    colour: int
    repeat: int = 0

    @property
    def tint(self) -> QColor:
        """The colour of the run's series, nearer to the text's for a second checkpoint of the same run."""
        colour = theme().series(self.colour)
        return mixed(theme().colour("text"), colour, _SECOND) if self.repeat else colour

    @property
    def style(self) -> Qt.PenStyle:
        """Solid for the first checkpoint of a run, dashed and dotted for those after it: they share a colour."""
        return theme().line_style(self.repeat)

    @property
    def words(self) -> str:
        """The run's name and the step."""
        return f"{self.name}, step {self.step:,}"


def sides_of(model: WorkspaceModel, checkpoints: Sequence[Checkpoint]) -> list[Side]:
    """Return the sides of a comparison in the order of the selection, the reference first."""
    seen: Counter[str] = Counter()
    sides = []
    for place, (run, step) in enumerate(checkpoints):
        summary = model.summaries.get(run)
        colour = model.selection.colour_of(run) or 0
        name = summary.name if summary is not None else run
        sides.append(Side(letter(place), run, name, step, colour, seen[run]))
        seen[run] += 1
    return sides


def letter(place: int) -> str:
    """Return A for the first, B for the second; a number where the letters are used up."""
    return chr(ord("A") + place) if place < _LETTERS else f"#{place + 1}"


def badge(side: Side, ratio: float = 2.0) -> QPixmap:
    """Return the letter in a disc of the run's colour; in a ring where the run has a disc already."""
    image = QPixmap(round(_BADGE * ratio), round(_BADGE * ratio))
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_badge(painter, QRectF(0, 0, _BADGE, _BADGE), side)
    painter.end()
    return image


def badge_icon(side: Side) -> QIcon:
    """Return the badge as an icon that stays as it is on a disabled button."""
    made = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        made.addPixmap(badge(side), mode)
    return made


def paint_badge(painter: QPainter, place: QRectF, side: Side) -> None:
    """Paint a badge where it is wanted."""
    disc = place.adjusted(1, 1, -1, -1)
    painter.setPen(QPen(side.tint, 1.5))
    painter.setBrush(theme().colour("plot") if side.repeat else side.tint)
    painter.drawEllipse(disc)
    font = QFont(theme().font("small"))
    font.setWeight(QFont.Weight.DemiBold)
    font.setPixelSize(round(place.height() * 0.62))
    painter.setFont(font)
    painter.setPen(side.tint if side.repeat else theme().colour("plot"))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, side.letter)

"""A few examples as pictures, each with its class."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme

SIDE_UNITS = 5.5  # of a picture, in units of the grid
MOST = 12


class Thumbnails(QWidget):
    """As many pictures as fit, in rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview.pictures")
        self.setAccessibleName("Examples")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pictures: list[tuple[QImage, str]] = []
        theme().theme_changed.connect(self.update)

    def show_pictures(self, pictures: Sequence[Mapping[str, Any]]) -> None:
        """Show pictures given as PNG in base64 (`png`) with a `label`; one that cannot be read is left out.

        Where there are more than fit, every class comes before a second picture of one.
        """
        chosen = _of_every_class(pictures)[:MOST]
        read = ((_read(str(picture.get("png", ""))), str(picture.get("label", ""))) for picture in chosen)
        self._pictures = [(image, label) for image, label in read if not image.isNull()]
        self.setAccessibleDescription(", ".join(label for _, label in self._pictures))
        self.setVisible(bool(self._pictures))
        self._take_height()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme().font("small"))
        painter.setPen(theme().colour("text_muted"))
        cell, side = self._cell(), theme().space(SIDE_UNITS)
        across = max(1, self.width() // cell.width())
        for index, (image, label) in enumerate(self._pictures):
            left, top = index % across * cell.width(), index // across * cell.height()
            # Small pictures stay square dots of colour: that is what the network sees.
            scaled = image.scaled(
                side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation
            )
            painter.drawImage(left + (side - scaled.width()) // 2, top + (side - scaled.height()) // 2, scaled)
            below = QRect(left, top + side, side, cell.height() - side)
            elided = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, side)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, elided)

    def _take_height(self) -> None:
        """Take the height that the rows need at this width."""
        cell = self._cell()
        rows = -(-len(self._pictures) // max(1, self.width() // cell.width()))
        self.setFixedHeight(rows * cell.height())

    def _cell(self) -> QSize:
        return QSize(theme().space(SIDE_UNITS + 1), theme().space(SIDE_UNITS + 2.5))


def _of_every_class(pictures: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first picture of each class, then the second of each, and so on."""
    seen: Counter[object] = Counter()
    rounds = []
    for picture in pictures:
        label = picture.get("label")
        rounds.append(seen[label])
        seen[label] += 1
    return [pictures[index] for index in sorted(range(len(pictures)), key=rounds.__getitem__)]


def _read(png: str) -> QImage:
    try:
        return QImage.fromData(base64.b64decode(png))
    except ValueError:
        return QImage()

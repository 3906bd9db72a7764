"""How many examples each class has, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import theme

MOST = 12  # bars; the rest is told in words


class ClassBalance(QWidget):
    """One bar a class, its name at the left, its count at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preview.classes")
        self.setAccessibleName("Class balance")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._classes: list[tuple[str, int]] = []
        self._rest = ""
        theme().theme_changed.connect(self.update)

    def show_classes(self, classes: Sequence[Mapping[str, Any]]) -> None:
        """Show entries of `name` and `count`."""
        pairs = [(str(entry["name"]), int(entry["count"])) for entry in classes]
        self._classes = pairs[:MOST]
        left = pairs[MOST:]
        self._rest = f"{len(left):,} more classes, {sum(count for _, count in left):,} examples" if left else ""
        self.setAccessibleDescription(", ".join(f"{name} {count:,}" for name, count in self._classes))
        self.setToolTip("Examples of each class")
        self.setFixedHeight(self.sizeHint().height())
        self.setVisible(bool(pairs))
        self.update()

    def sizeHint(self) -> QSize:
        lines = len(self._classes) + bool(self._rest)
        return QSize(theme().space(30), lines * theme().space(2.25))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(theme().font("small"))
        metrics, unit, height = painter.fontMetrics(), theme().space(1), theme().space(2.25)
        most = max((count for _, count in self._classes), default=0) or 1
        names = min(
            self.width() // 3, max((metrics.horizontalAdvance(name) for name, _ in self._classes), default=0) + 2
        )
        counts = max((metrics.horizontalAdvance(f"{count:,}") for _, count in self._classes), default=0)
        room = self.width() - names - counts - 2 * unit
        for line, (name, count) in enumerate(self._classes):
            top = line * height
            elided = metrics.elidedText(name, Qt.TextElideMode.ElideRight, names)
            painter.setPen(theme().colour("text_muted"))
            painter.drawText(QRect(0, top, names, height), _RIGHT, elided)
            bar = QRect(names + unit, top + height // 2 - 3, max(1, room * count // most), 6)
            painter.fillRect(bar, theme().colour("accent"))
            painter.drawText(QRect(self.width() - counts, top, counts, height), _RIGHT, f"{count:,}")
        if self._rest:
            painter.setPen(theme().colour("text_muted"))
            painter.drawText(QRect(names + unit, len(self._classes) * height, room, height), _LEFT, self._rest)


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

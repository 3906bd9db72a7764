"""A section of the draft: closed it is one line that says what is in it, open it is a form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QVBoxLayout, QWidget

from app.icons import pixmap
from app.theme import set_role, theme


class SectionHeader(QAbstractButton):
    """Chevron, icon, title, and the summary at the right; a dot when something differs, red when something is wrong."""

    def __init__(self, title: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(title)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = icon
        self._summary = ""
        self._problems = 0
        self._differs = False
        self._hovered = False
        self._by_keyboard = False
        theme().theme_changed.connect(self.update)

    def tell(self, summary: str, problems: int, *, differs: bool) -> None:
        """Show what the section holds, how many mistakes are in it, and whether it differs from the reference."""
        if (summary, problems, differs) == (self._summary, self._problems, self._differs):
            return
        self._summary, self._problems, self._differs = summary, problems, differs
        mistakes = f"{problems} to mend" if problems else ""
        self.setAccessibleDescription(", ".join(part for part in (summary, mistakes) if part))
        self.setToolTip(self.accessibleDescription())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().space(32), theme().space(5))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keyboard = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._hovered = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, unit = theme(), theme().space(1)
        painter = QPainter(self)
        if self._hovered:
            painter.fillRect(self.rect(), tokens.colour("hover"))
        if self.hasFocus() and self._by_keyboard:
            painter.setPen(tokens.colour("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        middle, ratio = self.height() // 2, self.devicePixelRatioF()
        chevron = "chevron-down" if self.isChecked() else "chevron-right"
        painter.drawPixmap(unit, middle - 8, pixmap(chevron, "text_muted", 16, ratio))
        painter.drawPixmap(unit * 4, middle - 8, pixmap(self._icon, "text", 16, ratio))
        font = tokens.font("body")
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(tokens.colour("text"))
        left = unit * 7
        painter.drawText(QRect(left, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        left += painter.fontMetrics().horizontalAdvance(self.text()) + unit
        if self._differs:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.colour("accent"))
            painter.drawEllipse(left, middle - 3, 6, 6)
            left += unit * 2
        self._paint_right(painter, left)

    def _paint_right(self, painter: QPainter, left: int) -> None:
        """Paint the mistakes, or else the summary when the section is closed."""
        tokens = theme()
        text, token = ("", "text_muted") if self.isChecked() else (self._summary, "text_muted")
        if self._problems:
            text, token = f"{self._problems} to mend", "danger"
        space = QRect(left, 0, self.width() - left - tokens.space(1.5), self.height())
        painter.setFont(tokens.font("body"))
        painter.setPen(tokens.colour(token))
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, space.width())
        painter.drawText(space, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, elided)


class Section(QWidget):
    """A header and a body that is made when it is first opened."""

    opened = Signal(bool)

    def __init__(
        self, name: str, title: str, icon: str, make_body: Callable[[], QWidget], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.name = name
        self._make_body = make_body
        self.body: QWidget | None = None
        self.header = SectionHeader(title, icon)
        self.header.setObjectName(f"section.{name}")
        self.header.setAccessibleName(title)
        self.header.toggled.connect(self._toggled)
        line = QFrame()
        set_role(line, "separator")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.header)
        self._column.addWidget(line)

    def set_open(self, opened: bool) -> None:
        """Open or close."""
        self.header.setChecked(opened)

    @property
    def is_open(self) -> bool:
        """Whether the form is shown."""
        return self.header.isChecked()

    def _toggled(self, opened: bool) -> None:
        if opened and self.body is None:
            self.body = self._make_body()
            self._column.insertWidget(1, self.body)
        if self.body is not None:
            self.body.setVisible(opened)
        self.opened.emit(opened)

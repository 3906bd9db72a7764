"""Toasts: notices that lie over the lower right corner for a few seconds, then go."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.icons import bind_icon, pixmap
from app.live.notices import ICONS, Said
from app.theme import set_role, theme

SHOWN_MS = {"note": 4000, "success": 6000, "warning": 8000, "error": 12000}
MOST = 3
WIDTH = 340


class Toast(QFrame):
    """One notice on the surface of the window; a click opens what it is about."""

    opened = Signal(str)
    closed = Signal()

    def __init__(self, said: Said, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setAccessibleName(said.text)
        set_role(self, "toast")
        self._run = said.run
        symbol, token = ICONS[said.level]
        drawn = QLabel(self)
        drawn.setPixmap(pixmap(symbol, token, 16, self.devicePixelRatioF()))
        drawn.setAlignment(Qt.AlignmentFlag.AlignTop)
        text = QLabel(said.text, self)
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        close = QToolButton(self)
        close.setObjectName("toast_close")
        close.setAccessibleName("Dismiss")
        close.setToolTip("Dismiss")
        close.setIconSize(QSize(12, 12))
        set_role(close, "quiet")
        bind_icon(close, "cancel", "text_muted")
        close.clicked.connect(self.close)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme().space(1.5), theme().space(), theme().space(0.5), theme().space())
        layout.addWidget(drawn)
        layout.addWidget(text, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(WIDTH)
        QTimer.singleShot(SHOWN_MS[said.level], self, self.close)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._run:
            self.opened.emit(self._run)
            self.close()


class Toasts(QObject):
    """Stacks toasts in the lower right corner of `within`, a part of the window `over`."""

    opened = Signal(str)

    def __init__(self, over: QWidget, within: QWidget) -> None:
        super().__init__(over)
        self._over, self._within = over, within
        self._toasts: list[Toast] = []
        within.installEventFilter(self)

    def show(self, said: Said) -> None:
        """Show a notice on top of the others; the oldest makes room."""
        toast = Toast(said, self._over)
        toast.opened.connect(self.opened)
        toast.closed.connect(lambda: self._gone(toast))
        self._toasts.append(toast)
        for old in self._toasts[:-MOST]:
            old.close()
        toast.show()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._place()
        return False

    def _gone(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
        self._place()

    def _place(self) -> None:
        corner = self._within.mapTo(self._over, self._within.rect().bottomRight())
        left, bottom = corner.x() - WIDTH - theme().space(2), corner.y() - theme().space(2)
        for toast in reversed(self._toasts):
            height = toast.heightForWidth(WIDTH)
            bottom -= height
            toast.setGeometry(left, bottom, WIDTH, height)
            toast.raise_()
            bottom -= theme().space()

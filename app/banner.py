"""A line across the top of the window that offers something without standing in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.icons import bind_icon, pixmap
from app.theme import set_role, theme

Offer = tuple[str, str, Callable[[], None]]  # object name, text, what it does


class Banner(QFrame):
    """Hidden until `offer`; goes when one of its buttons is pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        set_role(self, "banner")
        self._drawn = QLabel(self)
        self._text = QLabel(self)
        self._text.setObjectName("banner_text")
        self._text.setWordWrap(True)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(theme().space(2), theme().space(0.75), theme().space(), theme().space(0.75))
        self._layout.setSpacing(theme().space())
        self._layout.addWidget(self._drawn)
        self._layout.addWidget(self._text, 1)
        self._buttons: list[QWidget] = []
        self.hide()

    def offer(
        self,
        text: str,
        offers: Sequence[Offer],
        *,
        symbol: str = "status-interrupted",
        dismissed: Callable[[], None] | None = None,
    ) -> None:
        """Show a sentence and what can be done about it, the first being the main one."""
        self._clear()
        self._drawn.setPixmap(pixmap(symbol, "warning", 16, self.devicePixelRatioF()))
        self._text.setText(text)
        self.setAccessibleName(text)
        for number, (name, words, do) in enumerate(offers):
            button = QPushButton(words, self)
            button.setObjectName(name)
            button.setAccessibleName(words)
            set_role(button, "primary" if number == 0 else "quiet")
            button.clicked.connect(self.hide)
            button.clicked.connect(lambda _=False, do=do: do())
            self._layout.addWidget(button)
            self._buttons.append(button)
        close = QToolButton(self)
        close.setObjectName("banner_dismiss")
        close.setAccessibleName("Dismiss")
        close.setToolTip("Not now; the runs stay in the list")
        close.setIconSize(QSize(12, 12))
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_role(close, "quiet")
        bind_icon(close, "cancel", "text_muted")
        close.clicked.connect(self.hide)
        if dismissed is not None:
            close.clicked.connect(lambda: dismissed())
        self._layout.addWidget(close)
        self._buttons.append(close)
        self.show()

    def _clear(self) -> None:
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self._buttons.clear()

"""The welcome page: samples to begin with, one's own data, and workspaces opened before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFont, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.icons import bind_icon, pixmap
from app.samples import Sample
from app.theme import set_role, theme

CARD_WIDTH = 264  # a card never gets narrower; as many stand side by side as fit


class Card(QFrame):
    """A sample as a card: choosing it fills the draft, its button also starts it."""

    chosen = Signal()
    train = Signal()

    def __init__(
        self, name: str, symbol: str, title: str, text: str, facts: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(f"{title}: {text}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(CARD_WIDTH)
        set_role(self, "card")
        self._symbol = symbol
        self._drawn = QLabel(self)
        heading = QLabel(title, self)
        heading.setFont(_bold())
        words = QLabel(text, self)
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        words.setMinimumHeight(theme().space(7))
        set_role(words, "muted")
        self._facts = QLabel(facts, self)
        set_role(self._facts, "small")
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._facts, 1)
        head = QHBoxLayout()
        head.setSpacing(theme().space(1.5))
        head.addWidget(self._drawn)
        head.addWidget(heading, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme().space(2)] * 4)
        layout.setSpacing(theme().space())
        layout.addLayout(head)
        layout.addWidget(words, 1)
        layout.addLayout(self._foot)
        theme().theme_changed.connect(self._dress)
        self._dress()

    def offer_training(self, name: str) -> None:
        """Add the button that starts at once."""
        button = QPushButton("Train", self)
        button.setObjectName(name)
        button.setAccessibleName(f"Train {self.accessibleName().split(':')[0]}")
        button.setToolTip("Fill the draft and start")
        bind_icon(button, "train", "accent")
        button.setIconSize(QSize(12, 12))
        button.clicked.connect(self.train)
        self._foot.addWidget(button)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def _dress(self) -> None:
        self._drawn.setPixmap(pixmap(self._symbol, "accent", 24, self.devicePixelRatioF()))


class Welcome(QScrollArea):
    """Emits what was chosen; knows nothing of runs."""

    sample_chosen = Signal(object)
    sample_trained = Signal(object)
    own_data = Signal()
    file_dropped = Signal(Path)
    workspace_wanted = Signal()
    recent_chosen = Signal(Path)

    def __init__(self, offered: Sequence[Sample], recent: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAccessibleName("Welcome")
        self.setWidgetResizable(True)
        self.setAcceptDrops(True)
        self._title = QLabel(self)
        self._title.setObjectName("welcome_title")
        set_role(self._title, "heading")
        self._words = QLabel(self)
        self._words.setObjectName("welcome_words")
        self._words.setWordWrap(True)
        set_role(self._words, "muted")
        self._cards = [self._sample_card(sample) for sample in offered]
        self._cards.append(self._own_card())
        self._grid = QGridLayout()
        self._grid.setSpacing(theme().space(2))
        self._columns = 0
        page = QWidget(self)
        page.setObjectName("welcome_page")
        set_role(page, "window")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(*[theme().space(4)] * 4)
        layout.setSpacing(theme().space())
        layout.addWidget(self._title)
        layout.addWidget(self._words)
        layout.addSpacing(theme().space())
        layout.addLayout(self._grid)
        layout.addSpacing(theme().space())
        layout.addLayout(self._workspaces(recent))
        layout.addStretch(1)
        self.setWidget(page)
        self.greet(first=False)

    def greet(self, *, first: bool) -> None:
        """Word the heading for a first start, or for a workspace without runs."""
        if first:
            self._title.setText("Welcome to Epochal")
            self._words.setText(
                "Choose an experiment: it fills the draft on the right, where everything can be changed. "
                "Train starts it in the background, and its loss curve grows here."
            )
        else:
            self._title.setText("Start from a sample or your own data")
            self._words.setText("A card fills the draft on the right; Train starts it.")

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        room = self.viewport().width() - theme().space(8)
        self._arrange(max(1, (room + theme().space(2)) // (CARD_WIDTH + theme().space(2))))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.file_dropped.emit(Path(event.mimeData().urls()[0].toLocalFile()))

    def _arrange(self, columns: int) -> None:
        columns = min(columns, 4)
        if columns == self._columns:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._columns = columns
        for place, card in enumerate(self._cards):
            self._grid.addWidget(card, place // columns, place % columns)

    def _sample_card(self, sample: Sample) -> Card:
        card = Card(f"sample_{sample.path.stem}", sample.icon, sample.name, sample.notes, sample.facts, self)
        card.offer_training(f"sample_train_{sample.path.stem}")
        card.chosen.connect(lambda: self.sample_chosen.emit(sample))
        card.train.connect(lambda: self.sample_trained.emit(sample))
        return card

    def _own_card(self) -> Card:
        text = "Choose a table, an array file, or a folder of images by class; or drop it here."
        card = Card("own_data", "sample-own", "Your own data", text, "CSV · Parquet · NumPy · HDF5 · PNG · JPEG", self)
        card.chosen.connect(self.own_data)
        return card

    def _workspaces(self, recent: Sequence[Path]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme().space())
        opener = QPushButton("Open workspace…", self)
        opener.setObjectName("welcome_open")
        opener.setAccessibleName("Open workspace")
        opener.setToolTip("Open another folder of runs (Ctrl+O)")
        bind_icon(opener, "open", "text_muted")
        opener.clicked.connect(self.workspace_wanted)
        row.addWidget(opener)
        for number, path in enumerate(recent[:3]):
            button = QPushButton(path.name, self)
            button.setObjectName(f"welcome_recent_{number}")
            button.setAccessibleName(f"Open {path}")
            button.setToolTip(str(path))
            set_role(button, "quiet")
            bind_icon(button, "recent", "text_muted")
            button.clicked.connect(lambda _=False, path=path: self.recent_chosen.emit(path))
            row.addWidget(button)
        row.addStretch(1)
        return row


def _bold() -> QFont:
    font = theme().font("body")
    font.setBold(True)
    return font

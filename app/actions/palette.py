"""The command palette: any action by a few letters of its name, with its shortcut, or why it cannot be done now."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.actions.action_set import ActionSet
from app.actions.fuzzy import score
from app.actions.table import Row
from app.icons import pixmap
from app.theme import set_role, theme

ROW_ROLE = Qt.ItemDataRole.UserRole
REASON_ROLE = Qt.ItemDataRole.UserRole + 1
UNABLE = 4.0  # points that an action loses while it cannot be done
WIDTH, HEIGHT = 560, 400


class Palette(QFrame):
    """Lies over the upper middle of the window; Return does what is marked, Escape or a click elsewhere leaves."""

    def __init__(self, actions: ActionSet, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        set_role(self, "popup")
        self._actions, self._window = actions, parent
        self.field = QLineEdit(self)
        self.field.setObjectName("palette_field")
        self.field.setAccessibleName("Find an action")
        self.field.setPlaceholderText("What do you want to do?")
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.list = QListWidget(self)
        self.list.setObjectName("palette_list")
        self.list.setAccessibleName("Actions")
        self.list.setItemDelegate(_ActionPainter(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _: self._do())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme().space()] * 4)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)

    def open(self) -> None:
        """Show with an empty field."""
        window = self._window
        self.field.clear()
        self._find("")
        self.setGeometry((window.width() - WIDTH) // 2, theme().space(6), WIDTH, HEIGHT)
        self.show()
        self.raise_()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
                QApplication.sendEvent(self.list, event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close()
                return True
        if event.type() == QEvent.Type.FocusOut and not self.list.underMouse():
            self.close()
        return False

    def _find(self, wanted: str) -> None:
        found = []
        for place, row in enumerate(self._actions.rows):
            if row.id == "view.palette":
                continue
            points = score(wanted, row.text)
            if points is None:
                points = score(wanted, f"{row.menu} {row.text} {row.tooltip}")
                points = None if points is None or not wanted else points - 20
            if points is not None:
                found.append((-points + (UNABLE if self._actions.reasons[row.id] else 0), place, row))
        self.list.clear()
        for *_, row in sorted(found, key=lambda entry: entry[:2]):
            item = QListWidgetItem(row.text)
            item.setData(ROW_ROLE, row)
            item.setData(REASON_ROLE, self._actions.reasons[row.id])
            item.setToolTip(self._actions[row.id].toolTip())
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _do(self) -> None:
        item = self.list.currentItem()
        if item is None or item.data(REASON_ROLE):
            return
        action = self._actions[item.data(ROW_ROLE).id]
        self.close()
        self._window.setFocus()
        action.trigger()


class _ActionPainter(QStyledItemDelegate):
    """Icon, name, then the shortcut on the right, or in its stead why not."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, theme().space(4))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        box: QRect = option.rect
        row: Row = index.data(ROW_ROLE)
        reason: str = index.data(REASON_ROLE)
        space = theme().space
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("selection"))
            painter.drawRoundedRect(box, 4, 4)
        token = "text_faint" if reason else "text"
        if row.icon:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(box.left() + space(), box.center().y() - 8, pixmap(row.icon, token, 16, ratio))
        inner = box.adjusted(space(4), 0, -space(), 0)
        painter.setFont(theme().font("body"))
        painter.setPen(theme().colour(token))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, row.text)
        used = QFontMetrics(painter.font()).horizontalAdvance(row.text) + space(2)
        painter.setFont(theme().font("small"))
        painter.setPen(theme().colour("text_muted"))
        shortcut = QKeySequence(row.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        right = inner.adjusted(used, 0, 0, 0)
        words = QFontMetrics(painter.font()).elidedText(reason or shortcut, Qt.TextElideMode.ElideRight, right.width())
        painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, words)
        painter.restore()

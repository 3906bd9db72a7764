"""Queue, log, notices, changes, choosing and lineage as tabs along the lower edge; their titles count."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from app.bottom.changes_tab import ChangesTab
from app.bottom.choosing_tab import ChoosingTab
from app.bottom.fold import FoldingTabs
from app.bottom.lineage_tab import LineageTab
from app.bottom.log_tab import LogTab
from app.bottom.notices_tab import NoticesTab
from app.bottom.queue_tab import QueueTab
from app.live.background import Background
from app.live.notices import Notices
from app.live.workspace_model import WorkspaceModel
from app.theme import set_role

QUEUE, LOG, NOTICES = range(3)
Actions = dict[str, list[QAction]]


class BottomTabs(FoldingTabs):
    """The tabs.  `actions` are shown beside the tab they are named after: queue, changes, choosing."""

    def __init__(
        self,
        model: WorkspaceModel,
        notices: Notices,
        background: Background,
        actions: Actions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("bottom_tabs")
        self.setAccessibleName("Queue, log and notices")
        self.tabBar().setObjectName("bottom_tab_bar")
        self.tabBar().setAccessibleName("Queue, log and notices")
        self.setDocumentMode(True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        set_role(self, "surface")
        self._model, self._notices = model, notices
        self.queue = QueueTab(model, actions["queue"], self)
        self.log = LogTab(model, self)
        self.notices = NoticesTab(notices, self)
        self.changes = ChangesTab(model, background, notices, actions["changes"], self)
        self.choosing = ChoosingTab(model, background, notices, actions["choosing"], self)
        self.lineage = LineageTab(model, self)
        tabs = (self.queue, self.log, self.notices, self.changes, self.choosing, self.lineage)
        for tab, title in zip(tabs, ("Queue", "Log", "Notices", "Changes", "Choosing", "Lineage"), strict=True):
            self.addTab(tab, title)
        model.queue_changed.connect(self._count)
        notices.added.connect(self._count)
        notices.cleared.connect(self._count)
        self.currentChanged.connect(self._count)
        self._count()

    def _count(self, _: object = None) -> None:
        if self.currentIndex() == NOTICES and self.isVisible():
            self._notices.read_all()
        waiting, unread = len(self._model.queue.waiting), self._notices.unread
        self.setTabText(QUEUE, f"Queue {waiting}" if waiting else "Queue")
        self.setTabText(NOTICES, f"Notices {unread}" if unread else "Notices")

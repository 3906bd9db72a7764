"""The main window: composes what others draw and do, and asks before it closes over running jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from app.actions.action_set import ActionSet
from app.actions.checkpoint_doer import CheckpointDoer
from app.actions.checkpoint_keeper import CheckpointKeeper
from app.actions.compare_doer import CompareDoer
from app.actions.queue_doer import QueueDoer
from app.actions.run_doer import RunDoer
from app.actions.situation_of import situation_of
from app.actions.view_doer import ViewDoer
from app.actions.workspace_doer import WorkspaceDoer
from app.banner import Banner
from app.bars import fill_menus, fill_toolbar
from app.beginnings import Beginnings
from app.bottom.bottom_tabs import BottomTabs
from app.centre import Centre
from app.dialogs.closing import Closing, closing_question
from app.forms.path_row import dropped_path
from app.frame import Frame
from app.icons import icon_folder
from app.live.endings import Endings
from app.live.interruptions import Interruptions
from app.live.notices import Said
from app.live.run_notices import RunNotices
from app.parts import Parts
from app.right_column import RightColumn
from app.runs_view.runs_panel import RunsPanel
from app.status_strip import StatusStrip
from app.tab_order import follow_layout
from app.toast import Toasts

if TYPE_CHECKING:
    from app.run_page import RunPage

FIRST_SIZE = QSize(1280, 800)
LEAST_SIZE = QSize(900, 520)
FRAME = 48  # pixels that the desktop's own title bar and edges may take
BESIDE = {  # actions that stand beside a lower tab
    "queue": ("queue.up", "queue.down", "queue.cancel"),
    "changes": ("run.steer", "run.replay"),
    "choosing": ("checkpoint.choose", "checkpoint.by_rule"),
}
SITUATION_MS = 30  # changes that come together are looked at once


class MainWindow(QMainWindow):
    """One window on one workspace."""

    closed = Signal()

    def __init__(self, parts: Parts, open_window: Callable[[Path], None]) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle(f"{parts.model.workspace.path.name} - Epochal")
        self.setWindowIcon(QIcon(str(icon_folder() / "epochal.svg")))
        self.setMinimumSize(LEAST_SIZE)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAcceptDrops(True)  # own data, wherever it is dropped
        self.parts = parts
        self.ask_before_closing = True
        self._attached = False
        self.run_page: RunPage | None = None  # made when the first run is shown
        self._make_doers(open_window)
        self._make_views()
        self._compose()
        self._listen()

    def start(self) -> None:
        """Begin to follow the workspace."""
        self.parts.model.start()
        self.right.provider.refresh()
        self._look()

    def closeEvent(self, event: QCloseEvent) -> None:
        jobs = len(self.parts.model.live_runs())
        if jobs and self.ask_before_closing and not self.parts.read_only:
            event.ignore()
            self._ask_to_close(jobs)
            return
        self._remember()
        self.right.close_down()
        self.parts.close()
        event.accept()
        self.closed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if path := dropped_path(event):
            event.acceptProposedAction()
            self._beginnings.take(Path(path))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.frame.restore()
        self.setFocus()  # not the first button: nothing looks chosen that was not
        self._look()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go on with Tab to what stands next; called by Qt, from whatever has the focus."""
        follow_layout(self)
        return super().focusNextPrevChild(forward)

    def _make_doers(self, open_window: Callable[[Path], None]) -> None:
        parts = self.parts
        self._runs_doer = RunDoer(parts, self)
        self._workspaces = WorkspaceDoer(parts, self, open_window)
        self.checkpoints = CheckpointDoer(parts, self)
        self.comparing = CompareDoer(parts, self)
        doers = {
            "draft": self,
            "runs": self._runs_doer,
            "checkpoints": self.checkpoints,
            "keeping": CheckpointKeeper(parts, self),
            "comparing": self.comparing,
            "queue": QueueDoer(parts),
            "views": ViewDoer(parts, self),
            "workspaces": self._workspaces,
        }
        self.actions_set = ActionSet(self, doers)

    def train(self) -> None:
        """Start a run from the draft."""
        self.right.draft.train()

    def _make_views(self) -> None:
        parts, actions = self.parts, self.actions_set
        self.banner = Banner(self)
        self.runs = RunsPanel(parts.model, self)
        self.centre = Centre(parts, self._make_run_page, self)
        self.right = RightColumn(parts, self)
        beside = {tab: [actions[action_id] for action_id in ids] for tab, ids in BESIDE.items()}
        self.bottom = BottomTabs(parts.model, parts.notices, parts.background, beside, self)
        self.status = StatusStrip(parts.model, self)

    def _compose(self) -> None:
        fill_menus(self, self.actions_set, self._workspaces.fill_recent)
        fill_toolbar(self, self.actions_set, self.status)
        self.frame = Frame(self.banner, self.runs, self.centre, self.right, self.bottom, self.parts.settings)
        self.setCentralWidget(self.frame)
        self._toasts = Toasts(self, self.centre)
        geometry = self.parts.settings.bytes_of("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self._take_first_size()
        self._fit_screen()

    def _fit_screen(self) -> None:
        """A size from another screen, or from another scale, may be too large for this one."""
        room = self.screen().availableGeometry()
        if self.width() > room.width() or self.height() > room.height():
            self.resize(self.size().boundedTo(room.size() - QSize(0, FRAME)))
            self.move(room.topLeft())

    def _take_first_size(self) -> None:
        """On a first start: most of a large screen, all of a small one."""
        room = self.screen().availableGeometry().size()
        self.resize(max(FIRST_SIZE.width(), room.width() * 4 // 5), max(FIRST_SIZE.height(), room.height() * 4 // 5))
        if self.width() > room.width() - FRAME or self.height() > room.height() - FRAME:
            self.resize(FIRST_SIZE)
            if room.width() >= self.minimumWidth():
                self.setWindowState(Qt.WindowState.WindowMaximized)

    def _listen(self) -> None:
        parts = self.parts
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SITUATION_MS)
        self._timer.timeout.connect(self._look)
        for signal in (
            parts.model.runs_changed,
            parts.model.run_updated,
            parts.model.queue_changed,
            parts.model.selection.changed,
            parts.model.selection.checkpoint_changed,
            parts.draft.changed,
            parts.draft.problems_changed,
            parts.control.pending_changed,
            self.frame.shown_changed,
        ):
            signal.connect(self._look_soon)
        self.runs.menu_wanted.connect(self._run_menu)
        self.bottom.notices.run_wanted.connect(self._select)
        self._toasts.opened.connect(self._select)
        parts.notices.added.connect(self._said)
        parts.control.started.connect(self._select)
        parts.model.runs_changed.connect(self._attach)
        RunNotices(parts.model, parts.notices, self)
        Endings(parts.model, parts.notices, self)
        Interruptions(parts, self.banner, self)
        self._beginnings = Beginnings(parts, self.centre, self._workspaces, self)
        self._beginnings.data_chosen.connect(lambda: self.right.show_section("data"))
        self.right.details.use_as_draft_requested.connect(lambda _: self._runs_doer.use_as_draft())

    def _make_run_page(self) -> QWidget:
        from app.run_page import RunPage

        self.run_page = RunPage(self.parts, self.actions_set, self._look)
        return self.run_page

    def _look_soon(self, *_: object) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        self.actions_set.update(situation_of(self.parts, can_undo=self._runs_doer.can_undo))
        for action_id, shown in (
            ("view.runs", not self.runs.isHidden()),
            ("view.draft", not self.right.isHidden()),
            ("view.bottom", not self.bottom.folded),
        ):
            self.actions_set[action_id].setChecked(shown)

    def _said(self, pair: tuple[Said, bool]) -> None:
        said, toast = pair
        if toast and self.isVisible():
            self._toasts.show(said)

    def _attach(self) -> None:
        """On opening, go to the run that is live: it went on while no window was there."""
        if not self._attached and self.parts.model.loaded:
            self._attached = True
            live = sorted(self.parts.model.live_runs(), key=lambda run: run.created)
            if live and self.parts.model.selection.current is None:
                self._select(live[-1].id)

    def _select(self, run_id: str) -> None:
        self.parts.model.selection.select_runs([run_id])

    def _run_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        self.actions_set.fill(menu, [row for row in self.actions_set.rows if row.on_run])
        menu.popup(at)

    def _ask_to_close(self, jobs: int) -> None:
        box, meanings = closing_question(jobs, self)

        def chosen(button: object) -> None:
            choice = next(meaning for known, meaning in meanings.items() if known is button)
            if choice is Closing.KEEP:
                self._close_now()
            elif choice is Closing.STOP:
                self.parts.control.stop_all(self._close_now)

        box.buttonClicked.connect(chosen)
        box.open()

    def _close_now(self) -> None:
        self.ask_before_closing = False
        self.close()

    def _remember(self) -> None:
        self.frame.remember()
        self.right.remember()
        self.parts.settings.put("geometry", self.saveGeometry())
        self.parts.settings.sync()

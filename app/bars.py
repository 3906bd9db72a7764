"""Menu bar and toolbar, filled from the table of actions."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from app.actions.action_set import ActionSet
from app.actions.table import MENUS
from app.icons import bind_icon

WITH_TEXT = {"run.train", "run.pause", "run.resume", "run.stop"}
AT_THE_END = {"view.palette", "view.theme"}


def fill_menus(window: QMainWindow, actions: ActionSet, fill_recent: Callable[[QMenu], None]) -> None:
    """Give the window its menus; the workspaces opened last are looked up when their menu opens."""
    bar = window.menuBar()
    bar.setObjectName("menu_bar")
    bar.setAccessibleName("Menus")
    for title in MENUS:
        menu = bar.addMenu(f"&{title}")
        menu.setObjectName(f"menu_{title.lower()}")
        actions.fill(menu, [row for row in actions.rows if row.menu == title])
        if title == "Workspace":
            _add_recent(menu, fill_recent)


def _add_recent(menu: QMenu, fill_recent: Callable[[QMenu], None]) -> None:
    recent = QMenu("Recent workspaces", menu)
    recent.setObjectName("menu_recent")
    bind_icon(recent.menuAction(), "recent")
    recent.aboutToShow.connect(lambda: fill_recent(recent))
    menu.insertMenu(menu.actions()[1], recent)


def fill_toolbar(window: QMainWindow, actions: ActionSet, status: QWidget) -> QToolBar:
    """Give the window its toolbar: what is done to runs on the left, how the machine does on the right."""
    bar = QToolBar("Actions", window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    bar.setIconSize(QSize(16, 16))
    bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    group = None
    for row in actions.rows:
        if not row.toolbar or row.id in AT_THE_END:
            continue
        if group not in (None, row.group):
            bar.addSeparator()
        group = row.group
        _add(bar, actions, row.id)
    stretch = QWidget(bar)
    stretch.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(stretch)
    bar.addWidget(status)
    for action_id in sorted(AT_THE_END):
        _add(bar, actions, action_id)
    window.addToolBar(bar)
    return bar


def _add(bar: QToolBar, actions: ActionSet, action_id: str) -> None:
    action = actions[action_id]
    button = add_button(bar, action)
    if action_id not in WITH_TEXT:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)


def add_button(bar: QToolBar, action: QAction) -> QToolButton:
    """Add an action to a toolbar as a button that has a name and takes part in the tab order."""
    bar.addAction(action)
    button = bar.widgetForAction(action)
    assert isinstance(button, QToolButton)
    button.setObjectName(f"{bar.objectName()}_{action.objectName()}")
    button.setAccessibleName(action.text().rstrip("…"))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button

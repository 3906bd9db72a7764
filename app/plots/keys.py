"""Keys of the curves, in force while they have the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.plots.curve_view import CurveView

FAR = 10  # points at once


def bind_keys(view: CurveView) -> None:
    """Bind the keys.

    Arrows move the crosshair; Down goes to the checkpoints, where arrows move along them and Shift adds them to a
    comparison, until Escape.  Home shows everything, plus and minus zoom, letters switch what the toolbar shows.
    """
    bar = view.toolbar
    keys: list[tuple[str, Callable[[], object]]] = [
        ("Right", lambda: view.go(1, far=False)),
        ("Left", lambda: view.go(-1, far=False)),
        ("Shift+Right", lambda: view.go(1, far=True)),
        ("Shift+Left", lambda: view.go(-1, far=True)),
        ("Down", view.enter_checkpoints),
        ("Return", view.show_details),
        ("Enter", view.show_details),
        ("Escape", view.leave),
        ("Home", view.reset),
        ("F", view.reset),
        ("+", lambda: view.zoom(0.8)),
        ("-", lambda: view.zoom(1.25)),
        ("L", bar.log_y.toggle),
        ("Shift+L", bar.log_x.toggle),
        ("P", bar.phases.toggle),
    ]
    for key, act in keys:
        shortcut = QShortcut(QKeySequence(key), view)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(act)

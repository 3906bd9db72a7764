"""Keys of the curves, in force while they have the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.plots.curve_view import CurveView

FAR = 10


def bind_keys(view: CurveView) -> None:
    """Arrows move the crosshair, Home shows everything, plus and minus zoom, letters switch what the toolbar shows."""
    bar = view.toolbar
    keys: list[tuple[str, Callable[[], object]]] = [
        ("Right", lambda: view.pointing.move_by(1)),
        ("Left", lambda: view.pointing.move_by(-1)),
        ("Shift+Right", lambda: view.pointing.move_by(FAR)),
        ("Shift+Left", lambda: view.pointing.move_by(-FAR)),
        ("Escape", lambda: view.pointing.move_to(None)),
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

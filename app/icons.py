"""Icons: our own drawings in resources/icons, tinted by a colour token and sharp at any scale.

`bind_icon(button, "train", "accent")` keeps a button or action in the colours of the theme.
"""

from __future__ import annotations

import weakref
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme import theme

_SIZE = 16  # logical pixels of the icons of buttons and menus; larger drawings are asked for as pixmaps
_icons: dict[tuple[str, str, str], QIcon] = {}
_pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}


class HasIcon(Protocol):
    """A button, action, or anything else that shows an icon."""

    def setIcon(self, icon: QIcon) -> None: ...


def icon_folder() -> Path:
    """Return the folder of the drawings."""
    return Path(str(files("resources"))) / "icons"


def icon(name: str, token: str = "text") -> QIcon:
    """Return a drawing tinted with a colour token; disabled it is faint.  Raises FileNotFoundError for no drawing."""
    key = (name, token, theme().mode)
    if key not in _icons:
        made = QIcon()
        # Twice as large only where a screen needs it: drawing all of them takes a noticeable part of the start.
        for size in (_SIZE, 2 * _SIZE) if _finest() > 1 else (_SIZE,):
            made.addPixmap(pixmap(name, token, size), QIcon.Mode.Normal)
            made.addPixmap(pixmap(name, "text_faint", size), QIcon.Mode.Disabled)
        _icons[key] = made
    return _icons[key]


def _finest() -> float:
    """Return the device pixels of a logical one on the finest screen."""
    return max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)


def pixmap(name: str, token: str = "text", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return a drawing of `size` logical pixels at a device pixel ratio."""
    key = (name, theme().colour(token).name(), size, ratio)
    if key not in _pixmaps:
        _pixmaps[key] = _draw(*key)
    return _pixmaps[key]


def _draw(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    source = _drawing(name).replace(b"currentColor", colour.encode())
    renderer = QSvgRenderer(QByteArray(source))
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def bind_icon(target: HasIcon, name: str, token: str = "text") -> None:
    """Show an icon on `target` and change it with the theme, for as long as `target` lives."""
    target.setIcon(icon(name, token))
    kept = weakref.ref(target)

    def renew() -> None:
        alive = kept()
        if alive is None:
            theme().theme_changed.disconnect(renew)
            return
        try:
            alive.setIcon(icon(name, token))
        except RuntimeError:  # Qt deleted the widget, Python has not yet
            theme().theme_changed.disconnect(renew)

    theme().theme_changed.connect(renew)


@cache
def _drawing(name: str) -> bytes:
    return (icon_folder() / f"{name}.svg").read_bytes()

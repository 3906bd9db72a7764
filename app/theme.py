"""How Epochal looks: colours, spacing, fonts and series styles as tokens, dark and light.

Every widget asks `theme()` for tokens and repaints on `theme_changed`; the application's palette and stylesheet are
derived from the same tokens, so an ordinary Qt widget needs no styling of its own.  A label gets its role with
`set_role(label, "heading")`.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app.tokens import COLOURS, LINE_STYLES, SERIES, Mode

Preference = Literal["system", "dark", "light"]
FontRole = Literal["body", "small", "heading", "mono"]

UNIT = 8  # pixels; every distance is a multiple of half of it
# Qt's name for "no platform font known", and the wide fallback that fontconfig gives then.
_FALLBACK_FAMILIES = {"Sans Serif", "Sans", "DejaVu Sans", "Bitstream Vera Sans", ""}
_PREFERRED_FAMILIES = ["Inter", "Noto Sans", "Roboto", "Liberation Sans", "DejaVu Sans"]


class Theme(QObject):
    """The tokens of the mode in force.  One per process: `theme()`."""

    theme_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._preference: Preference = "system"
        self._mode: Mode = "light"
        self._body = QFont()

    @property
    def mode(self) -> Mode:
        """The mode in force: dark or light."""
        return self._mode

    @property
    def preference(self) -> Preference:
        """What the user chose: follow the system, or one mode always."""
        return self._preference

    def colour(self, token: str) -> QColor:
        """Return the colour of a token of `app.tokens.COLOURS`.  Raises KeyError for an unknown one."""
        return QColor(COLOURS[self._mode][token])

    def series(self, index: int) -> QColor:
        """Return the colour of the index-th series; they repeat after eight."""
        colours = SERIES[self._mode]
        return QColor(colours[index % len(colours)])

    def line_style(self, index: int) -> Qt.PenStyle:
        """Return the line style of the index-th series: the second channel beside colour."""
        return LINE_STYLES[index % len(LINE_STYLES)]

    def space(self, units: float = 1) -> int:
        """Return a distance in logical pixels: `units` of the 8-pixel grid."""
        return round(UNIT * units)

    def font(self, role: FontRole = "body") -> QFont:
        """Return the font of a role; digits have equal widths in all of them."""
        if role == "mono":
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPointSizeF(self._body.pointSizeF())
            return font
        font = QFont(self._body)
        font.setPointSizeF(self._point_size(role))
        if role == "heading":
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def install(self, application: QApplication, preference: Preference = "system") -> None:
        """Style the application and follow the system's colour scheme from now on."""
        application.setStyle("Fusion")
        self._body = _body_font(application.font())
        application.setFont(self._body)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)
        self._preference = preference
        self._apply()

    def set_preference(self, preference: Preference) -> None:
        """Follow the system, or stay dark or light."""
        if preference != self._preference:
            self._preference = preference
            self._apply()

    def _apply(self) -> None:
        self._mode = _system_mode() if self._preference == "system" else self._preference
        application = QApplication.instance()
        if isinstance(application, QApplication):
            from app.stylesheet import stylesheet

            application.setPalette(self._palette())
            application.setStyleSheet(stylesheet(self))
        self.theme_changed.emit()

    def _point_size(self, role: FontRole) -> float:
        size = self._body.pointSizeF()
        return {"body": size, "small": max(7.5, size * 0.88), "heading": size * 1.3, "mono": size}[role]

    def _palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        for colour_role, token in (
            (role.Window, "window"),
            (role.WindowText, "text"),
            (role.Base, "surface"),
            (role.AlternateBase, "window"),
            (role.Text, "text"),
            (role.Button, "surface"),
            (role.ButtonText, "text"),
            (role.BrightText, "danger"),
            (role.ToolTipBase, "tooltip"),
            (role.ToolTipText, "on_tooltip"),
            (role.PlaceholderText, "text_faint"),
            (role.Highlight, "selection"),
            (role.HighlightedText, "text"),
            (role.Accent, "accent"),
            (role.Link, "accent"),
            (role.LinkVisited, "accent"),
            (role.Mid, "line"),
            (role.Dark, "line_strong"),
            (role.Light, "raised"),
        ):
            palette.setColor(colour_role, self.colour(token))
        for colour_role in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, colour_role, self.colour("text_faint"))
        return palette


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget a look of the stylesheet: heading, small, muted, danger, primary, quiet, surface, card, mono."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _system_mode() -> Mode:
    return "dark" if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def _body_font(system: QFont) -> QFont:
    font = QFont(system)
    if font.family() in _FALLBACK_FAMILIES:
        # No desktop told Qt its font; Qt takes the first of these that is installed.
        font.setFamilies(_PREFERRED_FAMILIES)
    if font.pointSizeF() <= 0:
        font.setPointSizeF(10)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


_theme: Theme | None = None


def theme() -> Theme:
    """Return the one theme of this process."""
    global _theme
    if _theme is None:
        _theme = Theme()
    return _theme

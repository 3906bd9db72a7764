"""The numbers behind the theme: colours of both modes, series colours, line styles.

Text colours reach a contrast of 4.5 on `window` and `surface`, series and borders of inputs 3 (a test computes it).
Series colours start from the Okabe-Ito palette, shifted in lightness until they hold on either background.
"""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Qt

Mode = Literal["dark", "light"]

COLOURS: Final[dict[Mode, dict[str, str]]] = {
    "light": {
        "window": "#f3f5f8",
        "surface": "#ffffff",
        "raised": "#ffffff",
        "sunken": "#eaedf2",
        "hover": "#e8ecf2",
        "pressed": "#dce2ea",
        "selection": "#d9e3fb",
        "line": "#dfe4ea",
        "line_strong": "#858f9d",
        "text": "#181c22",
        "text_muted": "#566070",
        "text_faint": "#8b95a3",
        "accent": "#3554d1",
        "accent_hover": "#2b48bd",
        "accent_pressed": "#233da3",
        "on_accent": "#ffffff",
        "success": "#15734a",
        "warning": "#8a5700",
        "danger": "#b92c26",
        "danger_surface": "#fbe9e8",
        "warning_surface": "#fdf3dc",
        "success_surface": "#e3f4ea",
        "accent_surface": "#e8edfc",
        "frozen": "#1d7fa8",
        "tooltip": "#20252c",
        "on_tooltip": "#f1f3f6",
        "plot": "#ffffff",
        "grid": "#e6e9ee",
        "axis": "#566070",
        "crosshair": "#566070",
        "checkpoint": "#3554d1",
        "chosen": "#b37400",
        "command": "#7a3fa8",
        "phase_i": "#3a7bd5",
        "phase_ii": "#1f9d6b",
        "phase_iii": "#d9772b",
    },
    "dark": {
        "window": "#14171b",
        "surface": "#1b1f25",
        "raised": "#242a32",
        "sunken": "#101317",
        "hover": "#262c34",
        "pressed": "#2f3640",
        "selection": "#2a3a66",
        "line": "#2b313a",
        "line_strong": "#6b7685",
        "text": "#eceff3",
        "text_muted": "#a3acb9",
        "text_faint": "#6f7a88",
        "accent": "#8fa6ff",
        "accent_hover": "#a5b8ff",
        "accent_pressed": "#7790f5",
        "on_accent": "#0f1216",
        "success": "#57c98f",
        "warning": "#e6b04a",
        "danger": "#ff8a80",
        "danger_surface": "#3a2022",
        "warning_surface": "#362b16",
        "success_surface": "#17301f",
        "accent_surface": "#222b48",
        "frozen": "#6cc7ee",
        "tooltip": "#323a45",
        "on_tooltip": "#f1f3f6",
        "plot": "#1b1f25",
        "grid": "#2a3038",
        "axis": "#a3acb9",
        "crosshair": "#a3acb9",
        "checkpoint": "#8fa6ff",
        "chosen": "#ffc24b",
        "command": "#cf9bf0",
        "phase_i": "#5b9bff",
        "phase_ii": "#3cc98f",
        "phase_iii": "#f09a52",
    },
}

SERIES: Final[dict[Mode, tuple[str, ...]]] = {
    "light": ("#0072b2", "#d55e00", "#00875f", "#b5468a", "#a87000", "#2387c4", "#7a4fc0", "#4f5866"),
    "dark": ("#56b4e9", "#ff8a4c", "#2ec49a", "#ea93c4", "#f0c040", "#7aa6ff", "#b99cf5", "#c5ccd6"),
}

LINE_STYLES: Final = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
)

"""Actions on the window itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMessageBox, QPlainTextEdit, QVBoxLayout

from app.parts import Parts
from app.theme import Preference, theme

if TYPE_CHECKING:
    from app.actions.palette import Palette
    from app.main_window import MainWindow


class ViewDoer:
    """What the rows `views.*` of the table do."""

    def __init__(self, parts: Parts, window: MainWindow) -> None:
        self._parts, self._window = parts, window
        self._palette: Palette | None = None

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def welcome(self) -> None:
        """Show the samples."""
        self._window.centre.show_welcome()

    def palette(self) -> None:
        """Open the command palette."""
        if self._palette is None:
            from app.actions.palette import Palette

            self._palette = Palette(self._window.actions_set, self._window)
        self._palette.open()

    def filter(self) -> None:
        """Go to the filter of the runs."""
        self._window.frame.show_runs(True)
        self._window.runs.bar.field.setFocus()
        self._window.runs.bar.field.selectAll()

    def export_picture(self) -> None:
        """Save the curves as PNG."""
        self._export("png")

    def export_drawing(self) -> None:
        """Save the curves as SVG."""
        self._export("svg")

    def export_data(self) -> None:
        """Save every point of the selected runs as CSV."""
        self._export("csv")

    def show_runs(self) -> None:
        """Show or hide the list of runs."""
        self._window.frame.show_runs(self._window.actions_set["view.runs"].isChecked())

    def show_right(self) -> None:
        """Show or hide the right column."""
        self._window.frame.show_right(self._window.actions_set["view.draft"].isChecked())

    def show_bottom(self) -> None:
        """Fold or unfold the lower tabs."""
        self._window.bottom.fold(not self._window.actions_set["view.bottom"].isChecked())

    def steer(self) -> None:
        """Show what can be changed of the running job."""
        self._window.frame.show_right(True)
        self._window.right.show_steer()

    def toggle_theme(self) -> None:
        """Change between dark and light, and stay there."""
        preference: Preference = "light" if theme().mode == "dark" else "dark"
        self._parts.settings.theme = preference
        theme().set_preference(preference)

    def theme_system(self) -> None:
        """Be dark or light as the desktop is."""
        self._parts.settings.theme = "system"
        theme().set_preference("system")

    def shortcuts(self) -> None:
        """Show all shortcuts."""
        from app.dialogs.shortcuts import Shortcuts

        Shortcuts(self._window.actions_set.rows, self._window).open()

    def about(self) -> None:
        """Say what this program is."""
        from importlib.metadata import version

        box = QMessageBox(self._window)
        box.setObjectName("about")
        box.setWindowTitle("About Epochal")
        box.setIconPixmap(self._window.windowIcon().pixmap(64, 64))
        box.setText(f"Epochal {version('epochal')}")
        box.setInformativeText(
            "A desktop workbench for training neural networks: watch, steer, pause, kill, resume, compare.\n"
            "Apache License 2.0."
        )
        box.open()

    def doctor(self) -> None:
        """Ask `epochal doctor`, in its own process, and show what it says."""
        self._parts.notices.say("note", "The doctor looks at the machine; that takes a few seconds.")
        from app.command import epochal

        workspace = str(self._parts.model.workspace.path)
        self._parts.background.run(
            lambda: epochal("-w", workspace, "doctor").strip(),
            lambda text: self._show_text("doctor", "Doctor", text),
            lambda error: self._parts.notices.fail("The doctor could not be asked", error),
        )

    def _export(self, kind: str) -> None:
        if self._window.run_page is not None:
            self._window.run_page.curves.exporting.ask(kind)

    def _show_text(self, name: str, title: str, text: str) -> None:
        dialog = QDialog(self._window)
        dialog.setObjectName(name)
        dialog.setWindowTitle(title)
        shown = QPlainTextEdit(text, dialog)
        shown.setObjectName(f"{name}_text")
        shown.setAccessibleName(title)
        shown.setReadOnly(True)
        shown.setFont(theme().font("mono"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
        buttons.rejected.connect(dialog.reject)
        layout = QVBoxLayout(dialog)
        layout.addWidget(shown)
        layout.addWidget(buttons)
        dialog.resize(720, 480)
        dialog.open()

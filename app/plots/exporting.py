"""Export of what is shown: picture or data, to a file the user names."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from app.plots.picture import png_of, svg_of
from core.curves.export import write_csv
from core.durable import replacing
from core.errors import EpochalError

if TYPE_CHECKING:
    from app.plots.curve_view import CurveView

_FILTERS = {"png": "Picture (*.png)", "svg": "Drawing (*.svg)", "csv": "Data (*.csv)"}


class Exporting(QObject):
    """Asks for a name and writes the file; says how it went."""

    done = Signal(str)  # a sentence
    failed = Signal(str)  # a sentence

    def __init__(self, view: CurveView) -> None:
        super().__init__(view)
        self._view = view

    def ask(self, kind: str) -> None:
        """Ask where to, then write `png`, `svg` or `csv`."""
        runs = self._view.runs
        name = f"{runs[0].name if len(runs) == 1 else 'curves'}.{kind}"
        path, _ = QFileDialog.getSaveFileName(self._view, "Export", name, _FILTERS[kind])
        if path:
            self.write(Path(path if Path(path).suffix else f"{path}.{kind}"), kind)

    def write(self, path: Path, kind: str) -> None:
        """Write the file, whole or not at all."""
        try:
            with replacing(path, point="export") as file:
                self._write(file, kind)
        except (OSError, EpochalError) as error:
            self.failed.emit(str(error))
        else:
            self.done.emit(f"Exported to {path}.")

    def _write(self, file: IO[bytes], kind: str) -> None:
        if kind == "png":
            file.write(png_of(self._view.plots))
        elif kind == "svg":
            file.write(svg_of(self._view.plots))
        else:
            write_csv(file, ((run.id, run.state) for run in self._view.runs))

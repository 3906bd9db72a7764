"""What the fields of one form share: where paths start, the columns of the data, whether rare fields show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal


class FormContext(QObject):
    """One per panel section."""

    columns_changed = Signal()
    more_changed = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._columns: tuple[str, ...] = ()
        self._more = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the data's columns, as far as they are known."""
        return self._columns

    @property
    def more(self) -> bool:
        """Whether rare fields are shown."""
        return self._more

    def set_columns(self, columns: Sequence[str]) -> None:
        """Offer these columns from now on."""
        if tuple(columns) != self._columns:
            self._columns = tuple(columns)
            self.columns_changed.emit()

    def show_more(self, more: bool) -> None:
        """Show or hide rare fields."""
        if more != self._more:
            self._more = more
            self.more_changed.emit()

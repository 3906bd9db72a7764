"""Columns of numbers, right-aligned in their heads too."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem


def align_numbers(item: QTreeWidgetItem | None, columns: Iterable[int]) -> None:
    """Align the texts of a line, or of the head, at the right in these columns."""
    if item is not None:
        for column in columns:
            item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

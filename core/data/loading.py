"""What a data source is told while it loads: where to look, how much memory there is, whom to tell."""

from __future__ import annotations

import difflib
import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from core.data.fingerprint import of_file
from core.errors import DataError


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: 1 row, 1,234 rows."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a sentence that proposes the known name nearest to `word`, or lists some of them."""
    names = [str(name) for name in known]
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6) or [
        name for name in names if name.lower() == word.lower()
    ]
    if close:
        return f"Did you mean {close[0]!r}?"
    shown = ", ".join(repr(name) for name in names[:8])
    return f"There is: {shown}{', ...' if len(names) > 8 else ''}." if names else ""


def _ignore(text: str) -> None:
    pass


@dataclass
class Loading:
    """Passed to a source's `load`.

    `base` is the folder that relative paths refer to first (then the current folder).  `memory_limit` is in bytes.
    `split_column` names the column that holds train, valid or test; empty when the split is made otherwise.
    `notices` collects what the user should know afterwards; `notify` gets progress while it goes on.
    """

    base: Path
    memory_limit: int = 4_000_000_000
    split_column: str = ""
    notify: Callable[[str], None] = _ignore
    notices: list[str] = field(default_factory=list)
    glancing: bool = False  # for a preview: nothing large is read, converted or hashed
    _last_progress: float = 0.0

    def notice(self, text: str) -> None:
        """Keep a sentence for the user."""
        if text not in self.notices:
            self.notices.append(text)

    def progress(self, text: str, *, at_once: bool = False) -> None:
        """Tell how it goes, at most once a second."""
        now = time.monotonic()
        if at_once or now - self._last_progress >= 1:
            self._last_progress = now
            self.notify(text)

    def fingerprint(self, *paths: Path) -> str:
        """Return what tells versions of these files apart, whatever their names; empty for a preview."""
        if self.glancing:
            return ""
        parts = [of_file(path) for path in paths]
        return parts[0] if len(parts) == 1 else hashlib.sha256("".join(parts).encode()).hexdigest()

    def find(self, given: str, *, field: str = "data.path", folder: bool = False) -> Path:
        """Return the path of an existing file or folder; raises DataError with the nearest name when there is none."""
        what = "folder" if folder else "file"
        if not given.strip():
            raise DataError(f"no {what} is given.", where=field, remedy=f"Choose the {what} to read.")
        try:
            path = Path(given).expanduser()
        except RuntimeError:  # ~nobody
            path = Path(given)
        candidates = [path] if path.is_absolute() else [self.base / path, Path.cwd() / path]
        for candidate in candidates:
            if candidate.is_dir() if folder else candidate.is_file():
                if not os.access(candidate, os.R_OK):
                    raise DataError(
                        f"{str(candidate)!r} may not be read.", where=field, remedy="Change its permissions."
                    )
                return candidate
        for candidate in candidates:
            if candidate.exists():
                raise DataError(
                    f"{str(candidate)!r} is not a {what}.",
                    where=field,
                    remedy=f"Choose a {what}.",
                )
        raise DataError(f"there is no {what} {given!r}.", where=field, remedy=_neighbours(candidates[0]))


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {str(path.parent)!r} does not exist either."
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())[:10_000]
    except OSError:
        return f"Look into {str(path.parent)!r}."
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else f"Looked in {str(path.parent)!r}."

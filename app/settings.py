"""What the window remembers between starts, in the user's configuration folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

from app.theme import Preference

RECENT_LIMIT = 10


class Settings:
    """Typed access to one INI file; values that cannot be read fall back to their defaults."""

    def __init__(self, file: Path | None = None) -> None:
        path = file or platformdirs.user_config_path("epochal") / "window.ini"
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> Preference:
        """Follow the system, or one mode always."""
        value = str(self._store.value("theme", "system"))
        return cast(Preference, value) if value in ("system", "dark", "light") else "system"

    @theme.setter
    def theme(self, preference: Preference) -> None:
        self._store.setValue("theme", preference)

    def recent(self) -> list[Path]:
        """Return the workspaces opened last, newest first, without those that are gone."""
        return [Path(name) for name in self.words_of("recent") if name and Path(name).is_dir()]

    def remember_workspace(self, path: Path) -> None:
        """Put a workspace at the head of the recent ones."""
        path = path.absolute()
        others = [str(other) for other in self.recent() if other != path]
        self._store.setValue("recent", [str(path), *others][:RECENT_LIMIT])

    def bytes_of(self, key: str) -> QByteArray | None:
        """Return a remembered geometry or state, or None."""
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) and not value.isEmpty() else None

    def text_of(self, key: str, default: str = "") -> str:
        """Return a remembered word."""
        return str(self._store.value(key, default))

    def words_of(self, key: str) -> list[str]:
        """Return a remembered list; INI files keep a list of one as a plain word."""
        stored = self._store.value(key, [])
        return [stored] if isinstance(stored, str) else [str(word) for word in cast(list[str], stored or [])]

    def flag(self, key: str, default: bool) -> bool:
        """Return a remembered yes or no."""
        return str(self._store.value(key, default)).lower() == "true"

    def put(self, key: str, value: Any) -> None:
        """Remember a value; Qt writes the file soon after."""
        self._store.setValue(key, value)

    def sync(self) -> None:
        """Write now."""
        self._store.sync()

"""TOML in and out: reading with errors a person can act on, writing always the same text for the same values."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import SpecError

LARGEST = 4 * 1024 * 1024  # bytes; a spec is a page of text
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEYS = re.compile(r"\('[^)]*\)")  # tomllib names a table by the tuple of its keys


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.  Raises SpecError with the file, and the line where there is one."""
    try:
        if path.is_dir():
            raise SpecError("This is a folder, not a spec.", where=str(path), remedy="Name a .toml file in it.")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SpecError("There is no such file.", where=str(path), remedy="Check the path.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError(f"Cannot be read: {reason}.", where=str(path)) from error
    if len(content) > LARGEST:
        raise SpecError("Is far too large for a spec.", where=str(path), remedy="Name a .toml file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SpecError("Is not UTF-8 text.", where=f"{path}:{line}", remedy="Save it as UTF-8.") from None
    return parse_toml(text, str(path))


def parse_toml(text: str, source: str = "") -> dict[str, Any]:
    """Parse TOML text.  Raises SpecError whose `where` is `source:line`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        line = place.group(1) if place and place.group(1) else str(text.count("\n") + 1)
        reason = _KEYS.sub(lambda keys: ".".join(re.findall(r"'([^']*)'", keys.group())), _PLACE.sub("", message))
        where = f"{source}:{line}" if source else f"line {line}"
        raise SpecError(f"Not valid TOML: {reason[:1].lower()}{reason[1:]}.", where=where) from None
    except RecursionError:
        raise SpecError("Not valid TOML: nested too deeply.", where=source) from None


def write_toml(table: Mapping[str, Any]) -> str:
    """Write a table of plain values; values first, then the tables in it, in the order given."""
    return "\n".join(_lines(table, ())).strip("\n") + "\n"


def inline(value: Any) -> str:
    """Write one value as TOML on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # JSON's escapes are TOML's, but for DEL, which JSON leaves as it is.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int() | float():
            return repr(value)
        case list() | tuple():
            return "[" + ", ".join(inline(item) for item in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{_key(key)} = {inline(item)}" for key, item in value.items()) + "}"
        case _:
            raise TypeError(f"TOML has no word for {value!r}")


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not isinstance(value, Mapping) and not _is_tables(value):
            yield f"{_key(key)} = {inline(value)}"
    for key, value in table.items():
        inner = (*path, key)
        name = ".".join(_key(part) for part in inner)
        if isinstance(value, Mapping):
            yield ""
            yield f"[{name}]"
            yield from _lines(value, inner)
        elif _is_tables(value):
            for item in value:
                yield ""
                yield f"[[{name}]]"
                yield from _lines(item, inner)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else inline(key)

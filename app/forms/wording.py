"""How values and fields are worded in a form."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from core.spec.field import Field, plain
from core.spec.toml import inline


def value_words(value: Any) -> str:
    """Return a value as it stands in a field: `0.001`, `128, 64`, `on`."""
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else "off"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case str():
            return value
        case list() | tuple():
            if any(isinstance(item, Mapping | list | tuple) for item in value):
                return inline(value)
            return ", ".join(value_words(item) for item in value)
        case Mapping():
            return inline(value)
        case _:
            return str(value)


def choice_words(choice: Any) -> str:
    """Return a choice as a menu shows it: `virtual epochs`."""
    return str(choice).replace("_", " ")


def tooltip(field: Field, path: str) -> str:
    """Return what there is to say of a field: title, help, what is valid, default, where it stands in the spec."""
    valid = field.describe() if field.type not in ("table", "union", "boolean") else ""
    default = _default_words(field)
    lines = [
        f"<b>{escape(field.title)}</b>",
        escape(field.help),
        escape(f"{valid[:1].upper()}{valid[1:]}.") if valid else "",
        escape(f"Default: {default}.") if default else "",
        f"<code>{escape(path)}</code>",
    ]
    return "<br>".join(line for line in lines if line)


def table_words(value: Any, field: Field) -> str:
    """Return a closed table in a few words: what is on, and what is not as by default."""
    held = value if isinstance(value, Mapping) else {}
    told: list[str] = []
    for inner in field.fields:
        given = held.get(inner.name, inner.default)
        if given != inner.default or (given and not inner.rare):
            told.append(_told(inner, given))
    return ", ".join(told) if told else "off"


def _told(field: Field, value: Any) -> str:
    title = field.title.lower()
    if isinstance(value, bool):
        return title if value else f"no {title}"
    if isinstance(value, int | float):
        return f"{title} {plain(value)}"
    if field.type == "choice":
        return f"by {choice_words(value)}" if field.name == "method" else choice_words(value)
    return f"{title} {value_words(value)}"


def _default_words(field: Field) -> str:
    if isinstance(field.default, Mapping):
        return str(field.default.get("kind", ""))
    return choice_words(value_words(field.default)) if field.type == "choice" else value_words(field.default)

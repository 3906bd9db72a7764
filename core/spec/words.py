"""Values in words: what text typed by a person means, and what a value of the wrong type is called."""

from __future__ import annotations

import datetime
import re
import tomllib
from typing import Any

_NUMBER = re.compile(r"[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?")


def parse_value(text: str) -> Any:
    """Return what text means as a TOML value, and the text itself when it means nothing in TOML.

    `64`, `1e-3`, `.5`, `true`, `[128, 64]`, `{kind = "sgd"}` and `"quoted"` are values; `cnn` and `2026-01-01` text.
    """
    try:
        table = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return _number(text)
    value = table.get("value")
    # A line break could smuggle in a second key; a date is text that happens to look like one.
    if len(table) != 1 or isinstance(value, datetime.date | datetime.time):
        return text
    return value


def type_in_words(value: Any) -> str:
    """Name a value of the wrong type: `the text "abc"`, `the whole number 3`, `a list`."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'the text "{value if len(value) <= 40 else value[:37] + "..."}"'
        case int():
            return f"the whole number {value}" if abs(value) < 2**63 else "a very large number"
        case float():
            return f"the number {value}"
        case dict():
            return "a table"
        case list() | tuple():
            return "a list"
        case datetime.date() | datetime.time():
            return f"the date {value}"
        case None:
            return "nothing"
        case _:
            return f"a {type(value).__name__}"


def _number(text: str) -> Any:
    """Read the numbers that TOML does not: `.5`, `1.`, `007`."""
    if not _NUMBER.fullmatch(text.strip()):
        return text
    plain = text.strip().replace("_", "")
    try:
        return int(plain)
    except ValueError:
        return float(plain)

"""How a field of the spec is declared: limits, unit and help once, everything else derived."""

from __future__ import annotations

from typing import Any

import msgspec


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every section of the spec: frozen, keyword-only, closed."""


def about(title: str, help: str, *, unit: str = "", rare: bool = False, **limits: Any) -> msgspec.Meta:
    """Describe a field.

    `help` is one sentence.  `unit` is shown beside the value.  `rare` fields sit under "more" in a form.
    `limits` are msgspec's own: gt, ge, lt, le, multiple_of, min_length, max_length, pattern.
    The JSON schema carries `title`, `description`, `x-unit`, `x-rare` and the limits.
    """
    extra: dict[str, Any] = {}
    if unit:
        extra["x-unit"] = unit
    if rare:
        extra["x-rare"] = True
    return msgspec.Meta(title=title, description=help, extra_json_schema=extra or None, **limits)

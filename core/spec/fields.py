"""How a field of the spec is declared: limits, unit and help once, everything else derived."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every section of the spec: frozen, keyword-only, closed."""


def about(
    title: str,
    help: str,
    *,
    unit: str = "",
    rare: bool = False,
    path: Literal["", "file", "folder", "any"] = "",
    column: bool = False,
    **limits: Any,
) -> msgspec.Meta:
    """Describe a field.

    `help` is one sentence.  `unit` is shown beside the value.  `rare` fields sit under "more" in a form.
    `path` says that the text names a file or a folder, so that a form can offer to browse.
    `column` says that it names one or more columns of the data, so that a form can offer those of the preview.
    `limits` are msgspec's own: gt, ge, lt, le, multiple_of, min_length, max_length, pattern; and `examples`, values
    worth offering beside any other that is valid.
    The JSON schema carries `title`, `description`, `x-unit`, `x-rare`, `x-path`, `x-column` and the limits.
    """
    extra: dict[str, Any] = {}
    if unit:
        extra["x-unit"] = unit
    if rare:
        extra["x-rare"] = True
    if path:
        extra["x-path"] = path
    if column:
        extra["x-column"] = True
    return msgspec.Meta(title=title, description=help, extra_json_schema=extra or None, **limits)

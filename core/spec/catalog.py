"""The catalog: which data sources and models there are, and what options each takes.

Components are modules that may need torch or a user's trust, so nobody here imports them.  What is known of them is
a description: made in a throw-away process (`python -m core.describe`), cached for the built-in ones in
resources/descriptions.json.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """One component, as seen from outside.

    `schema` is a JSON schema of type object whose properties have defaults, titles, limits and `x-unit`/`x-rare`.
    A component whose file could not be imported has `error` set to the traceback and takes no options.
    """

    role: Literal["data", "model"]
    kind: str  # what the spec says: "mlp", "csv", or "file.Class" of the user's own
    title: str
    summary: str
    schema: dict[str, Any] = {}
    accepts: tuple[str, ...] = ()  # for models: "image", "table"
    file: str = ""  # of the user's own components, relative to the workspace
    error: str = ""

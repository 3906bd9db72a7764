"""The catalog: which data sources and models there are, and what options each takes.

Components are modules that may need torch or a user's trust, so nobody here imports them.  What is known of them is
a description: made in a throw-away process (`python -m core.describe`), cached for the built-in ones in
resources/descriptions.json.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec

from core.errors import ComponentError, SpecError
from core.spec.problem import suggest

Role = Literal["data", "model"]
BUILT_IN = Path(__file__).parents[2] / "resources" / "descriptions.json"


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """One component, as seen from outside.

    `schema` is a JSON schema of type object whose properties have defaults, titles, limits and `x-unit`/`x-rare`.
    A component whose file could not be imported has `error` set to the traceback and takes no options.
    """

    role: Role
    kind: str  # what the spec says: "mlp", "csv", or "file.Class" of the user's own
    title: str
    summary: str
    schema: dict[str, Any] = {}
    accepts: tuple[str, ...] = ()  # for models: "image", "table"
    file: str = ""  # of the user's own components, relative to the workspace
    error: str = ""


class Catalog:
    """All components known, in the order they were described; never changes."""

    def __init__(self, descriptions: Iterable[Description]) -> None:
        self._found = {(description.role, description.kind): description for description in descriptions}

    @staticmethod
    def builtin() -> Catalog:
        """Return the components that come with Epochal.  Raises ComponentError when their list is missing."""
        return _builtin(BUILT_IN)

    def with_components(self, components: Iterable[Description]) -> Catalog:
        """Return a catalog that also has the user's own components; a built-in name cannot be taken."""
        own = [component for component in components if (component.role, component.kind) not in self._found]
        return Catalog([*self._found.values(), *own])

    def find(self, role: Role, kind: str) -> Description:
        """Return the component of that kind.  Raises SpecError with the nearest name."""
        found = self._found.get((role, kind))
        if found is None:
            known = [description.kind for description in self._of(role)]
            raise SpecError(f'"{kind}" is not known.', where=f"{role}.kind", remedy=suggest(kind, known))
        return found

    @property
    def models(self) -> tuple[Description, ...]:
        """The model families, built-in first."""
        return self._of("model")

    @property
    def sources(self) -> tuple[Description, ...]:
        """The data sources, built-in first."""
        return self._of("data")

    def _of(self, role: Role) -> tuple[Description, ...]:
        return tuple(description for description in self._found.values() if description.role == role)


@functools.cache
def _builtin(path: Path) -> Catalog:
    try:
        return Catalog(msgspec.json.decode(path.read_bytes(), type=list[Description]))
    except (OSError, msgspec.DecodeError) as error:
        raise ComponentError(
            f"The list of built-in components cannot be read: {error}.",
            where=str(path),
            remedy="Install Epochal again, or run: python -m core.describe builtin",
        ) from error

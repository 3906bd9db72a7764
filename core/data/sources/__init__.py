"""Data sources, one file each, found by scanning this folder.

A source is a module with `TITLE`, `SUMMARY`, `class Options(Section, frozen=True)` and `load(options, loading)`; it
may have `glance(options, loading)` for a preview that reads less than everything.  Its name is the spec's kind.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Protocol, cast

import msgspec

from core.data.glance import Glance
from core.data.loading import Loading, nearest
from core.data.source import Source
from core.errors import DataError
from core.spec.fields import Section


class SourceModule(Protocol):
    """What every file in this folder gives."""

    TITLE: str
    SUMMARY: str
    Options: type[Section]

    def load(self, options: Any, loading: Loading) -> Source:
        """Read the data set.  Raises DataError."""
        ...


class GlancingModule(SourceModule, Protocol):
    """A source that can be previewed without reading all of it."""

    def glance(self, options: Any, loading: Loading) -> Glance:
        """Read as much as a preview needs.  Raises DataError."""
        ...


def kinds() -> tuple[str, ...]:
    """Return the names of all sources; imports none of them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def find(kind: str) -> SourceModule:
    """Import one source.  Raises DataError with the nearest name when there is none."""
    if kind not in kinds():
        raise DataError(f"there is no data source {kind!r}.", where="data.kind", remedy=nearest(kind, kinds()))
    return cast(SourceModule, importlib.import_module(f"{__name__}.{kind}"))


def options_of(module: SourceModule, given: dict[str, Any]) -> Section:
    """Check options against the source's declaration.  Raises DataError naming the option."""
    known = {field.encode_name for field in msgspec.structs.fields(module.Options)}
    for name in given:
        if name not in known:
            raise DataError(
                f"{module.TITLE} has no option {name!r}.", where=f"data.{name}", remedy=nearest(name, sorted(known))
            )
    try:
        return msgspec.convert(given, module.Options)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$.")
        where = f"data.{place.rstrip('`')}" if place else "data"
        raise DataError(f"{message[:1].lower()}{message[1:]}.", where=where) from None

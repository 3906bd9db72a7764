"""From TOML or plain tables to a complete spec, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.errors import SpecError
from core.spec.catalog import Catalog, Role
from core.spec.complete_schema import frozen_schema, own_fields, spec_schema
from core.spec.json_schema import Schema
from core.spec.overrides import apply_overrides
from core.spec.problem import Problem, refusal
from core.spec.rules import impossible
from core.spec.schema import check, complete
from core.spec.spec import Spec
from core.spec.toml import read_toml, write_toml

_ROLES: tuple[Role, Role] = ("data", "model")


def read_spec(path: str | Path, overrides: Iterable[str] = (), catalog: Catalog | None = None) -> Spec:
    """Read a spec from a TOML file, apply `a.b=value` overrides, check and complete it.

    Raises SpecError with the file, the path of the field and the remedy; `problems` lists every mistake.
    """
    file = Path(path)
    given = apply_overrides(read_toml(file), overrides)
    if problems := problems_of(given, catalog):
        raise refusal(problems, str(file))
    return _build(complete(given, spec_schema(catalog)))


def spec_from_dict(given: Mapping[str, Any], catalog: Catalog | None = None) -> Spec:
    """Return the complete spec that a flat table describes.  Raises SpecError whose `problems` lists every mistake."""
    if problems := problems_of(given, catalog):
        raise refusal(problems)
    return _build(complete(given, spec_schema(catalog)))


def problems_of(given: Mapping[str, Any], catalog: Catalog | None = None) -> list[Problem]:
    """Return every mistake of a flat table; rules across fields are tried once each field by itself is right."""
    schema = spec_schema(catalog)
    problems = check(dict(given), schema, "")
    if problems:
        return problems
    return impossible(_build(complete(given, schema)))


def read_frozen(path: str | Path) -> Spec:
    """Read the spec of a run as it was frozen, whatever has become of its components since.

    Component options are taken as they stand.  Raises SpecError when the file is not a spec.
    """
    file = Path(path)
    nested = _nest(read_toml(file))
    if problems := check(nested, frozen_schema(), ""):
        raise refusal(problems, str(file))
    return msgspec.convert(complete(nested, frozen_schema()), Spec)


def complete_dict(given: Mapping[str, Any], catalog: Catalog | None = None) -> dict[str, Any]:
    """Return a flat table with every default written out.  Raises SpecError when a field is wrong by itself."""
    schema: Schema = spec_schema(catalog)
    if problems := check(dict(given), schema, ""):
        raise refusal(problems)
    done: dict[str, Any] = complete(given, schema)
    return done


def to_dict(spec: Spec) -> dict[str, Any]:
    """Return a spec as a flat table of plain values, as it stands in TOML; what is not set is left out."""
    nested = msgspec.to_builtins(spec)
    for role in _ROLES:
        section = nested[role]
        options = section.pop("options")
        nested[role] = {"kind": section.pop("kind"), **options, **section}
    plain: dict[str, Any] = _without_nothing(nested)
    return plain


def write_spec(spec: Spec) -> str:
    """Return a spec as TOML; the same spec always gives the same text."""
    return write_toml(to_dict(spec))


def digest(spec: Spec) -> str:
    """Return the SHA-256 of the spec's TOML, in hexadecimal: what `sha256sum spec.toml` prints."""
    return hashlib.sha256(write_spec(spec).encode("utf-8")).hexdigest()


def _build(flat: dict[str, Any]) -> Spec:
    try:
        return msgspec.convert(_nest(flat), Spec)
    except msgspec.ValidationError as error:  # what `check` let through: a fault of ours, but still the user's spec
        raise SpecError(f"{error}.") from error


def _nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested = dict(flat)
    for role in _ROLES:
        section = nested.get(role)
        if isinstance(section, Mapping):
            own = {name: section[name] for name in ("kind", *own_fields(role)) if name in section}
            own["options"] = {name: value for name, value in section.items() if name not in own}
            nested[role] = own
    return nested


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_nothing(item) for item in value]
    return value

"""The schema of a whole spec as it stands in TOML: component options flat beside the section's own fields."""

from __future__ import annotations

import functools
import weakref
from typing import Any

import msgspec

from core.spec.catalog import Catalog, Description, Role
from core.spec.data import DataSpec
from core.spec.field import Field, field_of, is_tag, kind_of
from core.spec.json_schema import Schema, section_schema
from core.spec.model import ModelSpec
from core.spec.spec import Spec

_OPEN: dict[Role, type[msgspec.Struct]] = {"data": DataSpec, "model": ModelSpec}
_made: weakref.WeakKeyDictionary[Catalog, Schema] = weakref.WeakKeyDictionary()


def spec_schema(catalog: Catalog | None = None) -> Schema:
    """Return the JSON schema of a spec; `data` and `model` are unions of what the catalog holds.  Do not change it."""
    catalog = catalog or Catalog.builtin()
    if catalog not in _made:
        schema = frozen_schema()
        properties = dict(schema["properties"])
        properties["data"] = _open_section("data", catalog.sources)
        properties["model"] = _open_section("model", catalog.models)
        _made[catalog] = {**schema, "properties": properties}
    return _made[catalog]


@functools.cache
def frozen_schema() -> Schema:
    """Return the schema of a spec whose component options are one free table; needs no catalog."""
    return section_schema(Spec)


@functools.cache
def own_fields(role: Role) -> tuple[str, ...]:
    """Return the names in `[data]` or `[model]` that are Epochal's own and not options of the kind."""
    return tuple(name for name in _OPEN[role].__struct_fields__ if name not in ("kind", "options"))


def field_at(path: str, spec: dict[str, Any], catalog: Catalog | None = None) -> Field | None:
    """Return the field at a dotted path, looking into the kinds that a flat spec has chosen; None if there is none."""
    schema: Schema = spec_schema(catalog)
    value: Any = spec
    name = ""
    for name in path.split("."):
        schema, value = _step(schema, value, name)
        if not schema:
            return None
    return field_of(name, schema)


def field_help(path: str, spec: dict[str, Any] | None = None, catalog: Catalog | None = None) -> str:
    """Return one line for command-line help: title, sentence, what is valid, and the default."""
    field = field_at(path, spec or {}, catalog)
    if field is None:
        return ""
    default = "" if field.default is None or isinstance(field.default, dict) else f" Default: {field.default}."
    return f"{field.title}: {field.help} Give {field.describe()}.{default}"


def _step(schema: Schema, value: Any, name: str) -> tuple[Schema, Any]:
    inner = value.get(name) if isinstance(value, dict) else None
    if name.isdecimal() and isinstance(schema.get("items"), dict):
        items = value if isinstance(value, list) else []
        return schema["items"], items[int(name)] if int(name) < len(items) else None
    if "anyOf" in schema:
        default = schema.get("default")
        kind = (value if isinstance(value, dict) else {}).get("kind") or (
            default.get("kind") if isinstance(default, dict) else None
        )
        # The chosen kind first; a field of another kind is still worth explaining.
        branches = sorted(schema["anyOf"], key=lambda branch: kind_of(branch) != kind)
        if name == "kind":
            return _kind_schema(schema), inner
        for branch in branches:
            if name in branch.get("properties", {}):
                return branch["properties"][name], inner
        return {}, None
    found = schema.get("properties", {}).get(name, {})
    return ({}, None) if is_tag(name, found) else (found, inner)


def _kind_schema(schema: Schema) -> Schema:
    default = schema.get("default")
    own = schema.get("x-kind", {"title": schema.get("title", ""), "description": schema.get("description", "")})
    kinds = [kind_of(branch) for branch in schema["anyOf"] if kind_of(branch)]
    return {**own, "enum": kinds, "default": default.get("kind") if isinstance(default, dict) else None}


def _open_section(role: Role, descriptions: tuple[Description, ...]) -> Schema:
    """Return a union with one branch for each component: its tag, its options, then the section's own fields."""
    whole = frozen_schema()["properties"][role]
    own = {name: whole["properties"][name] for name in own_fields(role)}
    default = {name: value for name, value in whole["default"].items() if name != "options"}
    return {
        "title": whole["title"],
        "description": whole["description"],
        "default": default,
        "x-kind": {key: whole["properties"]["kind"][key] for key in ("title", "description")},
        "anyOf": [_branch(description, own) for description in descriptions],
    }


def _branch(description: Description, own: dict[str, Schema]) -> Schema:
    options: dict[str, Schema] = {} if description.error else description.schema.get("properties", {})
    error = description.error
    if taken := [name for name in options if name in own or name == "kind"]:
        error = f"its option {taken[0]} has a name that Epochal itself uses"
    branch: Schema = {
        "type": "object",
        "title": description.title,
        "description": description.summary,
        "properties": {"kind": {"enum": [description.kind]}, **options, **own},
        "required": list(description.schema.get("required", ())) if not error else [],
        "additionalProperties": False,
    }
    if error:
        branch["x-error"] = error
    if description.file:
        branch["x-file"] = description.file
    return branch

"""From a struct to one flat JSON schema: no references, choices in their declared order, every property titled."""

from __future__ import annotations

import re
import typing
from typing import Any, Literal

import msgspec

from core.errors import SpecError

Schema = dict[str, Any]
_Orders = dict[tuple[str, frozenset[Any]], list[Any]]


def section_schema(section: type[msgspec.Struct]) -> Schema:
    """Return the JSON schema of a struct, with references resolved in place.

    Raises SpecError when a field's type has no JSON schema, or contains itself.
    """
    try:
        schema = msgspec.json.schema(section)
    except TypeError as error:
        raise SpecError(f"{section.__name__} cannot be described: {error}.") from error
    definitions = schema.pop("$defs", {})
    orders: _Orders = {}
    _collect_orders(section, "", orders, set())
    return _inline(schema, "", definitions, orders, ())


def words(name: str) -> str:
    """Word a name of code for people: `OneCycle` and `one_cycle` become `One cycle`; `AdamW` stays."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name).replace("_", " ").strip()
    head, *rest = spaced.split(" ")
    return " ".join([head[:1].upper() + head[1:], *(word if word.isupper() else word.lower() for word in rest)])


def _inline(node: Schema, name: str, definitions: Schema, orders: _Orders, inside: tuple[str, ...]) -> Schema:
    if reference := node.get("$ref"):
        target = str(reference).rpartition("/")[2]
        if target in inside:
            raise SpecError(f"{target} contains itself.", remedy="Give it a limited depth.")
        own = {key: value for key, value in node.items() if key != "$ref"}
        definition = {**definitions[target], "x-name": target.rpartition(".")[2], **own}
        if name and "title" not in own:
            definition["title"] = words(name)
        return _inline(definition, name, definitions, orders, (*inside, target))
    done: Schema = {}
    for key, value in node.items():
        if key == "properties":
            done[key] = {
                child: _titled(child, _inline(schema, child, definitions, orders, inside))
                for child, schema in value.items()
            }
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            done[key] = _inline(value, "", definitions, orders, inside)
        elif key in ("anyOf", "prefixItems"):
            done[key] = [_inline(branch, "", definitions, orders, inside) for branch in value]
        elif key == "enum":
            done[key] = orders.get((name, frozenset(value)), value)
        elif key == "default":
            done[key] = msgspec.json.decode(msgspec.json.encode(value))  # a tuple becomes a list
        elif key == "discriminator":
            continue  # its mapping holds references; the `kind` of each branch says the same
        else:
            done[key] = value
    return _flat_union(done)


def _titled(name: str, schema: Schema) -> Schema:
    return {"title": words(name), **schema} if "title" not in schema else schema


def _flat_union(schema: Schema) -> Schema:
    """Lift unions inside a union, so that `A | B | None` has three branches side by side."""
    if "anyOf" not in schema:
        return schema
    branches: list[Schema] = []
    for branch in schema["anyOf"]:
        inner = branch.get("anyOf") if set(branch) == {"anyOf"} else None
        branches.extend(inner or [branch])
    for branch in branches:
        if "x-name" in branch:
            branch["title"] = words(branch["x-name"])
    return {**schema, "anyOf": branches}


def _collect_orders(kind: Any, name: str, orders: _Orders, seen: set[type]) -> None:
    """Note the declared order of every Literal, which the schema of msgspec sorts."""
    if typing.get_origin(kind) is Literal:
        values = list(typing.get_args(kind))
        orders[name, frozenset(values)] = values
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind not in seen:
            seen.add(kind)
            for child, hint in typing.get_type_hints(kind, include_extras=True).items():
                _collect_orders(hint, child, orders, seen)
    else:
        for argument in typing.get_args(kind):
            _collect_orders(argument, name, orders, seen)

"""A field as forms, tooltips and command-line help see it; derived from the JSON schema of its section."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from core.spec.json_schema import Schema, words

FieldType = Literal[
    "integer", "number", "text", "path", "choice", "boolean", "list", "table", "union", "map", "anything"
]


@dataclass(frozen=True)
class Limits:
    """The bounds of a number; None where there is none.  `above` and `below` are exclusive."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None

    def allow(self, value: float) -> bool:
        """Say whether a finite value lies inside."""
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def text(self, unit: str = "") -> str:
        """Say the limits in words: `from 1 to 1,000 examples`, `more than 0`; empty when there are none."""
        tail = f" {unit}" if unit else ""
        if self.least is not None and self.most is not None:
            return f"from {plain(self.least)} to {plain(self.most)}{tail}"
        parts = [
            f"{word} {plain(bound)}"
            for word, bound in (
                ("at least", self.least),
                ("more than", self.above),
                ("at most", self.most),
                ("less than", self.below),
            )
            if bound is not None
        ]
        return " and ".join(parts) + tail if parts else ""


@dataclass(frozen=True)
class Variant:
    """One choice of a tagged union.  `error` is the traceback of a component that cannot be used."""

    kind: str
    title: str
    help: str
    fields: tuple[Field, ...]
    error: str = ""
    file: str = ""


@dataclass(frozen=True)
class Field:
    """One field: everything a form, a tooltip or a help page needs."""

    name: str
    type: FieldType
    title: str
    help: str
    unit: str
    rare: bool
    default: Any
    choices: tuple[Any, ...]
    limits: Limits
    optional: bool  # may be left out altogether
    item: Field | None  # of a list
    fields: tuple[Field, ...]  # of a table
    variants: tuple[Variant, ...]  # of a tagged union
    path: str  # "file", "folder" or "any" for a path
    column: bool  # names one or more columns of the data
    examples: tuple[Any, ...]  # values worth offering; others are as good
    schema: Schema

    def describe(self) -> str:
        """Say in one sentence what values are valid: `a whole number from 1 to 64 pixels`."""
        limits = self.limits.text(self.unit)
        if self.type == "choice":
            return "one of " + ", ".join(str(choice) for choice in self.choices)
        if self.type == "union":
            return "one of " + ", ".join(variant.kind for variant in self.variants if not variant.error)
        if self.type == "list" and self.item:
            return f"a list, each {self.item.describe()}"
        noun = _NOUNS[self.type]
        return f"{noun} {limits}" if limits else f"{noun}{f' ({self.unit})' if self.unit else ''}"


def plain(number: float) -> str:
    """Write a number for people: 1,000,000 and 0.5 and 1e-08, without a trailing `.0`."""
    if float(number).is_integer() and abs(number) < 1e15:
        return f"{int(number):,}"
    return repr(number)


def limits_of(schema: Schema) -> Limits:
    """Return the limits that a number's schema declares."""
    return Limits(
        least=schema.get("minimum"),
        most=schema.get("maximum"),
        above=schema.get("exclusiveMinimum"),
        below=schema.get("exclusiveMaximum"),
    )


def fields_of(schema: Schema) -> list[Field]:
    """Return the fields of an object schema, in declared order; a `kind` tag is not a field."""
    return [field_of(name, child) for name, child in schema.get("properties", {}).items() if not is_tag(name, child)]


def is_tag(name: str, schema: Schema) -> bool:
    """Say whether a property is the tag of a union's branch."""
    return name == "kind" and len(schema.get("enum", ())) == 1


def kind_of(branch: Schema) -> str:
    """Return the tag of a union's branch, or an empty string when it has none."""
    tag = branch.get("properties", {}).get("kind", {})
    return str(tag["enum"][0]) if is_tag("kind", tag) else ""


def field_of(name: str, schema: Schema) -> Field:
    """Return the field that a property's schema describes."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch.get("type") != "null"]
    optional = len(branches) < len(schema.get("anyOf", ()))
    tagged = bool(branches) and all(kind_of(branch) for branch in branches)
    # A value or nothing, or one of several plain types: a form shows the first.
    shape = schema if not branches or tagged else {**branches[0], **_without_branches(schema)}
    items = shape.get("items")
    path = str(shape.get("x-path", ""))
    if not path and shape.get("type") == "string" and name in ("path", "file", "folder"):
        path = "any" if name == "path" else name
    return Field(
        name=name,
        type="union" if tagged else _type_of(shape, path),
        title=str(schema.get("title") or words(name)),
        help=str(schema.get("description", "")),
        unit=str(shape.get("x-unit", "")),
        rare=bool(shape.get("x-rare", False)),
        default=schema.get("default"),
        choices=tuple(shape.get("enum", ())),
        limits=limits_of(shape),
        optional=optional,
        item=field_of("item", items) if isinstance(items, dict) and items else None,
        fields=tuple(fields_of(shape)) if shape.get("type") == "object" else (),
        variants=tuple(_variant(branch) for branch in branches) if tagged else (),
        path=path,
        column=bool(shape.get("x-column", False)),
        examples=tuple(shape.get("examples", ())),
        schema=schema,
    )


def _variant(branch: Schema) -> Variant:
    return Variant(
        kind=kind_of(branch),
        title=str(branch.get("title", kind_of(branch))),
        help=str(branch.get("description", "")),
        fields=tuple(fields_of(branch)),
        error=str(branch.get("x-error", "")),
        file=str(branch.get("x-file", "")),
    )


def _type_of(schema: Schema, path: str) -> FieldType:
    if "enum" in schema:
        return "choice"
    if path:
        return "path"
    if schema.get("type") == "object":
        return "table" if "properties" in schema else "map"
    return _TYPES.get(str(schema.get("type", "")), "anything")


def _without_branches(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "anyOf"}


_TYPES: dict[str, FieldType] = {
    "integer": "integer",
    "number": "number",
    "string": "text",
    "boolean": "boolean",
    "array": "list",
}

_NOUNS: dict[FieldType, str] = {
    "integer": "a whole number",
    "number": "a number",
    "text": "text",
    "path": "a path",
    "boolean": "true or false",
    "list": "a list",
    "table": "a table",
    "map": "a table",
    "anything": "any value",
    "choice": "a choice",
    "union": "a choice",
}

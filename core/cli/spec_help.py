"""Every field of a spec, explained from the same declaration that forms and checks use."""

from __future__ import annotations

from typing import Any

from core.spec.catalog import Catalog
from core.spec.complete_schema import spec_schema
from core.spec.field import Field, fields_of


def print_fields(catalog: Catalog, under: str = "") -> int:
    """Print each field's path with help, valid values and default; `under` limits it.  Returns how many."""
    rows = _rows(catalog, under)
    for path, field, kind in rows:
        only = f"  [{kind}]" if kind else ""
        print(f"{path}{only}\n    {explained(field)}")
    return len(rows)


def fields_as_rows(catalog: Catalog, under: str = "") -> list[dict[str, Any]]:
    """Return the same as plain values; `only` names the one choice of a union that a field belongs to, or is empty."""
    return [
        {
            "path": path,
            "only": kind,
            "type": field.type,
            "help": field.help,
            "valid": field.describe(),
            "unit": field.unit,
            "default": field.default,
        }
        for path, field, kind in _rows(catalog, under)
    ]


def explained(field: Field) -> str:
    """Return a field's help, what is valid, and its default, as sentences."""
    return f"{field.help} Give {field.describe()}.{_default(field)}".strip()


def _rows(catalog: Catalog, under: str) -> list[tuple[str, Field, str]]:
    every = _walk(fields_of(spec_schema(catalog)), "", "")
    return [row for row in every if not under or row[0] == under or row[0].startswith(f"{under}.")]


def _walk(fields: tuple[Field, ...] | list[Field], above: str, kind: str) -> list[tuple[str, Field, str]]:
    """Return path, field and, for what belongs to one choice of a union only, that choice."""
    rows: list[tuple[str, Field, str]] = []
    for field in fields:
        path = f"{above}.{field.name}" if above else field.name
        if field.type == "union":
            rows.append((f"{path}.kind", field, kind))
            rows += _walk(_shared(field), path, kind)
            for variant in field.variants:
                own = [inner for inner in variant.fields if inner not in _shared(field)]
                rows += _walk(own, path, f"{path.rpartition('.')[2]} {variant.kind}")
        elif field.type == "table":
            rows += _walk(field.fields, path, kind)
        else:
            rows.append((path, field, kind))
            if field.type == "list" and field.item and field.item.type == "table":
                rows += _walk(field.item.fields, f"{path}.0", kind)
    return rows


def _shared(field: Field) -> list[Field]:
    """Return the fields that every choice of a union has, when there is more than one choice."""
    if len(field.variants) < 2:
        return []
    first, *others = field.variants
    return [inner for inner in first.fields if all(inner in other.fields for other in others)]


def _default(field: Field) -> str:
    default = field.default.get("kind") if isinstance(field.default, dict) else field.default
    if default is None or default == "":
        return ""
    return f" Default: {str(default).lower() if isinstance(default, bool) else default}."

"""Checking and completing plain values against a JSON schema: all mistakes at once, each with its path and remedy."""

from __future__ import annotations

import math
import re
from typing import Any

from core.spec.field import Field, Limits, Variant, field_of, fields_of, is_tag, kind_of, limits_of, plain
from core.spec.json_schema import Schema, section_schema
from core.spec.problem import HOW_TO_TRUST, NOT_TRUSTED, Problem, suggest
from core.spec.toml import inline
from core.spec.words import parse_value, type_in_words

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # all but tab and line break

__all__ = [
    "Field",
    "Limits",
    "Problem",
    "Schema",
    "Variant",
    "branch_of",
    "check",
    "complete",
    "field_of",
    "fields_of",
    "parse",
    "section_schema",
]


def check(value: Any, schema: Schema, path: str) -> list[Problem]:
    """Return every mistake in a value; an empty list when it fits its schema.

    An integer is taken where a float is asked for; true and false are no numbers; NaN and infinity never fit.
    """
    if "anyOf" in schema:
        return _check_union(value, schema, path)
    if "enum" in schema:
        return _check_choice(value, schema, path)
    checker = _CHECKERS.get(str(schema.get("type", "")))
    return checker(value, schema, path) if checker else []


def complete(value: Any, schema: Schema) -> Any:
    """Return a value that passed `check` with every default written out and integers made float where asked.

    What a table leaves out comes from the default of the table as a whole, so that setting one key of it changes
    that key alone.
    """
    if "anyOf" in schema:
        branch = branch_of(value, schema)
        return complete(value, branch) if branch is not None else value
    kind = schema.get("type")
    if kind == "number" and isinstance(value, int):
        return float(value)
    if kind == "array":
        return [complete(item, _item_schema(schema, index)) for index, item in enumerate(value)]
    if kind == "object":
        return _complete_table(value, schema)
    return value


def parse(text: str, field: Field) -> Any:
    """Return the value that text means for a field; text that means nothing is returned as it is, for `check`.

    Numbers may be written 1e-3, .5 or 1_000; lists with or without brackets; no text leaves an optional field out.
    """
    stripped = text.strip()
    if field.type in ("text", "path"):
        return text if field.type == "text" else stripped
    if field.optional and not stripped:
        return None
    if field.type == "choice":
        return next((choice for choice in field.choices if str(choice) == stripped), stripped)
    if field.type == "list" and not stripped.startswith("["):
        # Names may hold spaces, numbers may be parted by them.
        between = r"\s*[,;]\s*" if field.item and field.item.type in ("text", "path") else r"[,;\s]+"
        parts = [part for part in re.split(between, stripped) if part]
        return [parse(part, field.item) for part in parts] if field.item else [parse_value(part) for part in parts]
    value = parse_value(stripped)
    if field.type == "integer" and isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)  # 1e3 in a form means 1000
    return value


def branch_of(value: Any, schema: Schema) -> Schema | None:
    """Return the branch of a union that a value belongs to, or None when it belongs to none.

    A table without `kind` has the kind of the default.
    """
    default = schema.get("default")
    for branch in schema["anyOf"]:
        kind = kind_of(branch)
        if not kind and not check(value, branch, ""):
            return dict(branch)
        if kind and isinstance(value, dict):
            default_kind = default.get("kind") if isinstance(default, dict) else None
            if value.get("kind", default_kind) == kind:
                return {**branch, "default": default} if kind == default_kind else dict(branch)
    return None


def _complete_table(value: Any, schema: Schema) -> dict[str, Any]:
    properties: dict[str, Schema] = schema.get("properties", {})
    if not properties:
        extra = schema.get("additionalProperties")
        return {key: complete(item, extra) if isinstance(extra, dict) else item for key, item in value.items()}
    outer = schema.get("default")
    defaults = outer if isinstance(outer, dict) else {}
    done: dict[str, Any] = {}
    for name, child in properties.items():
        if is_tag(name, child):
            done[name] = child["enum"][0]
            continue
        if name in defaults:
            child = {**child, "default": defaults[name]}
        given = value.get(name, child.get("default"))
        if given is None:
            continue  # TOML has no word for nothing: an optional field is left out
        done[name] = complete(given, child)
    return done


def _check_union(value: Any, schema: Schema, path: str) -> list[Problem]:
    branches: list[Schema] = schema["anyOf"]
    kinds = [kind_of(branch) for branch in branches if kind_of(branch)]
    usable = [kind_of(branch) for branch in branches if kind_of(branch) and "x-error" not in branch]
    branch = branch_of(value, schema)
    if branch is not None:
        if error := branch.get("x-error"):
            message = f"{kind_of(branch)} cannot be used: {_last_line(error)}."
            return [Problem(f"{path}.kind", message, _way_out(branch))]
        return _check_table(value, branch, path) if kind_of(branch) else []
    if not kinds:
        first = next(branch for branch in branches if branch.get("type") != "null")
        return check(value, first, path)
    if not isinstance(value, dict):
        hint = f'Write {path}.kind = "{value}".' if value in usable else f"Its kind is one of {', '.join(usable)}."
        return [Problem(path, f"Must be a table with a kind, not {type_in_words(value)}.", hint)]
    if "kind" not in value:
        return [Problem(f"{path}.kind", "Is missing.", f"Give one of {', '.join(usable)}.")]
    return [_unknown_kind(str(value["kind"]), _shown(value["kind"]), branches, usable, f"{path}.kind")]


def _unknown_kind(kind: str, shown: str, branches: list[Schema], usable: list[str], path: str) -> Problem:
    """Say that a kind is not known, or, when it is looked for in a file that cannot be used, why it cannot."""
    module, dot, _ = kind.rpartition(".")
    for branch in branches:
        if dot and "x-error" in branch and branch.get("x-file", "").endswith(f"/{module}.py"):
            reason = _last_line(branch["x-error"])
            return Problem(path, f"{kind} cannot be used: {reason}.", _way_out(branch))
    return Problem(path, f"{shown} is not known.", suggest(kind, usable))


def _way_out(branch: Schema) -> str:
    """Say what to do about a component that cannot be used."""
    if NOT_TRUSTED in branch["x-error"]:
        return HOW_TO_TRUST
    return f"Mend {branch.get('x-file') or 'its file'}, or choose another."


def _last_line(error: Any) -> str:
    """Return what a traceback or sentence ends in, without a full stop."""
    return str(error).strip().splitlines()[-1].rstrip(".")


def _check_table(value: Any, schema: Schema, path: str) -> list[Problem]:
    if not isinstance(value, dict):
        above, _, name = path.rpartition(".")
        head = f"[[{above}]]" if name.isdecimal() else f"[{path}]"
        return [Problem(path, f"Must be a table, not {type_in_words(value)}.", f"Write its fields under {head}.")]
    properties: dict[str, Schema] = schema.get("properties", {})
    extra = schema.get("additionalProperties")
    problems: list[Problem] = []
    for name, item in value.items():
        at = f"{path}.{name}" if path else str(name)
        if name in properties:
            if not is_tag(name, properties[name]):
                problems += check(item, properties[name], at)
        elif isinstance(extra, dict):
            problems += check(item, extra, at)
        elif properties or extra is False:
            names = [known for known in properties if not is_tag(known, properties[known])]
            problems.append(Problem(at, "There is no such field.", suggest(str(name), names)))
    for name in schema.get("required", ()):
        if name not in value and not is_tag(name, properties.get(name, {})):
            wanted = field_of(name, properties[name])
            problems.append(Problem(f"{path}.{name}" if path else name, "Is missing.", f"Give {wanted.describe()}."))
    return problems


def _check_choice(value: Any, schema: Schema, path: str) -> list[Problem]:
    choices = schema["enum"]
    if any(value == choice and type(value) is type(choice) for choice in choices):
        return []
    return [
        Problem(path, f"{_shown(value)} is not a choice.", suggest(str(value), [str(choice) for choice in choices]))
    ]


def _check_number(value: Any, schema: Schema, path: str) -> list[Problem]:
    wanted = field_of(path.rpartition(".")[2], schema)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return [Problem(path, f"Must be {wanted.describe()}, not {type_in_words(value)}.", _number_hint(value))]
    if schema["type"] == "integer" and isinstance(value, float):
        hint = f"Write {int(value)}." if value.is_integer() else "Leave out the fraction."
        return [Problem(path, f"Must be {wanted.describe()}, not {value}.", hint)]
    if isinstance(value, int) and abs(value) >= 2**63:
        return [Problem(path, "Is too large.", f"Give {wanted.describe()}.")]
    if not math.isfinite(value):
        return [Problem(path, f"Must be a finite number, not {value}.", f"Give {wanted.describe()}.")]
    limits = limits_of(schema)
    if not limits.allow(value):
        too = "small" if _is_below(value, limits) else "large"
        return [Problem(path, f"{plain(value)} is too {too}.", f"Give {wanted.describe()}.")]
    step = schema.get("multipleOf")
    if step and value % step:
        return [Problem(path, f"{plain(value)} is not a multiple of {plain(step)}.", f"Give {wanted.describe()}.")]
    return []


def _check_text(value: Any, schema: Schema, path: str) -> list[Problem]:
    if not isinstance(value, str):
        hint = f'Put it in quotes: "{value}".' if isinstance(value, int | float) else ""
        return [Problem(path, f"Must be text, not {type_in_words(value)}.", hint)]
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return [Problem(path, "Holds a character that is not valid text.", "Type it again.")]
    if _CONTROL.search(value):
        return [Problem(path, "Holds a control character.", "Type it again.")]
    if len(value) < schema.get("minLength", 0):
        return [Problem(path, "Is empty." if not value else "Is too short.", "Give some text.")]
    if len(value) > schema.get("maxLength", len(value)):
        return [Problem(path, f"Is {len(value):,} characters long.", f"Use at most {schema['maxLength']:,}.")]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [Problem(path, f"{_shown(value)} is not possible.", f"Valid: {schema.get('description', 'see help')}")]
    return []


def _check_boolean(value: Any, schema: Schema, path: str) -> list[Problem]:
    if isinstance(value, bool):
        return []
    return [Problem(path, f"Must be true or false, not {type_in_words(value)}.", "Write true or false.")]


def _check_list(value: Any, schema: Schema, path: str) -> list[Problem]:
    if not isinstance(value, list | tuple):
        return [Problem(path, f"Must be a list, not {type_in_words(value)}.", _list_hint(value, schema))]
    least, most = schema.get("minItems", 0), schema.get("maxItems", len(value))
    if not least <= len(value) <= most:
        many = f"exactly {least}" if least == most else f"at least {least}" if len(value) < least else f"at most {most}"
        return [Problem(path, f"Has {len(value)} entries.", f"Give {many}.")]
    return [
        problem
        for index, item in enumerate(value)
        for problem in check(item, _item_schema(schema, index), f"{path}.{index}")
    ]


def _check_nothing(value: Any, schema: Schema, path: str) -> list[Problem]:
    return [] if value is None else [Problem(path, f"Must be left out, not {type_in_words(value)}.")]


def _item_schema(schema: Schema, index: int) -> Schema:
    fixed: list[Schema] = schema.get("prefixItems", [])
    if index < len(fixed):
        return fixed[index]
    items = schema.get("items")
    return items if isinstance(items, dict) else {}


def _is_below(value: float, limits: Limits) -> bool:
    below_least = limits.least is not None and value < limits.least
    return below_least or (limits.above is not None and value <= limits.above)


def _shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _list_hint(value: Any, schema: Schema) -> str:
    """Return the list that was probably meant, if that would be valid."""
    if not isinstance(value, str | int | float):
        return ""
    meant = parse(value.strip("[]"), field_of("list", schema)) if isinstance(value, str) else [value]
    right = isinstance(meant, list) and not check(meant, schema, "")
    return f"Write {inline(meant)}." if right else "Write its values in brackets, parted by commas."


def _number_hint(value: Any) -> str:
    if isinstance(value, str) and isinstance(parse_value(value), int | float):
        return f"Write {value} without quotes."
    return ""


_CHECKERS = {
    "object": _check_table,
    "array": _check_list,
    "string": _check_text,
    "boolean": _check_boolean,
    "integer": _check_number,
    "number": _check_number,
    "null": _check_nothing,
}

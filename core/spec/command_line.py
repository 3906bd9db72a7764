"""The `epochal train` line that does what a form says."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from core.spec.catalog import Catalog
from core.spec.diff import differences
from core.spec.overrides import apply_overrides
from core.spec.read import complete_dict, to_dict
from core.spec.spec import Spec
from core.spec.toml import inline
from core.spec.words import parse_value


def equal_command(
    spec: Spec | Mapping[str, Any],
    base: Spec | Mapping[str, Any] | None,
    base_path: str = "SPEC.toml",
    catalog: Catalog | None = None,
    *,
    workspace: str = "",
) -> str:
    """Return the command line that trains `spec`, starting from the file `base_path` that holds `base`.

    Without a base the file is taken to be empty.  Only what differs is named.  A `workspace` is named too, so that
    the run comes to stand where it would have stood.
    """
    overrides = overrides_between(_flat(base or {}), _flat(spec), catalog)
    words = ["epochal", *(["-w", workspace] if workspace else []), "train", base_path]
    for override in overrides:
        words += ["--set", override]
    return " ".join(shlex.quote(word) for word in words)


def overrides_between(base: Mapping[str, Any], wanted: Mapping[str, Any], catalog: Catalog | None = None) -> list[str]:
    """Return the fewest overrides `path=value` that turn one flat spec into another."""
    base, wanted = complete_dict(base, catalog), complete_dict(wanted, catalog)
    kinds = [
        f"{found.path}={found.right}"
        for found in differences(base, wanted)
        if found.path.endswith(".kind") and not found.path.startswith("training.stages") and found.right is not None
    ]
    # Another kind brings its own defaults; what differs from those is named.
    base = complete_dict(apply_overrides(base, kinds), catalog)
    lists = _lists_of_tables(base, wanted)
    rest = [
        f"{found.path}={'' if found.right is None else _word(found.right)}"
        for found in differences(base, wanted)
        if not any(found.path == listed or found.path.startswith(f"{listed}.") for listed in lists)
    ]
    return [*kinds, *(f"{path}={inline(value)}" for path, value in lists.items()), *rest]


def _flat(spec: Spec | Mapping[str, Any]) -> Mapping[str, Any]:
    return to_dict(spec) if isinstance(spec, Spec) else spec


def _lists_of_tables(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return `training.stages` when it differs: entries come and go, so the list is given whole."""
    before = base.get("training", {}).get("stages", [])
    after = wanted.get("training", {}).get("stages", [])
    return {"training.stages": after} if before != after else {}


def _word(value: Any) -> str:
    """Write text without quotes where it still means text."""
    if isinstance(value, str) and value and value == value.strip() and parse_value(value) == value:
        return value
    return inline(value)

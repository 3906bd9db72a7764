"""A spec as given on the command line: a file, overrides, and the user's own components."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from core.errors import SpecError
from core.runs.workspace import Workspace
from core.spec.catalog import Catalog
from core.spec.complete_schema import field_at
from core.spec.describing import component_files, describe_components
from core.spec.overrides import apply_overrides, value_at
from core.spec.problem import Problem, refusal
from core.spec.read import problems_of, spec_from_dict
from core.spec.spec import Spec
from core.spec.toml import read_toml


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Declare --set."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change a field of the spec, such as training.batch_size=32; may be repeated",
    )


def catalog_of(workspace: Workspace) -> Catalog:
    """Return the built-in components and the workspace's own.  Raises ComponentError."""
    catalog = Catalog.builtin()
    if component_files(workspace.path):
        catalog = catalog.with_components(describe_components(workspace.path))
    return catalog


def spec_from(path: Path, overrides: list[str], workspace: Workspace) -> Spec:
    """Read, override, check and complete a spec.  Raises SpecError that names the file and the field.

    Relative paths of data are made absolute when they are found beside the spec or in the current folder, because
    the run is trained elsewhere; a path that is nowhere is refused.
    """
    catalog = catalog_of(workspace)
    table = apply_overrides(read_toml(path), overrides)
    set_here = [override.partition("=")[0].strip() for override in overrides]
    if problems := _unknown(set_here, table, catalog) or problems_of(table, catalog):
        is_set = any(f"{problems[0].path}.".startswith(f"{name}.") for name in set_here)
        raise refusal(problems, "--set" if is_set else str(path))
    return spec_from_dict(_with_absolute_paths(table, path, workspace, catalog), catalog)


def _unknown(paths: list[str], table: dict[str, Any], catalog: Catalog) -> list[Problem]:
    """Return a problem for each override that names no field: `nonsense=` alone would pass as a default taken back."""
    missing = [path for path in paths if value_at(table, path) is None and field_at(path, table, catalog) is None]
    remedy = "`epochal describe spec` lists all."
    return [Problem(path, "There is no such field.", remedy) for path in missing]


def _with_absolute_paths(table: dict[str, Any], path: Path, workspace: Workspace, catalog: Catalog) -> dict[str, Any]:
    data = dict(table.get("data", {}))
    for name, value in data.items():
        field = field_at(f"data.{name}", table, catalog)
        if field is None or not field.path or not isinstance(value, str) or not value:
            continue
        if (workspace.path / value).exists():  # joined to a folder, an absolute path stays what it is
            continue
        bases = [Path.cwd(), path.absolute().parent]
        places = [base / value for base in bases if (base / value).exists()]
        if not places:
            looked = ", ".join(dict.fromkeys(map(str, [*bases, workspace.path])))
            remedy = "Check the path." if os.path.isabs(value) else f"Check the path; looked in {looked}."
            raise SpecError(f"There is no file or folder {value}.", where=f"data.{name}", remedy=remedy)
        data[name] = os.path.abspath(places[0])
    return {**table, "data": data} if data else table

"""A spec as given on the command line: a file, overrides, and the user's own components."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from core.runs.workspace import Workspace
from core.spec.catalog import Catalog
from core.spec.complete_schema import field_at
from core.spec.describing import component_files, describe_components
from core.spec.overrides import apply_overrides
from core.spec.problem import refusal
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
    the run is trained elsewhere.
    """
    catalog = catalog_of(workspace)
    table = apply_overrides(read_toml(path), overrides)
    if problems := problems_of(table, catalog):
        raise refusal(problems, str(path))
    return spec_from_dict(_with_absolute_paths(table, path, workspace, catalog), catalog)


def _with_absolute_paths(table: dict[str, Any], path: Path, workspace: Workspace, catalog: Catalog) -> dict[str, Any]:
    data = dict(table.get("data", {}))
    for name, value in data.items():
        field = field_at(f"data.{name}", table, catalog)
        if field is None or not field.path or not isinstance(value, str) or not value or os.path.isabs(value):
            continue
        if (workspace.path / value).exists():
            continue
        places = [base / value for base in (Path.cwd(), path.absolute().parent) if (base / value).exists()]
        # One that is nowhere is left as it stands: reading the data says so, with the path as it was given.
        data[name] = os.path.abspath(places[0]) if places else value
    return {**table, "data": data} if data else table

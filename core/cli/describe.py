"""`epochal describe [WORD]`: what data sources and models there are, and every field of a spec."""

from __future__ import annotations

import argparse
import sys

from core.cli.printing import add_json, print_json, print_table
from core.cli.spec_file import catalog_of
from core.cli.spec_help import explained, fields_as_rows, print_fields
from core.cli.workspaces import workspace_of
from core.errors import BadInput
from core.runs.workspace import Workspace, default_workspace
from core.spec.catalog import Catalog, Description
from core.spec.describing import component_files
from core.spec.field import fields_of
from core.spec.trust import is_trusted, trust


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument(
        "what", nargs="?", metavar="WORD", help="spec for all fields, a path such as training, or a kind such as mlp"
    )
    parser.add_argument("--trust", action="store_true", help="trust the workspace's own components from now on")
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print the components, one of them, or the fields of a spec."""
    workspace = Workspace(given.workspace or default_workspace())  # looking creates nothing
    if given.trust:
        trust(workspace_of(given).path)
        print(f"The components of {workspace.path} are trusted now.", file=sys.stderr)
    catalog = catalog_of(workspace)
    found = [row for row in (*catalog.sources, *catalog.models) if given.what in (None, row.kind)]
    if given.json and found:
        print_json(found)
    elif given.what is None:
        _print_components(found)
        if component_files(workspace.path) and not is_trusted(workspace.path):
            print(
                "\nThe components of this workspace are not trusted yet: look at them, then `epochal describe --trust`."
            )
    elif found:
        for row in found:
            _print_component(row)
    elif not _print_fields(catalog, "" if given.what == "spec" else given.what, json=given.json):
        raise BadInput(f"There is no component and no field {given.what!r}.", remedy="`epochal describe` lists them.")
    return 0


def _print_components(rows: list[Description]) -> None:
    print_table(("role", "kind", "title", ""), [(row.role, row.kind, row.title, _note(row)) for row in rows])
    print("\n`epochal describe KIND` tells about one, `epochal describe spec` about every field of a spec.")


def _print_fields(catalog: Catalog, under: str, *, json: bool) -> int:
    """Print what is known of the fields at and below a path; return how many there are."""
    if not json:
        return print_fields(catalog, under)
    rows = fields_as_rows(catalog, under)
    if rows:
        print_json(rows)
    return len(rows)


def _note(row: Description) -> str:
    if row.error:
        return f"cannot be used: {row.error.strip().splitlines()[-1]}"
    return row.summary


def _print_component(row: Description) -> None:
    takes = f" Takes {' and '.join(f'{kind}s' for kind in row.accepts)}." if row.accepts else ""
    print(f"{row.kind}: {row.title}. {row.summary}{takes}\n")
    if row.error:
        print(row.error.rstrip())
        return
    for field in fields_of(row.schema):
        print(f"{row.role}.{field.name}\n    {explained(field)}")

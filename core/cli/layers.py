"""`epochal layers RUN|SPEC.toml`: the layers of a model in execution order."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.cli.names import path_or_run
from core.cli.printing import add_json, print_json, print_table
from core.cli.spec_file import add_overrides, spec_from
from core.cli.workspaces import workspace_of, workspace_to_read
from core.runs.events import Layer
from core.runs.state import state_of_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the verb's arguments."""
    parser.add_argument("what", metavar="RUN|SPEC.toml", help="a run, or a spec that was never trained")
    add_overrides(parser)
    add_json(parser)


def run(given: argparse.Namespace) -> int:
    """Print one row per layer."""
    layers = _layers(given)
    if given.json:
        print_json(layers)
        return 0
    print_table(
        ("layer", "type", "output", "parameters", "trainable", "in optimizer", "changed"),
        [_cells(layer) for layer in layers],
    )
    total, trainable = sum(row.parameters for row in layers), sum(row.parameters for row in layers if row.trainable)
    print(f"\n{total:,} parameters, {trainable:,} of them trainable")
    return 0


def _layers(given: argparse.Namespace) -> list[Layer]:
    from core.spec.describing import layers_of

    if path_or_run(given.what):
        workspace = workspace_of(given)
        return layers_of(spec_from(Path(given.what), given.set, workspace), workspace.path)
    workspace = workspace_to_read(given)
    folder = workspace.find(given.what)
    prepared = state_of_run(folder).prepared
    return prepared.layers if prepared is not None else layers_of(folder.spec(), workspace.path)


def _cells(layer: Layer) -> tuple[str, ...]:
    changed = "" if layer.changed is None else _yes(layer.changed)
    shape = "x".join(map(str, layer.shape))
    return (
        layer.name,
        layer.type,
        shape,
        f"{layer.parameters:,}",
        _yes(layer.trainable),
        _yes(layer.in_optimizer),
        changed,
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"

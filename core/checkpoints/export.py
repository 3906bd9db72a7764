"""Weights out: the model of a checkpoint as .safetensors or .pt, with a JSON file beside it that says what it is.

Averaged weights (EMA) take the place of the plain ones when the checkpoint has them, as in evaluation.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoints.child import run_module
from core.checkpoints.dtypes import Array
from core.checkpoints.reading import Checkpoint, read_checkpoint
from core.durable import write_atomically
from core.errors import BadInput, CheckpointError

SUFFIXES = (".safetensors", ".pt")
_TIME_LIMIT = 600.0
_NAMES = {
    "bool": "BOOL",
    "float16": "F16",
    "bfloat16": "BF16",
    "float32": "F32",
    "float64": "F64",
    "complex64": "C64",
    **{f"{sign}int{bits}": f"{mark}{bits}" for sign, mark in (("", "I"), ("u", "U")) for bits in (8, 16, 32, 64)},
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
}


def export_weights(checkpoint: Path, out: Path, about: Mapping[str, Any]) -> None:
    """Write the model's weights to `out` and `about` (JSON-able) to `out` + ".json".

    A .pt file is written by a child process, because that needs torch.  Raises BadInput for another suffix,
    CheckpointError for a damaged checkpoint, WriteError when the disk refuses.
    """
    if out.suffix not in SUFFIXES:
        raise BadInput(f"{out.name} must end in {' or '.join(SUFFIXES)}.", where=str(out))
    if not out.absolute().parent.is_dir():
        raise BadInput("The folder does not exist.", where=str(out.parent), remedy="Create it first.")
    if out.suffix == ".safetensors":
        weights, dtypes = model_weights(read_weights(checkpoint))
        write_atomically(out, safetensors_bytes(weights, dtypes, about), point="export")
    else:
        _export_pt(checkpoint, out)
    text = json.dumps(about, indent=2, ensure_ascii=False, sort_keys=True)
    write_atomically(out.with_name(out.name + ".json"), text.encode("utf-8"), point="export")


def read_weights(checkpoint: Path) -> Checkpoint:
    """Read what an export needs and no more.  Raises CheckpointError."""
    return read_checkpoint(checkpoint, only=lambda name: name.startswith(("model/", "ema/")))


def model_weights(checkpoint: Checkpoint) -> tuple[dict[str, Array], dict[str, str]]:
    """Return parameters and buffers by the model's own names, and the types NumPy cannot name."""
    chosen = {name.removeprefix("model/"): name for name in checkpoint.tensors if name.startswith("model/")}
    averaged = {name.removeprefix("ema/"): name for name in checkpoint.tensors if name.startswith("ema/")}
    chosen |= {name: source for name, source in averaged.items() if name in chosen}
    weights = {name: checkpoint.tensors[source] for name, source in chosen.items()}
    return weights, {name: checkpoint.dtypes[source] for name, source in chosen.items() if source in checkpoint.dtypes}


def safetensors_bytes(weights: Mapping[str, Array], dtypes: Mapping[str, str], about: Mapping[str, Any]) -> bytes:
    """Return a whole .safetensors file.  `about` becomes its metadata under the key "epochal"."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt", "epochal": json.dumps(about, sort_keys=True)}}
    position, pieces = 0, []
    # The widest types first, so that every tensor lies at a multiple of its element's size.
    for name, array in sorted(weights.items(), key=lambda item: (-item[1].dtype.itemsize, item[0])):
        dtype = dtypes.get(name, array.dtype.name)
        if dtype not in _NAMES:
            raise CheckpointError(f"Tensor {name} is {dtype}, which .safetensors does not know.")
        shape, end = list(array.shape), position + array.nbytes
        header[name] = {"dtype": _NAMES[dtype], "shape": shape, "data_offsets": [position, end]}
        pieces.append(np.ascontiguousarray(array).tobytes())
        position = end
    text = json.dumps(header).encode("utf-8")
    text = text.ljust(-(-len(text) // 8) * 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *pieces])


def _export_pt(checkpoint: Path, out: Path) -> None:
    arguments = [str(checkpoint.absolute()), str(out.absolute())]
    try:
        result = run_module("core.engine.export", *arguments, timeout=_TIME_LIMIT)
    except subprocess.TimeoutExpired as error:
        raise CheckpointError(f"The export did not end within {_TIME_LIMIT:.0f} s.", where=out.name) from error
    if result.returncode:
        lines = result.stderr.decode("utf-8", "replace").strip().splitlines() or ["it gave no reason"]
        raise CheckpointError(f"The export failed: {lines[-1]}", where=out.name)

"""Weights as a .pt file that `torch.load(..., weights_only=True)` reads.

Run as `python -m core.engine.export CHECKPOINT OUT.pt`, so that whoever exports need not import torch.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import torch

from core.checkpoints.export import model_weights, read_weights
from core.durable import write_atomically
from core.errors import EpochalError


def export_pt(checkpoint: Path, out: Path) -> None:
    """Write the model's state dict.  Raises CheckpointError, WriteError."""
    weights, dtypes = model_weights(read_weights(checkpoint))
    tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
    state_dict = {
        name: tensor.view(getattr(torch, dtypes[name])) if name in dtypes else tensor
        for name, tensor in tensors.items()
    }
    data = BytesIO()
    torch.save(state_dict, data)
    write_atomically(out, data.getvalue(), point="export")


if __name__ == "__main__":
    try:
        export_pt(Path(sys.argv[1]), Path(sys.argv[2]))
    except EpochalError as error:
        sys.exit(str(error))

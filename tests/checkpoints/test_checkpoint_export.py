"""Exported weights are what other programs read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from core.checkpoints.export import export_weights
from core.errors import BadInput, CheckpointError

ABOUT = {"spec": {"name": "é"}, "classes": ["a", "b"]}


@pytest.fixture
def checkpoint(sample: Any, tmp_path: Path) -> Path:
    """A checkpoint with averaged weights of its first layer."""
    sample.tensors["ema/0.weight"] = sample.tensors["model/0.weight"] + 1
    sample.write(tmp_path / "a.h5")
    return tmp_path / "a.h5"


def test_that_safetensors_holds_the_model_with_averaged_weights(checkpoint: Path, sample: Any, tmp_path: Path) -> None:
    out = tmp_path / "model.safetensors"
    export_weights(checkpoint, out, ABOUT)
    with safe_open(out, "np") as file:
        assert json.loads(file.metadata()["epochal"]) == ABOUT
        assert file.get_slice("bf16").get_dtype() == "BF16"
        assert set(file.keys()) == {"0.weight", "1.weight", "2.weight", "bf16", "bn.num_batches_tracked"}
        assert np.array_equal(file.get_tensor("0.weight"), sample.tensors["ema/0.weight"])
        assert np.array_equal(file.get_tensor("1.weight"), sample.tensors["model/1.weight"])
    assert json.loads(out.with_name("model.safetensors.json").read_text("utf-8")) == ABOUT


def test_that_numpy_reads_it_when_it_knows_the_types(sample: Any, tmp_path: Path) -> None:
    sample.dtypes = {}
    sample.write(tmp_path / "a.h5")
    export_weights(tmp_path / "a.h5", tmp_path / "m.safetensors", {})
    assert np.array_equal(load_file(tmp_path / "m.safetensors")["2.weight"], sample.tensors["model/2.weight"])


@pytest.mark.torch
def test_that_torch_reads_a_pt_file(checkpoint: Path, sample: Any, tmp_path: Path) -> None:
    import torch

    export_weights(checkpoint, tmp_path / "m.pt", ABOUT)
    found = torch.load(tmp_path / "m.pt", weights_only=True)
    assert np.array_equal(found["0.weight"].numpy(), sample.tensors["ema/0.weight"])
    assert found["bf16"].dtype == torch.bfloat16
    assert found["bf16"].view(torch.uint16).tolist() == sample.tensors["model/bf16"].tolist()
    assert int(found["bn.num_batches_tracked"]) == 7


@pytest.mark.torch
def test_that_a_damaged_checkpoint_is_not_exported(checkpoint: Path, tmp_path: Path) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    for name in ("m.pt", "m.safetensors"):
        with pytest.raises(CheckpointError, match="cut short"):
            export_weights(checkpoint, tmp_path / name, {})
        assert not (tmp_path / name).exists()


def test_that_an_unknown_suffix_is_bad_input(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"must end in \.safetensors or \.pt"):
        export_weights(checkpoint, tmp_path / "m.onnx", {})

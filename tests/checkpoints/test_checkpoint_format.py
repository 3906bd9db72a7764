"""The file: what goes in comes out, any damage is named, other HDF5 tools read it."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.checkpoints.format import (
    check_file,
    digest_of,
    list_tensors,
    read_checkpoint,
    state_of,
    write_checkpoint,
)
from core.errors import CheckpointError

KINDS = ["float16", "float32", "float64", "int8", "int64", "uint8", "uint16", "bool", "complex64"]
NAMES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8), max_size=4)
STATES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def same(left: Any, right: Any) -> bool:
    """Compare states with NaN equal to NaN and True different from 1."""
    return repr(left) == repr(right)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), state=st.dictionaries(st.text(max_size=4), STATES, max_size=4))
def test_that_tensors_and_state_come_back_as_they_went_in(data: st.DataObject, state: Any, tmp_path: Path) -> None:
    names = {f"model/{number}{part}" for number, part in enumerate(data.draw(NAMES)) if part not in (".", "..")}
    tensors = {
        name: data.draw(hnp.arrays(data.draw(st.sampled_from(KINDS)), hnp.array_shapes(min_dims=0, min_side=0)))
        for name in names
    }
    state.pop("clock", None)
    written = write_checkpoint(tmp_path / "a.h5", tensors, state)
    found = read_checkpoint(tmp_path / "a.h5")
    assert {name: (a.dtype, a.shape, a.tobytes()) for name, a in found.tensors.items()} == {
        name: (a.dtype, a.shape, a.tobytes()) for name, a in tensors.items()
    }
    assert same(dict(sorted(found.state.items())), json_order(state))
    assert found.state_sha256 == written.state_sha256 == digest_of(tmp_path / "a.h5")
    assert check_file(tmp_path / "a.h5") == []


def json_order(value: Any) -> Any:
    """Sort keys at every level, as the file does."""
    if isinstance(value, dict):
        return {key: json_order(value[key]) for key in sorted(value)}
    return [json_order(item) for item in value] if isinstance(value, list) else value


def test_that_types_numpy_cannot_name_keep_their_name(sample: Any, tmp_path: Path) -> None:
    sample.write(tmp_path / "a.h5")
    found = read_checkpoint(tmp_path / "a.h5")
    assert found.dtypes == {"model/bf16": "bfloat16"}
    rows = {row.name: row for row in list_tensors(tmp_path / "a.h5")}
    assert (rows["model/bf16"].dtype, rows["model/bf16"].shape) == ("bfloat16", (2, 3))


def test_that_a_flipped_byte_anywhere_is_refused_by_name(sample: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    sample.write(path)
    good = path.read_bytes()
    spans = {f"Tensor {row.name}": row.span for row in list_tensors(path)}
    for offset in [*range(0, len(good), 499), *(span.offset for span in spans.values()), len(good) - 1]:
        owner = next((what for what, span in spans.items() if span.offset <= offset < span.end), None)
        path.write_bytes(good[:offset] + bytes([good[offset] ^ (1 << offset % 8)]) + good[offset + 1 :])
        expected = owner or "structure|[Tt]he state"
        with pytest.raises(CheckpointError, match=expected):
            read_checkpoint(path)
        assert len(check_file(path)) == 1


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999, 1.1])
def test_that_a_file_cut_short_or_grown_is_refused(sample: Any, tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.h5"
    sample.write(path)
    good = path.read_bytes()
    path.write_bytes((good * 2)[: int(len(good) * share)])
    with pytest.raises(CheckpointError):
        read_checkpoint(path)
    assert check_file(path)


def test_that_a_checkpoint_that_is_missing_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_checkpoint(tmp_path / "none.h5")


def test_that_a_foreign_file_is_no_checkpoint(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["model/weight"] = np.ones(4)
    with pytest.raises(CheckpointError, match="not a checkpoint of Epochal"):
        state_of(tmp_path / "a.h5")


def test_that_the_digest_covers_everything_but_the_clock(sample: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    first = sample.write(path).state_sha256
    sample.state["clock"] = {"saved": 99.0}
    assert sample.write(path).state_sha256 == first
    sample.state["step"] += 1
    second = sample.write(path).state_sha256
    sample.tensors["model/0.weight"][0, 0] += 1
    third = sample.write(path).state_sha256
    sample.dtypes = {}
    assert len({first, second, third, sample.write(path).state_sha256}) == 4


def test_that_the_digest_does_not_depend_on_the_order_of_tensors(sample: Any, tmp_path: Path) -> None:
    first = sample.write(tmp_path / "a.h5").state_sha256
    sample.tensors = dict(reversed(sample.tensors.items()))
    assert sample.write(tmp_path / "b.h5").state_sha256 == first


def test_that_hdf5_finds_every_tensor_at_the_offset_of_the_index(sample: Any, tmp_path: Path) -> None:
    sample.write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        for row in list_tensors(tmp_path / "a.h5"):
            dataset = file[row.name]
            assert dataset.id.get_offset() == row.span.offset
            assert np.array_equal(dataset[()], sample.tensors[row.name])
        assert file["model/bf16"].attrs["dtype"] == "bfloat16"
        text = json.loads(file["state"][()])
        assert text["state_sha256"] == digest_of(tmp_path / "a.h5")
        assert [row["name"].decode() for row in file["index"][()]] == sorted(sample.tensors)


def test_that_h5dump_reads_a_checkpoint(sample: Any, tmp_path: Path) -> None:
    h5dump = shutil.which("h5dump")
    if h5dump is None:
        pytest.skip("h5dump is not installed (hdf5-tools)")
    sample.write(tmp_path / "a.h5")
    result = subprocess.run(
        [h5dump, "-d", "/model/bn.num_batches_tracked", str(tmp_path / "a.h5")], capture_output=True
    )
    assert result.returncode == 0, result.stderr
    assert b"(0): 7" in result.stdout
    assert subprocess.run([h5dump, str(tmp_path / "a.h5")], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    "tensors",
    [{"": 1}, {"/a": 1}, {"a//b": 1}, {"a/./b": 1}, {"index": 1}, {"state/x": 1}, {"a": 1, "a/b": 1}, {"a\0": 1}],
)
def test_that_a_name_hdf5_cannot_hold_is_refused(tensors: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        write_checkpoint(tmp_path / "a.h5", {name: np.ones(2) for name in tensors}, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [object(), {1: 2}, b"bytes", np.float32(1), {"$number": "NaN"}])
def test_that_a_state_json_cannot_hold_is_refused(value: Any, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        write_checkpoint(tmp_path / "a.h5", {}, {"value": value})


def test_that_tensors_are_read_into_arrays_that_are_there(sample: Any, tmp_path: Path) -> None:
    sample.write(tmp_path / "a.h5")
    weight = np.zeros((96, 96), np.float32)
    found = read_checkpoint(tmp_path / "a.h5", into={"model/1.weight": weight})
    assert found.tensors["model/1.weight"] is weight
    assert np.array_equal(weight, sample.tensors["model/1.weight"])
    with pytest.raises(CheckpointError, match=r"model/1\.weight is float32 of shape \(96, 96\)"):
        read_checkpoint(tmp_path / "a.h5", into={"model/1.weight": weight[:5]})


def test_that_one_group_can_be_read_alone(sample: Any, tmp_path: Path) -> None:
    sample.write(tmp_path / "a.h5")
    found = read_checkpoint(tmp_path / "a.h5", only=lambda name: name.startswith("model/"))
    assert set(found.tensors) == {name for name in sample.tensors if name.startswith("model/")}


def test_that_what_is_read_does_not_alias_what_is_read_again(sample: Any, tmp_path: Path) -> None:
    sample.write(tmp_path / "a.h5")
    first = read_checkpoint(tmp_path / "a.h5")
    first.tensors["model/0.weight"][:] = math.nan
    assert np.array_equal(
        read_checkpoint(tmp_path / "a.h5").tensors["model/0.weight"], sample.tensors["model/0.weight"]
    )


def test_that_large_tensors_that_span_many_chunks_come_back(tmp_path: Path) -> None:
    tensors = {f"model/{n}": np.random.default_rng(n).integers(0, 255, 5_000_001, np.uint8) for n in range(4)}
    write_checkpoint(tmp_path / "a.h5", tensors, {})
    found = read_checkpoint(tmp_path / "a.h5")
    assert all(np.array_equal(found.tensors[name], tensors[name]) for name in tensors)
    damaged = bytearray((tmp_path / "a.h5").read_bytes())
    row = list_tensors(tmp_path / "a.h5")[2]
    damaged[row.span.end - 1] ^= 4
    (tmp_path / "a.h5").write_bytes(damaged)
    with pytest.raises(CheckpointError, match="model/2"):
        read_checkpoint(tmp_path / "a.h5")

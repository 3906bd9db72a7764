"""Parquet: types as declared, the rest as in CSV."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data.held import HeldExamples
from core.data.prepare import prepare
from core.data.prepared import PreparedData
from core.errors import DataError
from core.spec.data import DataSpec, SplitSpec

COLUMNS: dict[str, Any] = {
    "n": pa.array([None if i == 3 else i for i in range(60)], pa.int16()),
    "x": pa.array(np.linspace(0, 1, 60), pa.float32()),
    "flag": pa.array([i % 2 == 0 for i in range(60)]),
    "word": pa.array(["u", "v", "w"] * 20).dictionary_encode(),
    "day": pa.array([datetime.date(2024, 1, 1)] * 60),
    "list": pa.array([[1, 2]] * 60),
    "dotted.name": pa.array(range(60), pa.uint8()),
    "y": pa.array(["p", "q"] * 30, pa.large_string()),
}


def of(folder: Path, columns: dict[str, Any], limit: float = 4.0, **options: Any) -> PreparedData:
    pq.write_table(pa.table(columns), folder / "t 🧊.parquet", row_group_size=25)
    given = {"path": "t 🧊.parquet", **options}
    return prepare(DataSpec(kind="parquet", options=given, split=SplitSpec(), memory_limit=limit), folder)


def test_that_declared_types_are_used(folder: Path) -> None:
    data = of(folder, COLUMNS)
    assert data.input_names == ("n", "x", "flag", "word = u", "word = v", "word = w", "dotted.name")
    assert data.classes == ("p", "q")
    assert any("'day' is ignored" in notice for notice in data.notices)
    assert any("'list' is ignored" in notice for notice in data.notices)
    assert any("median: 'n' 1" in notice for notice in data.notices)


def test_that_truth_values_can_be_predicted(folder: Path) -> None:
    assert of(folder, COLUMNS, target="flag").classes == ("false", "true")


def test_that_a_large_file_streams_to_the_same_numbers(folder: Path) -> None:
    held, streamed = of(folder, COLUMNS), of(folder, COLUMNS, limit=1e-6)
    assert isinstance(held.examples, HeldExamples)
    assert not streamed.in_memory
    everything = np.arange(60)
    assert np.allclose(held.examples.inputs(everything), streamed.examples.inputs(everything), atol=1e-6)


def test_that_a_table_without_rows_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="columns and no rows"):
        of(folder, {"a": pa.array([], pa.int32()), "y": pa.array([], pa.int32())})


def test_that_a_target_of_lists_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="values of a type that cannot be predicted"):
        of(folder, COLUMNS, target="list")

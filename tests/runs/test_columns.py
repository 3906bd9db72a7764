"""Columns carry every float64, packed or not."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.columns import PACK_FROM, first_of, from_column, to_column


@given(st.lists(st.floats(), max_size=40))
def test_that_columns_carry_any_values(values: list[float]) -> None:
    column = json.loads(json.dumps(to_column(values), allow_nan=False))
    assert np.array_equal(from_column(column), np.array(values, dtype=np.float64), equal_nan=True)


@given(st.lists(st.floats(width=32), min_size=PACK_FROM, max_size=40))
def test_that_columns_carry_float32_values(values: list[float]) -> None:
    assert np.array_equal(from_column(to_column(values)), np.array(values), equal_nan=True)


@given(st.integers(-(2**40), 2**40), st.integers(-1000, 1000), st.integers(PACK_FROM, 60))
def test_that_evenly_spaced_whole_numbers_take_no_room(first: int, by: int, count: int) -> None:
    values = np.arange(count) * float(by) + first
    column = to_column(values)
    assert column == f"={first},{by},{count}"
    assert np.array_equal(from_column(column), values)


@pytest.mark.parametrize("column", ["=1,2", "=1,1,-5", "=0,1,99999999999999", "A*==", "AAAAA", ["Inf"], "AAAA"])
def test_that_a_damaged_column_is_an_error(column: list[float | str] | str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the words are those of several decoders)
        from_column(column)


def test_that_single_values_come_back_as_numbers() -> None:
    numbers = first_of({"a": [1.5], "b": ["NaN"], "c": []})
    assert numbers["a"] == 1.5
    assert math.isnan(numbers["b"])
    assert "c" not in numbers

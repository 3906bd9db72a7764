"""The number types a tensor may have, by the name torch and NumPy agree on.

NumPy lacks bfloat16 and the 8-bit floats; their bits travel in an unsigned integer of the same size, and the name
travels beside it (`dtypes`), in the file's index and as the data set's attribute `dtype`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import CheckpointError

Array = NDArray[Any]

PLAIN = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
CARRIED = {"bfloat16": "uint16", "float8_e4m3fn": "uint8", "float8_e5m2": "uint8"}


def stored_as(dtype: str) -> np.dtype[Any]:
    """Return the little-endian NumPy type whose bits hold `dtype`.  Raises CheckpointError for an unknown name."""
    name = CARRIED.get(dtype, dtype)
    if name not in PLAIN:
        raise CheckpointError(f"The number type {dtype} cannot be stored in a checkpoint.")
    return np.dtype(name).newbyteorder("<")


def dtype_of(name: str, array: Array, dtypes: Mapping[str, str]) -> str:
    """Return the type's name of tensor `name`: what `dtypes` says, else NumPy's own.

    Raises CheckpointError when the type is unknown or the array's elements have another size.
    """
    dtype = dtypes.get(name, array.dtype.name)
    if stored_as(dtype).itemsize != array.dtype.itemsize:
        raise CheckpointError(f"Tensor {name} is said to be {dtype} but comes as {array.dtype.name}.")
    return dtype

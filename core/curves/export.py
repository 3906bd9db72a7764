"""All points of runs as one CSV file: nothing is subsampled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.runs.state import RunState

COLUMNS = ("run", "metric", "step", "examples", "virtual_epoch", "time_s", "value")


def write_csv(file: IO[bytes], runs: Iterable[tuple[str, RunState]]) -> int:
    """Write the live points of every metric of (run id, state) pairs; return the number of rows.

    Values that are not finite are written as nan, inf and -inf. Raises OSError when the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.csv

    file.write((",".join(f'"{name}"' for name in COLUMNS) + "\n").encode())
    options = pyarrow.csv.WriteOptions(include_header=False)
    rows = 0
    for run, state in runs:
        for metric, series in state.metrics.items():
            step, examples, time_s, value = series.live_points()
            count = len(step)
            epoch = examples / max(1, state.virtual_epoch_size) if state.virtual_epoch_size else np.full(count, np.nan)
            names = (pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [word]) for word in (run, metric))
            columns = [
                *(name.cast(pa.string()) for name in names),
                pa.array(step.astype(np.int64)),
                pa.array(examples.astype(np.int64)),
                *(pa.array(column) for column in (epoch, time_s, value)),
            ]
            pyarrow.csv.write_csv(pa.table(columns, names=list(COLUMNS)), file, options)
            rows += count
    return rows

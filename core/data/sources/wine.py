"""Wine recognition (Forina, 1991), as it comes with scikit-learn."""

from __future__ import annotations

import numpy as np

from core.data.bundled import numbers_of, source_of
from core.data.loading import Loading
from core.data.source import Source
from core.spec.fields import Section

TITLE = "Wine"
SUMMARY = "178 wines of three growers, described by 13 measurements."

_NAMES = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)


class Options(Section, frozen=True):
    """Nothing to choose."""


def load(options: Options, loading: Loading) -> Source:
    """Return the wines."""
    rows = numbers_of("wine_data.csv", header=True)
    if rows is None:
        from sklearn.datasets import load_wine

        bunch = load_wine()
        rows = np.column_stack([bunch.data, bunch.target])
    return source_of(
        rows[:, :-1],
        rows[:, -1],
        kind="table",
        task="classification",
        name="grower",
        classes=("class_0", "class_1", "class_2"),
        input_names=_NAMES,
    )

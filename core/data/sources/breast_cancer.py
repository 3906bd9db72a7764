"""Breast cancer, Wisconsin diagnostic (Wolberg, Street and Mangasarian, 1993), as it comes with scikit-learn."""

from __future__ import annotations

import numpy as np

from core.data.bundled import numbers_of, source_of
from core.data.loading import Loading
from core.data.source import Source
from core.spec.fields import Section

TITLE = "Breast cancer"
SUMMARY = "569 tumours described by 30 numbers: malignant or benign."

_FEATURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
_NAMES = tuple(form.format(feature) for form in ("mean {}", "{} error", "worst {}") for feature in _FEATURES)


class Options(Section, frozen=True):
    """Nothing to choose."""


def load(options: Options, loading: Loading) -> Source:
    """Return the tumours."""
    rows = numbers_of("breast_cancer.csv", header=True)
    if rows is None:
        from sklearn.datasets import load_breast_cancer

        bunch = load_breast_cancer()
        rows = np.column_stack([bunch.data, bunch.target])
    return source_of(
        rows[:, :-1],
        rows[:, -1],
        kind="table",
        task="classification",
        name="diagnosis",
        classes=("malignant", "benign"),
        input_names=_NAMES,
    )

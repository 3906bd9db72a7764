"""Diabetes progression (Efron, Hastie, Johnstone and Tibshirani, 2004), as it comes with scikit-learn."""

from __future__ import annotations

import numpy as np

from core.data.bundled import numbers_of, source_of
from core.data.loading import Loading
from core.data.source import Source
from core.spec.fields import Section

TITLE = "Diabetes"
SUMMARY = "442 patients described by 10 numbers; the progression of the disease a year later is predicted."

_NAMES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


class Options(Section, frozen=True):
    """Nothing to choose."""


def load(options: Options, loading: Loading) -> Source:
    """Return the patients, in the units they were measured in."""
    inputs = numbers_of("diabetes_data_raw.csv.gz", separator=None)
    targets = numbers_of("diabetes_target.csv.gz", separator=None)
    if inputs is None or targets is None:
        from sklearn.datasets import load_diabetes

        bunch = load_diabetes(scaled=False)
        inputs, targets = np.asarray(bunch.data), np.asarray(bunch.target)
    return source_of(
        inputs, targets.reshape(-1), kind="table", task="regression", name="progression", input_names=_NAMES
    )

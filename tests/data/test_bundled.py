"""The built-in data sets are scikit-learn's own, and cost no import of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.data import bundled, sources
from core.data.held import HeldExamples
from core.data.prepare import prepare
from core.spec.data import DataSpec, SplitSpec

WHOLE = SplitSpec(method="none")


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "wine", "diabetes"])
@pytest.mark.parametrize("moved", [False, True])
def test_that_a_built_in_set_is_scikit_learns(
    kind: str, moved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn import datasets

    if moved:  # a later release keeps its files elsewhere: its own loaders are asked
        monkeypatch.setattr(sources.find(kind), "numbers_of", lambda *given, **named: None)
    options = {"layout": "flat"} if kind == "digits" else {}
    data = prepare(DataSpec(kind=kind, options=options, split=WHOLE, standardise=False), tmp_path)
    assert isinstance(data.examples, HeldExamples)
    bunch = datasets.load_diabetes(scaled=False) if kind == "diabetes" else getattr(datasets, f"load_{kind}")()
    scale = 16 if kind == "digits" else 1
    assert np.allclose(data.examples.all_inputs * scale, bunch.data, rtol=1e-6)
    if kind == "diabetes":
        mean, deviation = data.target_scale
        assert np.allclose(data.examples.all_targets[:, 0] * deviation + mean, bunch.target, rtol=1e-4)
    else:
        assert np.array_equal(data.examples.all_targets, bunch.target)
        assert list(data.classes) == [str(name) for name in bunch.target_names]
    if kind in ("breast_cancer", "wine"):
        assert list(data.input_names) == [str(name) for name in bunch.feature_names]
    assert len(data.train) == len(bunch.data)


def test_that_digits_come_as_images_and_flat(tmp_path: Path) -> None:
    images = prepare(DataSpec(kind="digits"), tmp_path)
    flat = prepare(DataSpec(kind="digits", options={"layout": "flat"}), tmp_path)
    assert images.shape.input_shape == (1, 8, 8)
    assert images.shape.kind == "image"
    assert flat.shape.input_shape == (64,)
    assert flat.shape.kind == "table"
    assert (len(images.train), len(images.valid)) == (1438, 359)


def test_that_every_source_is_found_and_described() -> None:
    assert sources.kinds() == (
        "breast_cancer",
        "csv",
        "diabetes",
        "digits",
        "hdf5",
        "image_folder",
        "numpy",
        "parquet",
        "wine",
    )
    for kind in sources.kinds():
        module = sources.find(kind)
        assert module.TITLE
        assert module.SUMMARY.endswith(".")
        module.Options()


def test_that_the_files_are_where_they_are_looked_for() -> None:
    for name in ("digits.csv.gz", "breast_cancer.csv", "wine_data.csv"):
        assert bundled.numbers_of(name, header=not name.startswith("digits")) is not None


def test_that_built_in_data_imports_nothing_heavy() -> None:
    code = (
        "import sys, pathlib; from core.data.prepare import prepare; from core.data.preview import preview;"
        "from core.spec.data import DataSpec; here = pathlib.Path('.');"
        "prepare(DataSpec(), here); preview(DataSpec(kind='wine'), here);"
        "print([name for name in ('torch', 'sklearn', 'pyarrow', 'h5py', 'PySide6') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"

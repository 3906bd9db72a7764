"""What is said of the standardisation, applied by hand to the user's own numbers, gives what the model sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.data.prepare import prepare
from core.data.prepared import PreparedData, standardisation_of
from core.spec.data import DataSpec, SplitSpec


def told(data: PreparedData) -> dict[str, Any]:
    """Return it as a reader of the exported JSON has it."""
    said: dict[str, Any] = json.loads(json.dumps(standardisation_of(data), allow_nan=False))
    return said


def by_hand(raw: NDArray[np.float64], inputs: dict[str, Any]) -> NDArray[np.float64]:
    """Apply what is told to raw inputs (n, columns) or (n, channels, height, width)."""
    values = raw.copy()
    for place, fill in enumerate(inputs["fill"]):
        if fill is not None:
            values[np.isnan(values[:, place]), place] = fill
    values /= inputs["divisor"]
    if inputs["mean"] is None:
        return values
    form = (-1, *([1] * (values.ndim - 2)))
    deviation = np.array([np.inf if one is None else one for one in inputs["deviation"]])
    scaled: NDArray[np.float64] = (values - np.reshape(inputs["mean"], form)) / np.reshape(deviation, form)
    return scaled


@pytest.mark.parametrize("standardise", [True, False])
def test_that_it_is_right_for_mixed_columns_and_a_number_as_target(
    prepared_csv: Callable[..., PreparedData], standardise: bool
) -> None:
    size = [None if i % 7 == 0 else 50.0 + 3 * i for i in range(60)]
    lines = [f"{'' if s is None else s},{'rg'[i % 2]},{str(i % 3 == 0).lower()},5,{9 * i}" for i, s in enumerate(size)]
    data = prepared_csv("size,colour,garden,five,price\n" + "\n".join(lines), target="price", standardise=standardise)
    said = told(data)
    assert said["inputs"]["names"] == ["size", "colour = g", "colour = r", "garden", "five"]
    raw = [[np.nan if s is None else s, i % 2, 1 - i % 2, i % 3 == 0, 5] for i, s in enumerate(size)]
    every = np.arange(60)
    assert np.allclose(by_hand(np.array(raw, float), said["inputs"]), data.examples.inputs(every), atol=1e-5)
    targets = data.examples.targets(every)[:, 0] * said["target"]["deviation"] + said["target"]["mean"]
    assert np.allclose(targets, 9.0 * every, atol=1e-3)


@pytest.mark.parametrize("standardise", [True, False])
def test_that_it_is_right_for_images(folder: Path, standardise: bool) -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 3, 4, 5), np.uint8)
    np.savez(folder / "a.npz", x=images, y=np.arange(30) % 2)
    spec = DataSpec(kind="numpy", options={"path": "a.npz"}, split=SplitSpec(), standardise=standardise)
    data = prepare(spec, folder)
    said = told(data)
    assert said["inputs"]["divisor"] == 255
    assert np.allclose(by_hand(images.astype(float), said["inputs"]), data.examples.inputs(np.arange(30)), atol=1e-5)
    assert said["target"] == {"mean": 0.0, "deviation": 1.0}


def test_that_nothing_is_told_of_inputs_that_are_taken_as_they_are(folder: Path) -> None:
    np.savez(folder / "a.npz", x=np.arange(60.0).reshape(30, 2), y=np.arange(30) % 2)
    data = prepare(DataSpec(kind="numpy", options={"path": "a.npz"}, standardise=False), folder)
    assert told(data)["inputs"] is None

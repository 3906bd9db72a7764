"""The sample specs are specs: each can be trained as it stands, and says what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.spec.catalog import BUILT_IN
from core.spec.complete_schema import frozen_schema
from core.spec.read import problems_of, read_frozen, read_spec
from core.spec.rules import impossible

SAMPLES = sorted((Path(__file__).parents[2] / "resources" / "samples").glob("*.toml"))


def test_that_there_are_samples() -> None:
    assert {"digits-mlp", "digits-cnn", "wine", "breast-cancer", "diabetes"} <= {path.stem for path in SAMPLES}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_that_a_sample_can_be_trained_and_says_what_it_is_for(path: Path) -> None:
    spec = read_spec(path) if BUILT_IN.exists() else read_frozen(path)
    assert impossible(spec) == []
    assert spec.name != "untitled"
    assert 40 <= len(spec.notes) <= 140


def test_that_the_defaults_can_be_trained() -> None:
    assert frozen_schema()["properties"]
    if BUILT_IN.exists():
        assert problems_of({}) == []

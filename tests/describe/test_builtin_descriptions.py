"""The cached list of built-in components is what a fresh description gives."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from core.spec.catalog import BUILT_IN, Catalog
from core.spec.describing import describe_builtin


@pytest.mark.torch
def test_that_the_cached_descriptions_are_fresh() -> None:
    """When this fails: python -m core.describe builtin > resources/descriptions.json"""
    ran = subprocess.run(
        [sys.executable, "-m", "core.describe", "builtin"], check=True, capture_output=True, timeout=100
    )
    assert ran.stdout.decode() == BUILT_IN.read_text(encoding="utf-8")
    assert [*Catalog.builtin().sources, *Catalog.builtin().models] == describe_builtin()


def test_that_every_family_and_source_of_the_issue_is_there() -> None:
    assert {found.kind for found in Catalog.builtin().models} >= {"mlp", "cnn", "resnet", "transformer", "linear"}
    sources = {"digits", "breast_cancer", "wine", "diabetes", "csv", "parquet", "numpy", "hdf5", "image_folder"}
    assert {found.kind for found in Catalog.builtin().sources} >= sources


def test_that_every_option_of_a_component_says_what_it_is() -> None:
    for found in (*Catalog.builtin().models, *Catalog.builtin().sources):
        assert found.title
        assert found.summary.endswith(".")
        for name, schema in found.schema.get("properties", {}).items():
            assert schema.get("title"), f"{found.kind}.{name}"
            assert schema.get("description"), f"{found.kind}.{name}"
            assert "default" in schema or name in found.schema["required"], f"{found.kind}.{name}"


def test_that_asking_for_descriptions_needs_no_torch() -> None:
    code = "import sys, json, core.spec.describing; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
    assert "torch" not in json.loads(ran.stdout)

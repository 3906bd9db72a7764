"""The `[model]` section: a family and its options."""

from __future__ import annotations

from typing import Annotated, Any

from core.spec.fields import Section, about


class ModelSpec(Section, frozen=True):
    """Which network.  In TOML the options of `kind` stand flat beside it.  Shapes follow from the data."""

    kind: Annotated[str, about("Family", "A built-in family, or file.Class of your own in components/.")] = "mlp"
    options: dict[str, Any] = {}

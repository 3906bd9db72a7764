"""A small catalog for the tests of the spec, so that they do not depend on the components that exist."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest

from core.spec.catalog import Catalog, Description
from core.spec.fields import Section, about
from core.spec.schema import section_schema


class Digits(Section, frozen=True):
    """Handwritten digits."""

    flat: Annotated[bool, about("Flat", "As 64 numbers instead of an image.")] = False


class CSV(Section, frozen=True):
    """A CSV file."""

    path: Annotated[str, about("File", "The file.", path="file")] = ""
    target: Annotated[str, about("Target", "The column to predict.", column=True)] = ""
    columns: Annotated[tuple[str, ...], about("Columns", "Empty takes all.", column=True)] = ()
    rows: Annotated[int | None, about("Rows", "At most so many.")] = None


class Norm(Section, frozen=True):
    """How activations are normalised."""

    kind: Annotated[Literal["none", "batch"], about("Normalisation", "None or batch.")] = "none"
    momentum: Annotated[float, about("Momentum", "Of the running mean.", gt=0, lt=1)] = 0.1


class MLP(Section, frozen=True):
    """Fully connected layers."""

    hidden: Annotated[tuple[Annotated[int, about("Width", "", ge=1, le=65536)], ...], about("Hidden", "Widths.")] = (
        128,
        128,
    )
    dropout: Annotated[float, about("Dropout", "Share dropped.", ge=0, lt=1)] = 0.0
    activation: Annotated[Literal["relu", "gelu", "tanh"], about("Activation", "Between layers.")] = "relu"


class CNN(Section, frozen=True):
    """Convolutions."""

    channels: Annotated[tuple[int, ...], about("Channels", "Of each layer.")] = (16, 32)
    norm: Norm = Norm()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Two sources, two families, and one broken component of the user's."""
    return Catalog(
        [
            Description(role="data", kind="digits", title="Digits", summary="8x8", schema=section_schema(Digits)),
            Description(role="data", kind="csv", title="CSV", summary="A file.", schema=section_schema(CSV)),
            Description(role="model", kind="mlp", title="MLP", summary="Layers.", schema=section_schema(MLP)),
            Description(role="model", kind="cnn", title="CNN", summary="Filters.", schema=section_schema(CNN)),
            Description(
                role="model",
                kind="broken.Net",
                title="Net",
                summary="",
                file="components/broken.py",
                error="Traceback (most recent call last):\nZeroDivisionError: division by zero",
            ),
        ]
    )

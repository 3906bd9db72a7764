"""A small catalog and a provider that describes nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pytestqt.qtbot import QtBot

from app.draft import Draft
from app.live.background import Background
from app.panels import data_body
from app.panels.catalog_provider import CatalogProvider
from app.panels.preview_process import PreviewProcess
from core.spec import catalog as catalogs
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


BROKEN = Description(
    role="model",
    kind="broken.py",
    title="broken.py",
    summary="",
    file="components/broken.py",
    error="Traceback (most recent call last):\n  <somewhere>\nZeroDivisionError: division by zero",
)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Two sources and two families."""
    return Catalog(
        [
            Description(role="data", kind="digits", title="Digits", summary="8x8", schema=section_schema(Digits)),
            Description(role="data", kind="csv", title="CSV", summary="A file.", schema=section_schema(CSV)),
            Description(role="model", kind="mlp", title="MLP", summary="Layers.", schema=section_schema(MLP)),
            Description(
                role="model",
                kind="cnn",
                title="CNN",
                summary="Filters.",
                schema=section_schema(CNN),
                accepts=("image",),
            ),
        ]
    )


@pytest.fixture
def draft(catalog: Catalog, qapp: object) -> Draft:
    """A draft of nothing but defaults."""
    return Draft(catalog)


@pytest.fixture
def provider(
    catalog: Catalog, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CatalogProvider]:
    """A provider of an empty workspace."""
    monkeypatch.setattr(catalogs, "_builtin", lambda path: catalog)
    (tmp_path / "components").mkdir()
    background = Background()
    made = CatalogProvider(tmp_path, background)
    yield made
    background.close()


class SilentPreview(PreviewProcess):
    """Takes questions and never starts a process."""

    def ask(self, data: object) -> None:
        self.asked = data


@pytest.fixture
def no_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no process to look at data."""
    monkeypatch.setattr(data_body, "PreviewProcess", SilentPreview)

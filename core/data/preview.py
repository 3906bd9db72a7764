"""A preview of a data set within a second, whatever its size: it says what it was made from.

Works without torch; meant for a throw-away process whose answer travels as JSON.
"""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.data import sources
from core.data.glance import Glance, glance_at
from core.data.loading import Loading
from core.data.prepare import load_source, open_loading
from core.data.targets import settle
from core.errors import DataError
from core.spec.data import DataSpec

SHOWN_CLASSES = 100


class PreviewColumn(msgspec.Struct, kw_only=True):
    """A column as far as it was read.  `type`: number, boolean, category, date, text, other or empty."""

    name: str
    type: str
    role: str  # input, target, split, ignored
    missing: int
    distinct: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    most_frequent: list[tuple[str, int]] = []


class ClassShare(msgspec.Struct, kw_only=True):
    """How often a class occurs in what was read."""

    name: str
    count: int


class Thumbnail(msgspec.Struct, kw_only=True):
    """A small picture: PNG in base64."""

    label: str
    width: int
    height: int
    png: str


class Preview(msgspec.Struct, kw_only=True):
    """What a data set looks like.

    `examples` is exact or an estimate; `read` says in words what the columns, rows and shares come from.  `task` is
    empty when the target cannot be used; `problem` then says why.  `first_rows` has one cell for each of `columns`.
    """

    kind: str
    form: str  # image or table
    examples: int
    exact: bool
    read: str
    input_shape: list[int]
    target: str
    task: str
    problem: str = ""
    columns: list[PreviewColumn] = []
    first_rows: list[list[str | float | bool | None]] = []
    class_balance: list[ClassShare] = []
    classes: int = 0
    thumbnails: list[Thumbnail] = []
    notices: list[str] = []
    seconds: float = 0.0


def preview(data: DataSpec | Mapping[str, Any], base: Path) -> Preview:
    """Return a preview of the data set that `data` describes.

    `data` may be the section as it stands in TOML: options beside the other fields.  Raises DataError.
    """
    began = time.perf_counter()
    spec = data if isinstance(data, DataSpec) else data_spec_of(data)
    loading = open_loading(spec, base)
    loading.glancing = True
    loading.memory_limit = 0  # nothing is read that can be left on disk
    glance = _glance(spec, loading)
    task, problem, classes, balance = _target(glance, loading)
    return Preview(
        kind=spec.kind,
        form=glance.kind,
        examples=glance.examples,
        exact=glance.exact,
        read=glance.read,
        input_shape=list(glance.input_shape),
        target=glance.target_name,
        task=task,
        problem=problem,
        columns=[PreviewColumn(**vars(column)) for column in glance.columns],
        first_rows=[[_cell(cell) for cell in row] for row in glance.first_rows],
        class_balance=balance,
        classes=classes,
        thumbnails=[_thumbnail(label, image) for label, image in glance.images],
        notices=loading.notices,
        seconds=round(time.perf_counter() - began, 3),
    )


def data_spec_of(section: Mapping[str, Any]) -> DataSpec:
    """Return the `[data]` section from its flat form.  Raises DataError."""
    own = {field.name for field in msgspec.structs.fields(DataSpec)} - {"options"}
    fields = {name: value for name, value in section.items() if name in own}
    options = {name: value for name, value in section.items() if name not in own and name != "options"}
    try:
        return msgspec.convert({**fields, "options": {**section.get("options", {}), **options}}, DataSpec)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$.")
        raise DataError(f"{message}.", where=f"data.{place.rstrip('`')}" if place else "data") from None


def _glance(spec: DataSpec, loading: Loading) -> Glance:
    module = sources.find(spec.kind)
    if not hasattr(module, "glance"):
        return glance_at(load_source(spec, loading))
    glance: Glance = module.glance(sources.options_of(module, spec.options), loading)
    return glance


def _target(glance: Glance, loading: Loading) -> tuple[str, str, int, list[ClassShare]]:
    """Return the task, what is wrong, the number of classes, and how often each occurs."""
    if glance.target is None:
        return "", f"The target {glance.target_name!r} cannot be predicted. Choose another.", 0, []
    try:
        settled = settle(glance.target, loading)
    except DataError as error:
        said = f"{error.message[:1].upper()}{error.message[1:]}"
        return "", f"{said} {error.remedy or 'Choose another target.'}", 0, []
    if settled.task == "regression":
        return settled.task, "", 0, []
    counts = np.bincount(settled.values.astype(np.int64), minlength=len(settled.classes))
    shares = [ClassShare(name=name, count=int(count)) for name, count in zip(settled.classes, counts, strict=True)]
    return settled.task, "", len(shares), shares[:SHOWN_CLASSES]


def _cell(cell: Any) -> str | float | bool | None:
    if isinstance(cell, float) and not np.isfinite(cell):
        return str(cell)
    return cell if isinstance(cell, (str, float, bool)) or cell is None else str(cell)


def _thumbnail(label: str, image: NDArray[np.uint8]) -> Thumbnail:
    from PIL import Image

    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    picture.thumbnail((96, 96))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return Thumbnail(
        label=label, width=picture.width, height=picture.height, png=base64.b64encode(file.getvalue()).decode("ascii")
    )

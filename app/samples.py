"""The sample experiments of the welcome page: specs in resources/samples, read without building anything."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

_ICONS_BY_DATA = {
    "wine": "sample-wine",
    "breast_cancer": "sample-medical",
    "diabetes": "sample-regression",
    "digits": "sample-digits",
}
_ICONS_BY_MODEL = {
    "cnn": "sample-cnn",
    "resnet": "sample-cnn",
    "transformer": "sample-transformer",
}


FIRST_TAG = "first steps"  # samples that a newcomer should see first


@dataclass(frozen=True)
class Sample:
    """One sample.  `given` is the spec as it stands in the file; `notes` says what it shows."""

    path: Path
    name: str
    notes: str
    facts: str
    icon: str
    given: dict[str, Any]


def samples(folder: Path | None = None) -> list[Sample]:
    """Return the samples, those for first steps first, then by file name; a file that is not TOML is left out."""
    place = folder or Path(str(files("resources"))) / "samples"
    found = []
    for path in sorted(place.glob("*.toml")):
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
            continue
        found.append(_sample(path, given))
    return sorted(found, key=lambda sample: FIRST_TAG not in sample.given.get("tags", ()))


def _sample(path: Path, given: dict[str, Any]) -> Sample:
    data = str(given.get("data", {}).get("kind", "digits"))
    model = str(given.get("model", {}).get("kind", "mlp"))
    return Sample(
        path=path,
        name=str(given.get("name", path.stem)),
        notes=" ".join(str(given.get("notes", "")).split()),
        facts=f"{data.replace('_', ' ')} · {model.replace('_', ' ')}",
        icon=_ICONS_BY_MODEL.get(model) or _ICONS_BY_DATA.get(data, "sample-table"),
        given=given,
    )

"""The sections of a draft in one line each, for when they are closed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.forms.wording import choice_words, value_words
from core.spec.catalog import Catalog
from core.spec.json_schema import words

Table = Mapping[str, Any]


def data_words(data: Table, catalog: Catalog, examples: int | None = None) -> str:
    """Say which data: `Digits, 1,797 examples`, `CSV, iris.csv, target species`."""
    parts = [_title(data, catalog, "data")]
    path = str(data.get("path") or data.get("folder") or data.get("file") or "")
    if path:
        parts.append(Path(path).name)
    if target := data.get("target"):
        parts.append(f"target {value_words(target)}")
    if examples is not None:
        parts.append(f"{examples:,} examples")
    return ", ".join(parts)


def model_words(model: Table, catalog: Catalog) -> str:
    """Say which model, with its first sizes: `MLP, 128, 128`."""
    sizes = next((value_words(value) for value in model.values() if isinstance(value, list) and value), "")
    title = _title(model, catalog, "model")
    return f"{title}, {sizes}" if sizes else title


def training_words(training: Table) -> str:
    """Say how long and how: `30 epochs, batch 64, AdamW 0.001`."""
    stages = training.get("stages") or []
    budget = f"{len(stages)} stages" if stages else amount_words(training.get("budget", {}), "stop_point")
    optimizer = training.get("optimizer", {})
    name = _OPTIMIZERS.get(str(optimizer.get("kind")), words(str(optimizer.get("kind", ""))))
    rate = value_words(optimizer.get("learning_rate"))
    return f"{budget}, batch {value_words(training.get('batch_size'))}, {name} {rate}"


def checkpoints_words(checkpoints: Table) -> str:
    """Say when and what is kept: `10 over the run, best and last 3`."""
    parts: list[str] = []
    if count := checkpoints.get("num_checkpoints"):
        parts.append(f"{value_words(count)} over the run")
    every = checkpoints.get("every", {})
    if every.get("unit") == "auto":
        parts.append("as often as training can bear")
    elif every.get("unit", "off") != "off":
        parts.append(f"every {amount_words(every, 'interval')}")
    if last := checkpoints.get("keep_last"):
        parts.append(f"newest {value_words(last)} kept")
    return ", ".join(parts) or "at the end only"


def compute_words(compute: Table) -> str:
    """Say where: `device auto, fp32`."""
    parts = [f"device {value_words(compute.get('device'))}", str(compute.get("precision", ""))]
    if compute.get("compile"):
        parts.append("compiled")
    if compute.get("deterministic"):
        parts.append("deterministic")
    return ", ".join(parts)


def about_words(spec: Table) -> str:
    """Say what is noted: `images, seed 7`."""
    tags = spec.get("tags")
    parts = [value_words(tags) if isinstance(tags, list) else "", f"seed {value_words(spec.get('seed'))}"]
    return ", ".join(part for part in parts if part)


def amount_words(amount: Table, name: str) -> str:
    """Say an amount: `1 epoch`, `30 epochs`."""
    number, unit = amount.get(name), choice_words(amount.get("unit", ""))
    return f"{value_words(number)} {unit.removesuffix('s') if number == 1 else unit}"


def _title(section: Table, catalog: Catalog, role: str) -> str:
    kind = str(section.get("kind", ""))
    known = catalog.sources if role == "data" else catalog.models
    return next((found.title for found in known if found.kind == kind), kind)


_OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "muon": "Muon"}

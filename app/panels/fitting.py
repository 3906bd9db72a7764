"""Whether the draft fits its data: mistakes that only a look at the data can find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.draft import Draft
from core.errors import SpecError
from core.spec.problem import Problem

_NAMES = {"table": "a table", "image": "images"}
_PLURALS = {"table": "tables", "image": "images"}


def misfits(draft: Draft, preview: Mapping[str, Any]) -> list[Problem]:
    """Return what would make a run on the previewed data fail before its first step, in the order of the spec."""
    form = str(preview.get("form", ""))
    found = []
    if preview.get("problem"):
        path = "data.target" if draft.value("data.target") is not None else "data"
        found.append(Problem(path, str(preview["problem"])))
    found += _augmentation(draft, form)
    found += _model(draft, form)
    return found


def _augmentation(draft: Draft, form: str) -> list[Problem]:
    augment = draft.value("data.augment")
    used = next((name for name, value in augment.items() if value), "") if isinstance(augment, Mapping) else ""
    if form != "table" or not used:
        return []
    return [
        Problem(f"data.augment.{used}", "Only images can be augmented, and this data is a table.", "Switch it off.")
    ]


def _model(draft: Draft, form: str) -> list[Problem]:
    kind = str(draft.value("model.kind") or "")
    try:
        model = draft.catalog.find("model", kind)
    except SpecError:
        return []  # the spec's own checks say so
    if not form or not model.accepts or form in model.accepts:
        return []
    fitting = [other.title for other in draft.catalog.models if form in other.accepts and not other.error]
    remedy = f"Choose a model for {_PLURALS[form]}: {', '.join(fitting)}." if fitting else ""
    takes = " and ".join(_PLURALS.get(name, name) for name in model.accepts)
    return [Problem("model.kind", f"{model.title} takes {takes}, and this data is {_NAMES[form]}.", remedy)]

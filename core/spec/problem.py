"""A mistake in a spec: where it is, what is wrong, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import SpecError

NOT_TRUSTED = "not trusted yet"  # the user's own components, before they said that these may be run
HOW_TO_TRUST = "Look at the files, then trust the folder in the window, or with: epochal describe --trust"


@dataclass(frozen=True)
class Problem:
    """One mistake.  `path` is dotted (`training.batch_size`); `message` and `remedy` are sentences."""

    path: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return str(SpecError(self.message, where=self.path, remedy=self.remedy))


def refusal(problems: Sequence[Problem], file: str = "") -> SpecError:
    """Return the error to raise for one or more problems: worded by the first, carrying all."""
    first = problems[0]
    where = f"{file}: {first.path}" if file and first.path else file or first.path
    if len(problems) == 1:
        return SpecError(first.message, where=where, remedy=first.remedy, problems=problems)
    others = f"Also to mend: {', '.join(problem.path for problem in problems[1:])}."
    return SpecError(f"{first.message} {first.remedy}".strip(), where=where, remedy=others, problems=problems)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like `name`, or an empty string when none does."""
    by_plain = {_plain(candidate): candidate for candidate in known}
    found = difflib.get_close_matches(_plain(name), by_plain, n=1, cutoff=0.6)
    if found:
        return by_plain[found[0]]
    # `lr` looks like nothing, and everybody writes it.
    usual = _USUAL.get(_plain(name), "")
    return usual if usual in by_plain.values() else ""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a remedy sentence for an unknown name: the nearest one, or all of them when they are few."""
    names = list(known)
    if near := nearest(name, names):
        return f"Did you mean {near}?"
    return f"Known here: {', '.join(names)}." if names else "Nothing can be set here."


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


_USUAL = {
    "lr": "learning_rate",
    "wd": "weight_decay",
    "decay": "weight_decay",
    "bs": "batch_size",
    "eps": "epsilon",
    "betas": "beta1",
    "lr_scheduler": "schedule",
    "scheduler": "schedule",
    "amp": "precision",
    "workers": "threads",
    "gpu": "device",
    "criterion": "loss",
    "grad_clip": "clip_norm",
    "max_norm": "clip_norm",
    "epochs": "budget",
    "steps": "budget",
    "max_epochs": "budget",
    "max_steps": "budget",
    "normalize": "standardise",
    "normalise": "standardise",
    "dataset": "data",
    "description": "notes",
    "network": "model",
    "layers": "hidden",
}

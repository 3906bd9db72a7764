"""Thinned checkpoints: the weights alone, in place of a state that nobody goes on from any more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.checkpoints.reading import read_checkpoint, state_of
from core.checkpoints.store import CheckpointStore
from core.errors import CheckpointError

if TYPE_CHECKING:
    from core.checkpoints.writing import Written

WEIGHTS = ("model/", "ema/")
_MARK = "thinned_from"  # the digest of the whole state, as it was announced


def thin(path: Path) -> Written:
    """Rewrite a checkpoint without optimizer and generators; it appears whole or the old one stays.

    Its scalar state stays, with the mark of what it was.  Whoever has another name (hard link) for the file keeps the
    whole state.  Raises CheckpointError when it is damaged, WriteError when the disk refuses.
    """
    from core.checkpoints.writing import write_checkpoint  # brings in HDF5, which the window's start need not wait for

    found = read_checkpoint(path, only=lambda name: name.startswith(WEIGHTS))
    state = {_MARK: found.state_sha256, **found.state}
    return write_checkpoint(path, found.tensors, state, found.dtypes)


def thinned_from(state: Mapping[str, Any]) -> str | None:
    """Return the digest of the whole state that a thinned checkpoint was; None of one that is whole."""
    digest = state.get(_MARK)
    return str(digest) if digest is not None else None


def is_thinned(path: Path) -> bool:
    """Say whether a checkpoint holds the weights alone.  Raises CheckpointError when it cannot be read."""
    return thinned_from(state_of(path)) is not None


def refuse_thinned(store: CheckpointStore, step: int) -> None:
    """Raise CheckpointError when the checkpoint of a step is known to hold the weights alone."""
    try:
        state = state_of(store.path(step))
    except CheckpointError:
        return  # whoever goes on from it will say what is wrong with it
    require_whole(state, step)


def require_whole(state: Mapping[str, Any], step: int) -> None:
    """Raise CheckpointError for a checkpoint that nobody can go on from."""
    if thinned_from(state) is not None:
        raise CheckpointError(
            f"The checkpoint of step {step:,} was thinned: it holds the weights alone, and training cannot go on from "
            "it as it was.",
            remedy="Begin a warm start from it, or choose a checkpoint that is whole.",
        )

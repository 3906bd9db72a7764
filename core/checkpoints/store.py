"""The checkpoints of one run: one folder, one immutable file per step."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from core.checkpoints.dtypes import Array
from core.checkpoints.reading import Checkpoint, read_checkpoint
from core.checkpoints.retention import Policy, reasons_to_keep
from core.durable import write_atomically
from core.errors import CheckpointError

_NAME = re.compile(r"^step-(\d{8,})\.h5$")


def file_name(step: int) -> str:
    """Return the file's name for a step; names sort like steps."""
    return f"step-{step:08d}.h5"


class CheckpointStore:
    """A run's checkpoint folder, which may not exist yet.  Reading is safe beside a worker that writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def steps(self) -> list[int]:
        """Return the steps there is a file for, ascending."""
        if not self.folder.is_dir():
            return []
        found = (_NAME.match(path.name) for path in self.folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def path(self, step: int) -> Path:
        """Return where the checkpoint of a step lies."""
        return self.folder / file_name(step)

    def load(self, step: int, *, into: Mapping[str, Array] = {}) -> Checkpoint:
        """Read one checkpoint, every byte checked; see `read_checkpoint`.  Raises CheckpointError."""
        if not self.path(step).exists():
            known = ", ".join(map(str, self.steps()[-5:])) or "none at all"
            raise CheckpointError(f"There is no checkpoint of step {step}.", remedy=f"There are: {known}.")
        return read_checkpoint(self.path(step), into=into)

    def newest_good(
        self,
        on_bad: Callable[[int, CheckpointError], None],
        *,
        up_to: int | None = None,
        into: Mapping[str, Array] = {},
    ) -> Checkpoint | None:
        """Return the newest checkpoint whose every byte is good, or None; each bad one on the way is reported."""
        for step in reversed(self.steps()):
            if up_to is not None and step > up_to:
                continue
            try:
                return self.load(step, into=into)
            except CheckpointError as error:
                on_bad(step, error)
        return None

    def pins(self) -> set[int]:
        """Return the pinned steps."""
        try:
            return set(json.loads(self._pin_file().read_bytes()))
        except FileNotFoundError:
            return set()
        except (ValueError, TypeError) as error:
            raise CheckpointError("The list of pinned checkpoints is damaged.", where=str(self._pin_file())) from error

    def pin(self, step: int, pinned: bool = True) -> None:
        """Pin a checkpoint, or let it go.  Raises CheckpointError when there is none, WriteError."""
        if pinned and not self.path(step).exists():
            raise CheckpointError(f"There is no checkpoint of step {step} to pin.")
        pins = self.pins() | {step} if pinned else self.pins() - {step}
        write_atomically(self._pin_file(), json.dumps(sorted(pins)).encode("ascii"), point="checkpoint.pin")

    def kept_because(
        self,
        policy: Policy,
        scores: Mapping[int, float],
        needed: Mapping[int, str] = {},
        abandoned: Collection[int] = (),
        phases: Mapping[int, str] = {},
    ) -> dict[int, str]:
        """Return why each checkpoint that `policy` keeps is kept; see `reasons_to_keep`."""
        return reasons_to_keep(self.steps(), policy, scores, self.pins(), needed, abandoned, phases)

    def superfluous(
        self,
        policy: Policy,
        scores: Mapping[int, float],
        needed: Mapping[int, str] = {},
        also: Collection[int] = (),
        abandoned: Collection[int] = (),
        phases: Mapping[int, str] = {},
    ) -> list[int]:
        """Return the steps of the checkpoints that nothing keeps; none while the pins cannot be read."""
        try:
            kept = self.kept_because(policy, scores, needed, abandoned, phases)
        except CheckpointError:
            return []
        return [step for step in self.steps() if step not in kept and step not in also]

    def retain(
        self,
        policy: Policy,
        scores: Mapping[int, float],
        needed: Mapping[int, str] = {},
        also: Collection[int] = (),
        abandoned: Collection[int] = (),
        phases: Mapping[int, str] = {},
    ) -> list[int]:
        """Delete what nothing keeps and return the steps deleted.

        `needed` are steps another run descends from, with its id; `also` are steps the caller still needs; `abandoned`
        ones the run went back before.
        A file that cannot be deleted stays for the next time; while the pins cannot be read, nothing is deleted.
        """
        removed = []
        for step in self.superfluous(policy, scores, needed, also, abandoned, phases):
            try:
                self.path(step).unlink(missing_ok=True)
            except OSError:
                continue
            removed.append(step)
        return removed

    def _pin_file(self) -> Path:
        return self.folder / "pinned.json"

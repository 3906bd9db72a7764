"""A run as a fresh spec: what it was asked, with everything it was told to change, at the same steps."""

from __future__ import annotations

import msgspec

from core.runs.changes import OWN, change_of, in_force
from core.runs.reader import EventReader
from core.runs.run_folder import RunFolder
from core.spec.spec import Spec


def replay_spec(run: RunFolder) -> Spec:
    """Return a spec that trains to the same weights, bit by bit, as the run has wherever both are.

    That holds on the device, the versions and the thread count of the run.  What the run was told besides, to pause or
    to stop, is not in it.  Raises SpecError when the run's spec cannot be read.
    """
    spec = run.spec()
    reader = EventReader(run.events_path, only=frozenset({"started", "command"}))
    try:
        told = [change_of(done) for done in in_force(reader.poll()).values() if done.by != OWN]
    finally:
        reader.close()
    # The spec's own come first where both are of one step, as they do in a run; sorting keeps that.
    changes = sorted([*spec.training.changes, *told], key=lambda change: change.step)
    return msgspec.structs.replace(spec, training=msgspec.structs.replace(spec.training, changes=tuple(changes)))

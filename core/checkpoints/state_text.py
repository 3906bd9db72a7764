"""The state data set's text: the scalar state, the clock beside it, and the digest of everything but the clock."""

from __future__ import annotations

from typing import Any, NamedTuple

from core.checkpoints.state_json import State, decode, encode
from core.errors import CheckpointError

CLOCK = "clock"  # wall-clock times; the only part of a state that its digest leaves out
_ROOM = 256  # bytes for the digest and the keys around the three parts


class StateText(NamedTuple):
    """A state, encoded at the moment it was handed over."""

    scalars: bytes  # canonical JSON of everything but the clock
    clock: bytes

    @property
    def length(self) -> int:
        """An upper bound of the text's bytes."""
        return len(self.scalars) + len(self.clock) + _ROOM

    def text(self, digest: str) -> bytes:
        """Return the text as it stands in the file."""
        return b'{"state_sha256":"%b","clock":%b,"state":%b}' % (digest.encode("ascii"), self.clock, self.scalars)


def encode_state(state: State) -> StateText:
    """Encode a state; `state["clock"]` is set apart.  Raises CheckpointError for values that JSON cannot hold."""
    rest = {key: value for key, value in state.items() if key != CLOCK}
    return StateText(encode(rest), encode(state.get(CLOCK)))


def decode_state(text: bytes) -> tuple[State, bytes]:
    """Return the state with its clock, and the canonical bytes its digest is taken over.  Raises CheckpointError."""
    try:
        found: dict[str, Any] = decode(text.rstrip(b"\0"))
        state, clock = found["state"], found[CLOCK]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError("The state is damaged: it cannot be read.") from error
    scalars = encode(state)
    if clock is not None:
        state[CLOCK] = clock
    return state, scalars

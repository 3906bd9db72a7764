"""The phases of one growing run, judged from its live points at a cost that follows what was added."""

from __future__ import annotations

from weakref import WeakValueDictionary

from core.curves.phases import Phase, PhaseWatch
from core.runs.series import Series
from core.runs.state import RunState

TRAIN, VALID = "train/loss", "valid/loss"


class PhaseTrack:
    """Feeds a `PhaseWatch`; begins again when points died."""

    def __init__(self, state: RunState) -> None:
        self.state = state
        self._watch = PhaseWatch()
        self._versions = (-1, -1)
        self._taken = {TRAIN: 0, VALID: 0}

    def phases(self) -> list[Phase]:
        """Return the phases so far."""
        series = {name: self.state.series(name) for name in (TRAIN, VALID)}
        versions = (series[TRAIN].version, series[VALID].version)
        if versions != self._versions:
            self._versions = versions
            self._watch = PhaseWatch()
            self._taken = {TRAIN: 0, VALID: 0}
        for name, extend in ((TRAIN, self._watch.extend_train), (VALID, self._watch.extend_valid)):
            for start, stop in self._fresh(name, series[name]):
                extend(series[name].step[start:stop], series[name].value[start:stop])
        return self._watch.phases()

    def _fresh(self, name: str, series: Series) -> list[tuple[int, int]]:
        """Return the live ranges that were not taken yet; new live points always stand at the end."""
        taken, self._taken[name] = self._taken[name], len(series)
        return [(max(start, taken), stop) for start, stop in series.live_ranges if stop > taken]


_TRACKS: WeakValueDictionary[int, PhaseTrack] = WeakValueDictionary()


def track_of(state: RunState) -> PhaseTrack:
    """Return the one track of a state, for as long as anyone holds it: plots, marks and table judge a run once."""
    track = _TRACKS.get(id(state))
    if track is None or track.state is not state:
        track = _TRACKS[id(state)] = PhaseTrack(state)
    return track

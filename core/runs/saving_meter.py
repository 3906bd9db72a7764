"""What checkpointing costs a run: how long training stood still for it."""

from __future__ import annotations

from dataclasses import dataclass

from core.runs.events import CheckpointSaved


@dataclass
class SavingMeter:
    """Sums over all segments of a run, checkpoints deleted since included; times in seconds.

    `stall_s` is how long saving kept training from going on, `write_s` how long the files took beside it, `trained_s`
    how long the run trained in all.
    """

    saves: int = 0
    bytes: int = 0
    stall_s: float = 0.0
    write_s: float = 0.0
    trained_s: float = 0.0
    _wall_s: float | None = None

    @property
    def share(self) -> float:
        """The share of training time that saving took, 0 to 1."""
        return min(1.0, self.stall_s / self.trained_s) if self.trained_s > 0 else 0.0

    def begin_segment(self) -> None:
        """Another worker goes on; its clock begins where that of its checkpoint stood."""
        self._wall_s = None

    def take_save(self, event: CheckpointSaved) -> None:
        """Count a checkpoint."""
        self.saves += 1
        self.bytes += event.bytes
        self.stall_s += event.stall_s
        self.write_s += event.write_s

    def take_time(self, first_s: float, last_s: float) -> None:
        """Count the time of points, in training seconds since the run began."""
        before = first_s if self._wall_s is None else self._wall_s
        self.trained_s += max(0.0, last_s - before)
        self._wall_s = max(before, last_s)

    def in_words(self) -> str:
        """Say it in a sentence; nothing before the first checkpoint."""
        if not self.saves:
            return ""
        count = "One checkpoint was" if self.saves == 1 else f"{self.saves:,} checkpoints were"
        share = f"{self.share:.2%}" if self.share < 0.1 else f"{self.share:.0%}"
        return f"{count} saved; training stood still for {seconds(self.stall_s)}, {share} of its time."


def seconds(span: float) -> str:
    """Return a span of time as 3 ms, 0.12 s, 4.5 s or 130 s."""
    if span < 0.1:
        return f"{1000 * span:.0f} ms"
    return f"{span:.2g} s" if span < 10 else f"{span:,.0f} s"

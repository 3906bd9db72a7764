"""How curves are shown: which x, which scales, how smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from app.plots.metric_groups import is_share
from app.plots.x_axis import XAxis


@dataclass(frozen=True)
class View:
    """How everything is shown: the same for all plots of a stack."""

    axis: XAxis
    log_x: bool
    log_y: bool
    smoothing_steps: float

    def for_group(self, group: str) -> View:
        """Return this view as a group is shown in it: shares such as accuracy stay linear."""
        return replace(self, log_y=self.log_y and not is_share(group))

    def to_view(self, x: float) -> float:
        """Return the view coordinate of an x; what is not positive lies far left on a logarithmic axis."""
        if not self.log_x:
            return x
        return math.log10(x) if x > 0 else -300.0

    def from_view(self, x: float) -> float:
        """Return the x of a view coordinate."""
        return 10.0 ** min(max(x, -300.0), 300.0) if self.log_x else x

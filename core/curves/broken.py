"""Runs that came apart: a loss that is not finite any more, or far above where it began."""

from __future__ import annotations

import numpy as np

from core.curves.widening import Bins

FAR = 2.0
EXPLODED = 1000.0
_BEGINNING = 5  # bins
_NEWEST = 5


def has_diverged(loss: Bins) -> bool:
    """Return whether nearly all of the newest losses lie far above those at the start.

    A single first loss may happen to be small; it counts alone only when the loss has exploded since.
    """
    value = loss.value
    if len(value) < 2 * _BEGINNING or value[0] <= 0:
        return False
    newest = float(np.sort(value[-_NEWEST:])[1])  # of the last tenth of all points; one low bin is let pass
    exploded = float(value.max()) > EXPLODED * float(value[0])
    return newest > FAR * float(value[0]) and (exploded or newest > FAR * float(np.median(value[:_BEGINNING])))


def before_breaking(loss: Bins) -> Bins:
    """Return what was before the highest loss of a diverged run."""
    end = int(np.argmax(loss.value))
    return Bins(loss.step[:end], loss.value[:end], loss.size[:end])

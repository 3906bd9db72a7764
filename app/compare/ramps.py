"""Colours of numbers: one hue for how much, two for more and less.

The two are blue and orange, which every kind of colour blindness keeps apart; the middle is the ground's own grey.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from app.theme import theme

Ramp = Literal["much", "difference"]
STEPS = 256
MORE, LESS = 0, 1  # numbers of the series colours: blue and orange
_STRONGEST = {"light": 0.7, "dark": 0.5}  # of the hue under a number


def colour_of(share: float, ramp: Ramp, *, numbered: bool) -> QColor:
    """Return the colour of a share: 0 to 1 of "much", -1 to 1 of "difference"; what is outside is taken as the end.

    Under numbers the hue is not as deep as it is without, so that they stay readable.
    """
    ground = theme().colour("hover")
    if ramp == "much":
        full, part = theme().colour("accent"), min(max(share, 0.0), 1.0)
    else:
        full, part = theme().series(MORE if share > 0 else LESS), min(abs(share), 1.0)
    return mixed(ground, full, part * (_STRONGEST[theme().mode] if numbered else 1.0))


def table_of(ramp: Ramp, *, numbered: bool) -> NDArray[np.uint32]:
    """Return the colours (256) from the lowest to the highest share, as QImage has them."""
    shares = np.linspace(0.0 if ramp == "much" else -1.0, 1.0, STEPS)
    return np.array([colour_of(float(share), ramp, numbered=numbered).rgb() for share in shares], np.uint32)


def mixed(ground: QColor, colour: QColor, share: float) -> QColor:
    """Return an opaque mixture: `share` of the colour, the rest ground."""
    return QColor.fromRgbF(
        ground.redF() + (colour.redF() - ground.redF()) * share,
        ground.greenF() + (colour.greenF() - ground.greenF()) * share,
        ground.blueF() + (colour.blueF() - ground.blueF()) * share,
    )

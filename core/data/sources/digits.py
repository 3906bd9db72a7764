"""Handwritten digits (Alpaydin and Kaynak, 1998), as they come with scikit-learn."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from core.data.bundled import numbers_of, source_of
from core.data.loading import Loading
from core.data.source import Source
from core.spec.fields import Section, about

TITLE = "Digits"
SUMMARY = "1,797 handwritten digits of 8 x 8 grey pixels, ten classes."


class Options(Section, frozen=True):
    """How the digits are laid out."""

    layout: Annotated[
        Literal["image", "flat"], about("Layout", "Images of 1 x 8 x 8 for convolutions, or rows of 64 numbers.")
    ] = "image"


def load(options: Options, loading: Loading) -> Source:
    """Return the digits, pixels from 0 to 1."""
    rows = numbers_of("digits.csv.gz")
    if rows is None:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        rows = np.column_stack([bunch.data, bunch.target])
    pixels, digits = rows[:, :-1] / 16, rows[:, -1]
    classes = tuple(str(digit) for digit in range(10))
    if options.layout == "flat":
        names = tuple(f"pixel {row},{column}" for row in range(8) for column in range(8))
        return source_of(
            pixels, digits, kind="table", task="classification", name="digit", classes=classes, input_names=names
        )
    images = pixels.reshape(-1, 1, 8, 8)
    return source_of(images, digits, kind="image", task="classification", name="digit", classes=classes)

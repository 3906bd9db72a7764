"""A folder of images: one folder for each class, with PNG or JPEG files in it."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from core.data.fingerprint import of_files
from core.data.image_files import ImageFiles, ImageRows, list_images
from core.data.loading import Loading
from core.data.source import ArrayRows, Rows, Source, Target
from core.errors import DataError
from core.spec.fields import Section, about

TITLE = "Image folder"
SUMMARY = "A folder with one folder for each class; or train, valid and test folders with such folders in them."


class Options(Section, frozen=True):
    """Which folder, and how its images are brought to one form."""

    path: Annotated[str, about("Folder", "The folder that holds a folder for each class.", path="folder")] = ""
    size: Annotated[
        int,
        about(
            "Size",
            "Width and height that images are resized to; 0 keeps the size most of them have.",
            unit="pixels",
            ge=0,
            le=4096,
        ),
    ] = 0
    colour: Annotated[
        Literal["auto", "grey", "colour"], about("Colour", "Auto is grey when all images of a sample are.")
    ] = "auto"


def load(options: Options, loading: Loading) -> Source:
    """List the images, and read them when they fit into memory.  Raises DataError naming the image that cannot be."""
    root = loading.find(options.path, folder=True)
    listed = list_images(root, loading)
    height, width, channels = choose_form(listed, options, loading)
    images = ImageRows(listed.files, height, width, channels)
    rows: Rows = images
    count = len(listed.files)
    # Held as bytes here and as float32 later.
    in_memory = 4 * count * height * width * channels <= loading.memory_limit
    if in_memory:
        pixels = np.empty((count, channels, height, width), np.uint8)
        for start in range(0, count, 256):
            loading.progress(f"Reading images: {start / count:.0%}")
            numbers = np.arange(start, min(start + 256, count))
            pixels[numbers] = images.take(numbers)
        rows = ArrayRows(pixels)
        if images.resized:
            loading.notice(
                f"{images.resized:,} of {count:,} images had another size and were resized to {width} x {height}."
            )
    if loading.split_column and listed.split is None:
        raise DataError(
            f"{root.name!r} has no folders train and valid to split by.",
            where="data.split.method",
            remedy="Split by fraction instead.",
        )
    return Source(
        rows=rows,
        kind="image",
        target=Target(listed.classes, "class", listed.names, "classification", where="data.path"),
        fingerprint="" if loading.glancing else of_files(listed.files, root),
        divisor=255.0,
        split=listed.split if loading.split_column else None,
        where=str(root),
        decoding_is_slow=not in_memory,
    )


def choose_form(listed: ImageFiles, options: Options, loading: Loading) -> tuple[int, int, int]:
    """Return height, width and channels that all images are brought to, from a sample of them."""
    sample = listed.measure()
    sizes = [(look.height, look.width) for look in sample]
    common = max(sorted(set(sizes)), key=sizes.count)
    height, width = (options.size, options.size) if options.size else common
    if not options.size and len(set(sizes)) > 1:
        others = len(sizes) - sizes.count(common)
        loading.notice(
            f"The images have several sizes ({others:,} of {len(sizes):,} looked at are not {width} x {height}), "
            f"so all are resized to {width} x {height}; set data.size to choose another."
        )
    grey = options.colour == "grey" or (options.colour == "auto" and all(look.grey for look in sample))
    return height, width, 1 if grey else 3

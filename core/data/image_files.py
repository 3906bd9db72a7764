"""Image files by class: finding, measuring and decoding them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.data.loading import Loading
from core.data.split import split_word
from core.errors import DataError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif")
SAMPLE = 200  # images looked at to find the common size
_GREY_MODES = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "F")


class Look(NamedTuple):
    """What an image's header says."""

    height: int
    width: int
    grey: bool


@dataclass(frozen=True)
class ImageFiles:
    """Images in a fixed order, with the number of each one's class, and of its split if folders say so."""

    files: tuple[Path, ...]
    classes: NDArray[np.int64]
    names: tuple[str, ...]
    split: NDArray[np.int8] | None

    def measure(self) -> list[Look]:
        """Look at the headers of up to 200 images spread over all.  Raises DataError naming one that is none."""
        chosen = np.unique(np.linspace(0, len(self.files) - 1, min(SAMPLE, len(self.files))).astype(int))
        return [_look(self.files[number]) for number in chosen]


def list_images(root: Path, loading: Loading) -> ImageFiles:
    """Find the images below `root`: root/class/*, or root/train/class/* and so on.  Raises DataError."""
    folders = _folders(root)
    codes = [split_word(folder.name) for folder in folders]
    found: list[tuple[Path, str, int]] = []
    by_split = bool(folders) and None not in codes and 0 in codes
    if by_split:
        for folder, code in zip(folders, codes, strict=True):
            found += [(path, name.name, code or 0) for name in _folders(folder) for path in _images(name)]
        if not loading.split_column:
            loading.notice(
                f"The folders {', '.join(repr(folder.name) for folder in folders)} are put together and split anew; "
                "to keep them apart, split by the column 'folder'."
            )
    else:
        found = [(path, folder.name, 0) for folder in folders for path in _images(folder)]
        empty = [folder.name for folder in folders if not any(name == folder.name for _, name, _ in found)]
        if empty and found:
            loading.notice(f"Without an image and left out: {', '.join(repr(name) for name in empty[:8])}.")
    if not found:
        raise DataError(
            f"there are no images in folders of {root.name!r}.",
            where=str(root),
            remedy="Put PNG or JPEG files into one folder for each class.",
        )
    loose = sum(1 for entry in os.scandir(root) if entry.name.lower().endswith(ENDINGS) and entry.is_file())
    if loose:
        loading.notice(f"{loose:,} images outside a class folder are left out.")
    names = tuple(sorted({name for _, name, _ in found}))
    numbers = {name: number for number, name in enumerate(names)}
    return ImageFiles(
        tuple(path for path, _, _ in found),
        np.array([numbers[name] for _, name, _ in found], np.int64),
        names,
        np.array([code for _, _, code in found], np.int8) if by_split else None,
    )


class ImageRows:
    """Images decoded when they are asked for, as uint8 (n, channels, height, width).

    `resized` counts those that had another size.  `take` raises DataError naming the image that cannot be read.
    """

    def __init__(self, files: tuple[Path, ...], height: int, width: int, channels: int) -> None:
        self._files = files
        self.shape = (len(files), channels, height, width)
        self.resized = 0

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """Decode some images, several at a time."""
        pixels = np.empty((len(indices), *self.shape[1:]), np.uint8)

        def decode(place: int) -> bool:
            pixels[place], resized = _pixels(self._files[int(indices[place])], self.shape[1:])
            return resized

        self.resized += sum(self._threads.map(decode, range(len(indices))))
        return pixels

    def blocks(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield all images in order, 256 at a time."""
        for first in range(0, len(self._files), 256):
            yield first, self.take(np.arange(first, min(first + 256, len(self._files))))

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(min(8, os.cpu_count() or 1), "decode")


def _look(path: Path) -> Look:
    with _opened(path) as image:
        try:
            # A camera's note that the picture lies on its side swaps width and height.
            swapped = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise _unreadable(path, error) from None
        width, height = image.size if not swapped else image.size[::-1]
        return Look(height, width, image.mode in _GREY_MODES)


def _pixels(path: Path, form: tuple[int, ...]) -> tuple[NDArray[np.uint8], bool]:
    channels, height, width = form
    with _opened(path) as opened:
        try:
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith("I;16") or image.mode == "I":
                # 16 bits to 8: conversion alone would clip everything above 255.
                image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8))
            image = image.convert("L" if channels == 1 else "RGB")
            resized = image.size != (width, height)
            if resized:
                image = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
            pixels = np.asarray(image, np.uint8)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise _unreadable(path, error) from None
    return (pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)), resized


def _opened(path: Path) -> Image.Image:
    try:
        return Image.open(path)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = "it is no image" if isinstance(error, UnidentifiedImageError) else str(error).splitlines()[0][:200]
    return DataError(f"the image cannot be read: {reason}.", where=str(path), remedy="Replace or remove it.")


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def _images(folder: Path) -> list[Path]:
    return sorted(
        Path(place) / name
        for place, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(ENDINGS) and not name.startswith(".")
    )

"""Folders of images: classes by folder, one size for all, unreadable files named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data.batches import StreamingBatches
from core.data.prepare import prepare
from core.data.prepared import PreparedData
from core.data.sampler import Sampler
from core.errors import DataError
from core.spec.data import AugmentSpec, DataSpec, SplitSpec


def draw(path: Path, size: tuple[int, int] = (16, 12), value: int = 100, mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(value).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


@pytest.fixture
def images(folder: Path) -> Path:
    for name in ("cat", "dog"):
        for number in range(10):
            draw(folder / "pets 🐾" / name / f"{number}.{'png' if number % 2 else 'JPG'}", value=number)
    return folder / "pets 🐾"


def of(root: Path, limit: float = 4.0, split: SplitSpec | None = None, **options: object) -> PreparedData:
    data = DataSpec(
        kind="image_folder", options={"path": root.name, **options}, memory_limit=limit, split=split or SplitSpec()
    )
    return prepare(data, root.parent)


def test_that_folders_are_classes(images: Path) -> None:
    data = of(images)
    assert data.classes == ("cat", "dog")
    assert data.shape.input_shape == (3, 12, 16)
    assert (len(data.train), len(data.valid)) == (16, 4)


def test_that_images_stream_to_the_same_numbers(images: Path) -> None:
    held, streamed = of(images), of(images, limit=1e-6)
    assert not streamed.in_memory
    numbers = np.array([19, 0, 7])
    assert np.allclose(held.examples.inputs(numbers), streamed.examples.inputs(numbers), atol=1e-5)
    batches = StreamingBatches(streamed, Sampler(0, len(streamed.train), 5))
    seen = np.concatenate([batch.indices for batch in batches.epoch(0)])
    batches.close()
    assert np.array_equal(np.sort(seen), streamed.train)


def test_that_other_sizes_are_resized_and_told(images: Path) -> None:
    draw(images / "cat" / "big.png", size=(40, 30))
    data = of(images)
    assert data.shape.input_shape == (3, 12, 16)
    assert any("several sizes (1 of 21" in notice for notice in data.notices)
    assert any("1 of 21 images had another size and were resized to 16 x 12" in notice for notice in data.notices)
    assert of(images, size=8).shape.input_shape == (3, 8, 8)


def test_that_grey_images_have_one_channel(folder: Path) -> None:
    for name in ("a", "b"):
        for number in range(4):
            draw(folder / "grey" / name / f"{number}.png", value=number, mode="L")
    assert of(folder / "grey").shape.input_shape == (1, 12, 16)
    assert of(folder / "grey", colour="colour").shape.input_shape == (3, 12, 16)


def test_that_sixteen_bits_keep_their_greys(folder: Path) -> None:
    for name, value in (("a", 0), ("b", 65_535)):
        for number in range(3):
            path = folder / "deep" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((4, 4), value // (number + 1), np.uint16)).save(path)
    data = prepare(DataSpec(kind="image_folder", options={"path": "deep"}, standardise=False), folder)
    assert np.allclose(np.unique(data.examples.inputs(np.arange(6))), [0, 85 / 255, 127 / 255, 1], atol=0.003)


@pytest.mark.parametrize("limit", [4.0, 1e-6])
def test_that_an_unreadable_image_is_named(images: Path, limit: float) -> None:
    whole = (images / "dog" / "3.png").read_bytes()
    for content in (b"\x89PNG\r\n\x1a\nnope", whole[:200], b"", b"text"):
        (images / "dog" / "3.png").write_bytes(content)
        with pytest.raises(DataError) as caught:
            of(images, limit=limit)
        assert caught.value.where.endswith("3.png")


def test_that_folders_for_splits_are_kept_apart_when_asked(folder: Path) -> None:
    for part in ("train", "val"):
        for name in ("cat", "dog"):
            for number in range(3):
                draw(folder / "parts" / part / name / f"{number}.png", value=number)
    apart = of(folder / "parts", split=SplitSpec(method="column", column="folder"))
    assert (len(apart.train), len(apart.valid)) == (6, 6)
    together = of(folder / "parts")
    assert len(together.train) + len(together.valid) == 12
    assert any("put together and split anew" in notice for notice in together.notices)


def test_that_a_folder_without_classes_is_refused(folder: Path) -> None:
    draw(folder / "loose" / "1.png")
    with pytest.raises(DataError, match="one folder for each class"):
        of(folder / "loose")
    with pytest.raises(DataError, match="Did you mean 'loose'"):
        of(folder / "loos")
    draw(folder / "single" / "only" / "1.png")
    with pytest.raises(DataError, match="nothing to learn"):
        of(folder / "single")


def test_that_a_shift_beyond_the_image_is_refused(images: Path) -> None:
    data = DataSpec(kind="image_folder", options={"path": images.name}, augment=AugmentSpec(shift=20))
    with pytest.raises(DataError, match="cannot be shifted by 20 pixels"):
        prepare(data, images.parent)

"""The preview: what it shows, and that it says what it was made from."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import h5py
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from core.data.preview import Preview, preview
from core.data.tables import glancing
from core.errors import DataError
from core.spec.data import DataSpec


def of(folder: Path, kind: str, path: str = "", **more: Any) -> Preview:
    shown = preview({"kind": kind, **({"path": path} if path else {}), **more}, folder)
    return msgspec.json.decode(msgspec.json.encode(shown), type=Preview)


def write_csv(path: Path, rows: int) -> None:
    words = ["red", "blue", "green"]
    body = "".join(
        f"{i % 97},{words[i % 3]},{'' if i % 10 == 0 else i * 0.25},2024-01-01,{'ab'[i % 2]}\n" for i in range(rows)
    )
    path.write_text("n,colour,x,day,y\n" + body)


def test_that_a_small_csv_is_read_whole(folder: Path) -> None:
    write_csv(folder / "t.csv", 100)
    shown = of(folder, "csv", "t.csv", target="y")
    assert (shown.examples, shown.exact, shown.read) == (100, True, "all 100 rows")
    assert [column.type for column in shown.columns] == ["number", "category", "number", "date", "category"]
    assert [column.role for column in shown.columns] == ["input", "input", "input", "ignored", "target"]
    assert shown.columns[0].maximum == 96
    assert shown.columns[2].missing == 10
    assert dict(shown.columns[1].most_frequent) == {"red": 34, "blue": 33, "green": 33}
    assert [(share.name, share.count) for share in shown.class_balance] == [("a", 50), ("b", 50)]
    assert shown.first_rows[1] == ["1", "blue", "0.25", "2024-01-01", "b"]
    assert shown.task == "classification"


def test_that_a_large_csv_is_sampled_and_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glancing, "WHOLE_BYTES", 1 << 16)
    monkeypatch.setattr(glancing, "HEAD_BYTES", 1 << 15)
    monkeypatch.setattr(glancing, "PART_BYTES", 1 << 12)
    write_csv(folder / "t.csv", 100_000)
    shown = of(folder, "csv", "t.csv", target="y")
    assert not shown.exact
    assert shown.examples == pytest.approx(100_000, rel=0.05)
    assert "blocks of 4 kB spread over the file" in shown.read
    assert "rows" in shown.read
    maximum = shown.columns[2].maximum
    assert maximum is not None
    assert maximum > 24_000  # from the end of the file


def test_that_a_fault_in_the_head_is_told_as_when_training(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glancing, "WHOLE_BYTES", 100)
    (folder / "t.csv").write_text("a,y\n" + "1,p\n" * 100 + "1,2,3\n")
    with pytest.raises(DataError, match="line 102"):
        of(folder, "csv", "t.csv")


def test_that_a_useless_target_is_a_problem_and_not_an_end(folder: Path) -> None:
    (folder / "t.csv").write_text("a,y\n" + "1,p\n" * 10)
    shown = of(folder, "csv", "t.csv")
    assert shown.task == ""
    assert "nothing to learn" in shown.problem
    assert shown.first_rows


def test_that_parquet_is_looked_at_in_several_places(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glancing, "PARQUET_ROWS", 50)
    pq.write_table(
        pa.table({"a": range(1000), "l": [[1]] * 1000, "y": ["p", "q"] * 500}), folder / "t", row_group_size=200
    )
    shown = of(folder, "parquet", "t")
    assert (shown.examples, shown.exact) == (1000, True)
    assert shown.read == "150 of 1,000 rows from 3 places"
    assert shown.columns[0].maximum == 849
    assert shown.columns[1].role == "ignored"


@pytest.mark.parametrize("kind", ["numpy", "hdf5"])
def test_that_arrays_show_pictures_and_ranges(folder: Path, kind: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (5000, 12, 10), dtype=np.uint8)
    labels = np.arange(5000) % 4
    if kind == "numpy":
        np.savez(folder / "a", x=pixels, y=labels)
    else:
        with h5py.File(folder / "a.npz", "w") as file:
            file["x"], file["y"] = pixels, labels
    shown = of(folder, kind, "a.npz")
    assert shown.examples == 5000
    assert shown.input_shape == [1, 12, 10]
    assert "2,000 of 5,000 images" in shown.read
    assert [share.count for share in shown.class_balance] == [1250] * 4
    assert {picture.label for picture in shown.thumbnails} == {"0", "1", "2", "3"}
    picture = Image.open(io.BytesIO(base64.b64decode(shown.thumbnails[0].png)))
    assert picture.size == (10, 12)
    assert np.array_equal(np.asarray(picture), pixels[0])


def test_that_only_the_head_of_a_large_npz_is_unpacked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.data.sources import numpy as source

    monkeypatch.setattr(source, "GLANCE_BYTES", 4000)
    np.savez_compressed(folder / "a.npz", x=np.arange(5000.0).reshape(1000, 5), y=np.arange(1000) % 2)
    shown = of(folder, "numpy", "a.npz")
    assert shown.examples == 1000
    assert shown.read == "the first 100 of 1,000 rows"
    assert shown.columns[0].maximum == 495


def test_that_image_folders_show_some_of_each_class(folder: Path) -> None:
    for name in ("cat", "dog"):
        for number in range(30):
            path = folder / "pets" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (200, 100), (number, 0, 0)).save(path)
    shown = of(folder, "image_folder", "pets")
    assert shown.examples == 60
    assert {picture.label for picture in shown.thumbnails} == {"cat", "dog"}
    assert shown.thumbnails[0].width == 96


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "wine", "diabetes"])
def test_that_built_in_sets_are_shown(folder: Path, kind: str) -> None:
    shown = of(folder, kind)
    assert shown.exact
    assert shown.task == ("regression" if kind == "diabetes" else "classification")
    assert bool(shown.thumbnails) == (kind == "digits")
    assert all(len(row) == len(shown.columns) for row in shown.first_rows)


def test_that_a_spec_gives_the_same_preview_as_its_flat_form(folder: Path) -> None:
    write_csv(folder / "t.csv", 50)
    spec = DataSpec(kind="csv", options={"path": "t.csv", "target": "y"})
    one, other = preview(spec, folder), of(folder, "csv", "t.csv", target="y")
    assert one.columns == other.columns


def test_that_a_wrong_field_is_named(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        of(folder, "digits", split={"valid": 2})
    assert caught.value.where == "data.split.valid"


def test_that_a_very_wide_table_is_cut_and_says_so(folder: Path) -> None:
    names = ",".join(f"c{number}" for number in range(1500))
    (folder / "t.csv").write_text(f"{names}\n" + (",".join("1" for _ in range(1499)) + ",p\n") * 5)
    shown = of(folder, "csv", "t.csv")
    assert len(shown.columns) == 1001
    assert any("first 1,000 of 1,499 columns" in notice for notice in shown.notices)

"""Pictures and data that leave the window."""

from __future__ import annotations

import csv
import math
import xml.etree.ElementTree as ET

from PySide6.QtGui import QImage


def _export(view, path, kind):
    said: list[str] = []
    view.exporting.done.connect(said.append)
    view.exporting.failed.connect(said.append)
    view.exporting.write(path, kind)
    return said[0]


def test_that_a_png_is_twice_as_sharp_as_the_screen(view, a_run, settled, tmp_path) -> None:
    view.set_runs([a_run.shown()])
    settled()
    assert "Exported" in _export(view, tmp_path / "a.png", "png")
    image = QImage(str(tmp_path / "a.png"))
    assert image.width() == 2 * (view.plots[0].width() + 32)
    assert len({image.pixel(x, image.height() // 2) for x in range(0, image.width(), 3)}) > 5


def test_that_an_svg_holds_lines_and_not_a_picture(view, a_run, settled, tmp_path) -> None:
    view.set_runs([a_run.shown()])
    settled()
    _export(view, tmp_path / "a.svg", "svg")
    names = {element.tag.rpartition("}")[2] for element in ET.parse(tmp_path / "a.svg").iter()}
    assert {"path", "text"} & names
    assert names & {"polyline", "path"}


def test_that_a_csv_holds_every_point(view, a_run, settled, tmp_path) -> None:
    a_run.points("train/loss", [1001], [math.nan])
    view.set_runs([a_run.shown("kept, with comma")])
    settled()
    _export(view, tmp_path / "a.csv", "csv")
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["run", "metric", "step", "examples", "virtual_epoch", "time_s", "value"]
    assert len(rows) == 1000 + 100 + 1
    last = next(row for row in rows if row["step"] == "1001")
    assert last["value"] == "nan"
    assert (last["run"], last["metric"]) == ("kept, with comma", "train/loss")
    assert float(last["virtual_epoch"]) == 16 * 1001 / 320


def test_that_a_failed_export_says_why(view, a_run, settled, tmp_path) -> None:
    view.set_runs([a_run.shown()])
    settled()
    assert "could not be written" in _export(view, tmp_path / "missing" / "a.csv", "csv")

"""Bad tables: each gets one sentence that says where and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data.prepare import prepare
from core.data.prepared import PreparedData
from core.errors import DataError
from core.spec.data import AugmentSpec, DataSpec, SplitSpec

Prepare = Callable[..., PreparedData]

GOOD = "a,y\n" + "1,p\n2,q\n" * 10


@pytest.mark.parametrize(
    ("text", "options", "where", "says"),
    [
        ("", {}, "table 📈.csv", "the file is empty"),
        ("\ufeff\n\n", {}, "table 📈.csv", "the file is empty"),
        ("a,b,y\n", {}, "table 📈.csv", "a header line and no rows"),
        ("a,y\n" + "1,2\n" * 9 + "3\n1,2\n", {}, "csv, line 11", "has 1 value where the header has 2"),
        ("a,y\n1,2\n1,2,3\n", {}, "csv, line 3", "has 3 values where the header has 2"),
        (b"a,y\n1,2\ncaf\xe9,3\n", {}, "csv, line 3", "byte 4 of the line (0xe9) is not UTF-8"),
        ("a,y\n1,2\n".encode("utf-16"), {}, "table 📈.csv", "is UTF-16"),
        (b"caf\xe9,y\n1,2\n", {}, "csv, line 1", "names of the columns are not UTF-8"),
        (bytes(range(256)) * 4, {}, "table 📈.csv", "not text"),
        ("a,y,a\n1,2,3\n", {}, "csv, line 1", "columns 1 and 3 are both called 'a'"),
        ('a,y\n1,2\n1,"2\n1,2\n', {}, "csv, line 3", "a quote is opened and never closed"),
        ('a,y\n1,2\n"1,2\n1,2\n', {}, "csv, line 3", "is a quote never closed?"),
        ("a,y\n" + "1,p\n" * 9, {}, "data.target", "is 'p' in every row"),
        ("a,y\n" + "1,5\n" * 9, {}, "data.target", "is 5 in every row"),
        ("a,y\n" + "1,\n" * 9, {}, "data.target", "missing in every row"),
        ("a,y\n1,2024-01-02\n2,2024-01-03\n", {}, "data.target", "holds dates"),
        (GOOD, {"target": "x"}, "data.target", "has no column 'x'"),
        (GOOD, {"columns": ["aa"]}, "data.columns", "has no column 'aa'. Did you mean 'a'?"),
        (GOOD, {"target": "y", "ignore": ["a"]}, "data.columns", "no column is left"),
        (GOOD, {"task": "regression"}, "data.task", "holds words such as 'p'"),
        (GOOD, {"delimitter": "auto"}, "data.delimitter", "Did you mean 'delimiter'?"),
        (GOOD, {"delimiter": "comma,"}, "data.delimiter", "comma,"),
        (GOOD, {"encoding": "utf-9"}, "data.encoding", "no encoding 'utf-9'"),
        (GOOD, {"max_categories": 0}, "data.max_categories", ">= 2"),
        ("a,y\n,p\n,q\n", {}, "data.columns", "no column is left to learn from"),
        ("a,y\r1,p\r2,q\r", {}, "table 📈.csv", "end in a carriage return alone"),
        ("a,y\n" + "".join(f"1,{2**60 + row}\n" for row in range(9)), {}, "data.target", "too large to be told apart"),
    ],
)
def test_that_a_bad_table_is_refused_in_a_sentence(
    prepared_csv: Prepare, text: str | bytes, options: dict[str, object], where: str, says: str
) -> None:
    with pytest.raises(DataError) as caught:
        prepared_csv(text, **options)
    assert where in caught.value.where
    assert says in str(caught.value)
    assert "\n" not in str(caught.value).replace(caught.value.where, "")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "no file is given"),
        ("tabel.csv", "Did you mean 'table.csv'?"),
        (".", "is not a file"),
        ("no/t.csv", "no/t"),
    ],
)
def test_that_a_missing_file_is_named(folder: Path, path: str, says: str) -> None:
    (folder / "table.csv").write_text(GOOD)
    with pytest.raises(DataError) as caught:
        prepare(DataSpec(kind="csv", options={"path": path}), folder)
    assert caught.value.where == "data.path"
    assert says in str(caught.value)


def test_that_a_class_with_one_example_stays_in_training(prepared_csv: Prepare) -> None:
    data = prepared_csv(GOOD + "3,r\n")
    assert data.examples.targets(data.train).tolist().count(2) == 1
    assert any("Class 'r' has one example" in notice for notice in data.notices)


def test_that_an_unknown_source_is_told_the_nearest(folder: Path) -> None:
    with pytest.raises(DataError, match="Did you mean 'csv'"):
        prepare(DataSpec(kind="cvs"), folder)


def test_that_only_images_are_augmented(folder: Path) -> None:
    with pytest.raises(DataError, match="only images can be augmented") as caught:
        prepare(DataSpec(kind="wine", augment=AugmentSpec(flip=True)), folder)
    assert caught.value.where == "data.augment.flip"


@pytest.mark.parametrize(
    ("split", "where", "says"),
    [
        (SplitSpec(method="column"), "data.split.column", "no column is named"),
        (SplitSpec(method="column", column="z"), "data.split.column", "has no column 'z'"),
        (SplitSpec(method="column", column="s"), "data.split.column", "says 'oops' in 1 row."),
        (SplitSpec(method="column", column="e"), "data.split.column", "no row says train"),
        (SplitSpec(method="column", column="o"), "data.split", "of one class only"),
        (SplitSpec(valid=0.6, test=0.5), "data.split.valid", "leave no examples to train on"),
    ],
)
def test_that_an_impossible_split_is_refused(prepared_csv: Prepare, split: SplitSpec, where: str, says: str) -> None:
    text = "a,s,e,o,y\n" + "1,train,valid,train,p\n2,valid,test,valid,q\n" * 5 + "3,oops,valid,valid,q\n"
    with pytest.raises(DataError) as caught:
        prepared_csv(text, split, target="y")
    assert caught.value.where == where
    assert says in str(caught.value)


def test_that_a_table_far_too_wide_for_categories_is_refused(prepared_csv: Prepare) -> None:
    header = ",".join(f"c{i}" for i in range(1000))
    body = "".join(",".join(f"w{row % 60}" for _ in range(999)) + f",{row % 2}\n" for row in range(240))
    with pytest.raises(DataError, match=r"more than 50,000 inputs. Choose fewer columns"):
        prepared_csv(f"{header}\n{body}")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([f"{row - 10}e307" for row in range(20)], "Too large to average, so always 0 for the model: 'a'."),
        ([str(2**60 + row) for row in range(20)], "Too large to be told apart as float64"),
        ([f"{row + 1}e-320" for row in range(20)], "Too small to scale"),
        (["7"] * 20, "Constant in the training split"),
    ],
)
def test_that_a_column_that_cannot_be_scaled_is_told_why_and_harms_nothing(
    prepared_csv: Prepare, values: list[str], says: str
) -> None:
    data = prepared_csv("a,b,y\n" + "".join(f"{value},{row},{'pq'[row % 2]}\n" for row, value in enumerate(values)))
    assert [says in notice for notice in data.notices].count(True) == 1
    inputs = data.examples.inputs(np.arange(20))
    assert np.isfinite(inputs).all()
    assert (inputs[:, 0] == 0).all()

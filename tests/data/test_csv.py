"""CSV that can be trained on: types, gaps, categories, targets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.data.held import HeldExamples
from core.data.prepare import prepare
from core.data.prepared import PreparedData
from core.data.streamed import StreamedExamples
from core.spec.data import DataSpec, SplitSpec

Prepare = Callable[..., PreparedData]

BY_COLUMN = SplitSpec(method="column", column="s")


def rows(count: int, form: str) -> str:
    return "".join(form.format(i=i, half=i * 0.5, odd="yes" if i % 2 else "no", c="abc"[i % 3]) for i in range(count))


def inputs_of(data: PreparedData) -> np.ndarray:
    assert isinstance(data.examples, HeldExamples)
    return data.examples.all_inputs


def test_that_mixed_columns_get_their_types(prepared_csv: Prepare) -> None:
    data = prepared_csv("n,flag,colour,day,y\n" + rows(60, "{half},{odd},{c},2024-01-02,{odd}\n"), target="y")
    assert data.input_names == ("n", "flag", "colour = a", "colour = b", "colour = c")
    assert data.shape.task == "classification"
    assert data.classes == ("no", "yes")
    assert any("'day' is ignored: it holds dates" in notice for notice in data.notices)
    flags = inputs_of(data)[:, 1]
    assert len(np.unique(flags)) == 2
    assert set(np.unique(inputs_of(data)[:, 2:])) == {0.0, 1.0}
    assert (inputs_of(data)[:, 2:].sum(axis=1) == 1).all()


def test_that_scaling_comes_from_the_training_split_alone(prepared_csv: Prepare) -> None:
    text = "a,s,y\n" + rows(50, "{half},train,{odd}\n") + rows(50, "{i}00000,valid,{odd}\n")
    data = prepared_csv(text, BY_COLUMN, target="y")
    train = inputs_of(data)[data.train, 0]
    assert float(train.mean()) == pytest.approx(0, abs=1e-5)
    assert float(train.std()) == pytest.approx(1, abs=1e-5)
    assert data.input_scale is not None
    assert float(data.input_scale[0][0]) == pytest.approx(12.25)


def test_that_a_column_constant_in_training_stays_zero_in_validation(prepared_csv: Prepare) -> None:
    text = "a,b,s,y\n" + rows(40, "7.1,{i},train,{odd}\n") + rows(10, "1e9,{i},valid,{odd}\n")
    data = prepared_csv(text, BY_COLUMN, target="y")
    assert (inputs_of(data)[:, 0] == 0).all()
    assert any("Constant in the training split" in notice and "'a'" in notice for notice in data.notices)


def test_that_gaps_are_filled_with_the_training_splits_median(prepared_csv: Prepare) -> None:
    text = "a,s,y\n1,train,p\n2,train,q\n3,train,p\n,train,q\nNA,valid,p\n100,valid,q\n"
    data = prepared_csv(text, BY_COLUMN, target="y", standardise=False)
    assert inputs_of(data)[:, 0].tolist() == [1, 2, 3, 2, 2, 100]
    assert any("'a' 2" in notice for notice in data.notices)


def test_that_missing_categories_are_a_category_and_unseen_ones_are_told(prepared_csv: Prepare) -> None:
    text = "c,s,y\n" + "u,train,p\nv,train,q\n,train,p\n" * 5 + "w,valid,p\nu,valid,q\n"
    data = prepared_csv(text, BY_COLUMN, target="y")
    assert data.input_names == ("c = u", "c = v", "c = (missing)")
    assert inputs_of(data)[2].tolist() == [0, 0, 1]
    assert inputs_of(data)[15].tolist() == [0, 0, 0]
    assert any("1 held-out value of categories" in notice and "'w'" in notice for notice in data.notices)


def test_that_the_rarest_categories_share_one_input(prepared_csv: Prepare) -> None:
    text = "c,y\n" + "a,p\na,q\nb,p\nb,q\nc,p\nd,q\n" * 10
    data = prepared_csv(text, SplitSpec(method="none"), max_categories=2)
    assert data.input_names == ("c = a", "c = b", "c = (other)")
    assert inputs_of(data)[4:6].tolist() == [[0, 0, 1], [0, 0, 1]]


def test_that_rows_without_a_target_are_counted_and_left_out(prepared_csv: Prepare) -> None:
    data = prepared_csv("a,y\n" + "1,p\n2,q\n3,\n" * 10)
    assert len(data.examples) == 20
    assert any("10 of 30 rows have no value in the target 'y'" in notice for notice in data.notices)


@pytest.mark.parametrize(
    ("form", "task"),
    [("{i},{c}\n", "classification"), ("{i},{odd}\n", "classification"), ("{i},{half}\n", "regression")],
)
def test_that_the_task_follows_from_the_target(prepared_csv: Prepare, form: str, task: str) -> None:
    assert prepared_csv("a,y\n" + rows(60, form)).shape.task == task


def test_that_few_whole_numbers_are_classes_unless_said_otherwise(prepared_csv: Prepare) -> None:
    text = "a,y\n" + "".join(f"{i},{i % 5}\n" for i in range(60))
    assert prepared_csv(text).classes == ("0", "1", "2", "3", "4")
    data = prepared_csv(text, task="regression")
    assert data.shape.task == "regression"
    assert data.classes == ()


def test_that_numbers_to_predict_are_standardised_and_can_be_turned_back(prepared_csv: Prepare) -> None:
    data = prepared_csv("a,y\n" + rows(100, "{i},{half}\n"))
    targets = data.examples.targets(np.arange(100))
    mean, deviation = data.target_scale
    assert targets.shape == (100, 1)
    assert targets.dtype == np.float32
    assert float(targets[data.train].mean()) == pytest.approx(0, abs=1e-5)
    assert np.allclose(targets[:, 0] * deviation + mean, np.arange(100) * 0.5, atol=1e-3)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_that_the_delimiter_is_found(prepared_csv: Prepare, sign: str) -> None:
    data = prepared_csv("a,b,y\n".replace(",", sign) + rows(30, "{i},{half},{odd}\n").replace(",", sign))
    assert data.input_names == ("a", "b")


def test_that_decimal_commas_are_read(prepared_csv: Prepare) -> None:
    data = prepared_csv("a;y\n" + rows(30, "{i},5;{odd}\n"), standardise=False)
    assert sorted(inputs_of(data)[:, 0].tolist())[:3] == [0.5, 1.5, 2.5]


def test_that_byte_order_mark_quotes_and_windows_lines_are_read(prepared_csv: Prepare) -> None:
    text = '\ufeff"a","my, column",y\r\n' + '1,"x\r\ny",p\r\n2,"say ""z""",q\r\n' * 10
    data = prepared_csv(text)
    assert data.input_names == ("a", 'my, column = say "z"', "my, column = x\r\ny")


def test_that_a_file_without_a_header_and_without_a_last_line_end_is_read_whole(prepared_csv: Prepare) -> None:
    data = prepared_csv("\ufeff" + rows(20, "{i},{odd}\n").rstrip("\n"), header=False)
    assert data.input_names == ("column 1",)
    assert len(data.examples) == 20


def test_that_blanks_around_values_do_not_matter(prepared_csv: Prepare) -> None:
    data = prepared_csv("a , c , y\n" + rows(30, " {i} , {c} , {odd} \n") + " NA , NA , yes\n")
    assert data.input_names[0] == "a"
    assert data.input_names[1:4] == ("c = a", "c = b", "c = c")


def test_that_another_encoding_can_be_chosen(prepared_csv: Prepare) -> None:
    for encoding in ("latin-1", "utf-16"):
        data = prepared_csv(("a,y\n" + "1,café\n2,thé\n" * 10).encode(encoding), encoding=encoding)
        assert data.classes == ("café", "thé")


def test_that_a_word_among_numbers_counts_as_missing_and_is_told(prepared_csv: Prepare) -> None:
    data = prepared_csv("a,y\n" + rows(100, "{i},{odd}\n") + "oops,no\n")
    assert data.input_names == ("a",)
    assert any("1 value no number (the first is 'oops' in row 101)" in notice for notice in data.notices)


def test_that_identifiers_are_left_out_and_infinite_values_are_gaps(prepared_csv: Prepare) -> None:
    data = prepared_csv("id,a,y\n" + rows(300, "user{i},{i},{odd}\n") + "u,inf,no\n")
    assert data.input_names == ("a",)
    assert any("identifier or free text" in notice for notice in data.notices)
    assert any("1 infinite value," in notice for notice in data.notices)


def test_that_numbers_may_be_read_as_categories(prepared_csv: Prepare) -> None:
    data = prepared_csv("a,b,y\n" + "10,1,p\n9,2,q\n" * 10, categorical=["a"])
    assert data.input_names == ("a = 9", "a = 10", "b")


def test_that_columns_are_chosen_and_ignored(prepared_csv: Prepare) -> None:
    text = "a,b,c,y\n" + "1,2,3,p\n4,5,6,q\n" * 10
    assert prepared_csv(text, columns=["c", "a"]).input_names == ("c", "a")
    assert prepared_csv(text, ignore=["b"]).input_names == ("a", "c")
    assert prepared_csv(text, target="a").input_names == ("b", "c", "y = p", "y = q")


def test_that_five_thousand_columns_work(prepared_csv: Prepare) -> None:
    header = ",".join(f"c{i}" for i in range(5000))
    body = "".join(",".join(str((i * row) % 17) for i in range(4999)) + f",{row % 2}\n" for row in range(20))
    data = prepared_csv(f"{header}\n{body}")
    assert data.shape.input_shape == (4999,)


def test_that_a_table_larger_than_memory_gives_the_same_numbers_from_its_copy(
    prepared_csv: Prepare, folder: Path
) -> None:
    text = "n,flag,colour,s,y\n" + rows(200, "{half},{odd},{c},train,{odd}\n") + ",,,valid,no\n"
    held = prepared_csv(text, BY_COLUMN, target="y")
    for _ in range(2):  # once converting, once from the copy
        streamed = prepared_csv(text, BY_COLUMN, target="y", memory_limit=1e-6)
        assert isinstance(streamed.examples, StreamedExamples)
        assert not streamed.in_memory
        numbers = np.array([200, 3, 77])
        assert np.allclose(streamed.examples.inputs(numbers), held.examples.inputs(numbers), atol=1e-6)
        assert np.array_equal(streamed.examples.targets(numbers), held.examples.targets(numbers))
        assert streamed.fingerprint == held.fingerprint
        assert any("converted copy" in notice for notice in streamed.notices)
    (folder / "table 📈.csv").write_text("n,flag,colour,s,y\n" + rows(100, "{i},{odd},{c},train,{odd}\n"))
    changed = prepare(
        DataSpec(kind="csv", options={"path": "table 📈.csv", "target": "y"}, split=BY_COLUMN, memory_limit=1e-6),
        folder,
    )
    assert len(changed.examples) == 100


def test_that_the_same_file_and_spec_give_the_same_data(prepared_csv: Prepare) -> None:
    text = "a,c,y\n" + rows(100, "{half},{c},{odd}\n")
    one, other = prepared_csv(text), prepared_csv(text)
    assert np.array_equal(one.train, other.train)
    assert np.array_equal(inputs_of(one), inputs_of(other))
    assert one.fingerprint == other.fingerprint
    assert prepared_csv(text + "1,a,no\n").fingerprint != one.fingerprint

"""Reading, completing and writing whole specs."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import SpecError
from core.spec.catalog import Catalog
from core.spec.complete_schema import spec_schema
from core.spec.json_schema import Schema
from core.spec.read import (
    digest,
    problems_of,
    read_frozen,
    read_spec,
    spec_from_dict,
    to_dict,
    write_spec,
)
from core.spec.schema import check
from core.spec.toml import parse_toml


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_that_an_empty_spec_is_complete_with_defaults(tmp_path: Path, catalog: Catalog) -> None:
    spec = read_spec(write(tmp_path / "a.toml", ""), catalog=catalog)
    assert spec.model.options == {"hidden": [128, 128], "dropout": 0.0, "activation": "relu"}
    assert spec.data.options == {"flat": False}
    assert spec.training.optimizer.learning_rate == 0.001


def test_that_options_stand_flat_beside_the_kind(catalog: Catalog) -> None:
    spec = spec_from_dict({"model": {"kind": "cnn", "channels": [4]}}, catalog)
    assert spec.model.options["channels"] == [4]
    assert spec.model.options["norm"] == {"kind": "none", "momentum": 0.1}
    assert to_dict(spec)["model"]["channels"] == [4]


def test_that_the_file_stands_in_the_error(tmp_path: Path, catalog: Catalog) -> None:
    file = write(tmp_path / "my spec 🙂.toml", "[training]\nbatch_size = 0\nema = 3\n")
    with pytest.raises(SpecError) as caught:
        read_spec(file, catalog=catalog)
    assert str(file) in str(caught.value)
    assert "training.batch_size" in str(caught.value)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ("name = 'a'\n[training\n", ":2", "Not valid TOML"),
        ("name = \n", ":1", "Not valid TOML"),
        ("a = [1,\n2", ":2", "Not valid TOML"),
        ("name = 'a'\nname = 'b'\n", ":2", "overwrite"),
        ("[a.b]\n[a.b]\n", ":2", "cannot declare a.b twice"),
        (b"name = 'a'\nnotes = '\xff\xfe'\n", ":2", "UTF-8"),
        ("name = 'a'".encode("utf-16"), ":1", "UTF-8"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), ":1", "UTF-8"),
        ("a = " + "[" * 5000, "", "nested too deeply"),
    ],
)
def test_that_a_file_that_is_not_toml_is_refused_with_its_line(
    tmp_path: Path, catalog: Catalog, content: str | bytes, place: str, words: str
) -> None:
    file = write(tmp_path / "a.toml", content)
    with pytest.raises(SpecError) as caught:
        read_spec(file, catalog=catalog)
    assert caught.value.where == f"{file}{place}"
    assert words in caught.value.message


def test_that_a_folder_or_a_missing_file_is_one_sentence(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(SpecError, match="is a folder"):
        read_spec(tmp_path, catalog=catalog)
    with pytest.raises(SpecError, match="no such file"):
        read_spec(tmp_path / "none.toml", catalog=catalog)


def test_that_a_byte_order_mark_does_no_harm(tmp_path: Path, catalog: Catalog) -> None:
    file = write(tmp_path / "a.toml", b"\xef\xbb\xbfname = 'a'\n")
    assert read_spec(file, catalog=catalog).name == "a"


def test_that_overrides_win_over_the_file(tmp_path: Path, catalog: Catalog) -> None:
    file = write(tmp_path / "a.toml", "[training]\nbatch_size = 8\n")
    assert read_spec(file, ["training.batch_size=16"], catalog).training.batch_size == 16


def test_that_a_broken_component_is_refused_with_the_last_line_of_its_traceback(catalog: Catalog) -> None:
    (problem,) = problems_of({"model": {"kind": "broken.Net"}}, catalog)
    assert "ZeroDivisionError: division by zero" in str(problem)
    assert "components/broken.py" in str(problem)


def test_that_any_class_of_a_broken_file_is_refused_with_the_files_own_fault(catalog: Catalog) -> None:
    (problem,) = problems_of({"model": {"kind": "broken.Another"}}, catalog)
    assert "broken.Another cannot be used: ZeroDivisionError" in str(problem)


def test_that_the_digest_is_that_of_the_file(tmp_path: Path, catalog: Catalog) -> None:
    spec = spec_from_dict({"name": "größe 🙂"}, catalog)
    text = write_spec(spec)
    assert digest(spec) == hashlib.sha256(text.encode()).hexdigest()


def test_that_a_frozen_spec_is_read_without_its_components(tmp_path: Path, catalog: Catalog) -> None:
    spec = spec_from_dict({"model": {"kind": "cnn"}, "data": {"kind": "csv", "path": "x.csv"}}, catalog)
    text = write_spec(spec).replace('"cnn"', '"gone.Net"')
    frozen = read_frozen(write(tmp_path / "spec.toml", text))
    assert frozen.model.kind == "gone.Net"
    assert frozen.model.options["channels"] == [16, 32]
    assert write_spec(frozen) == text


def test_that_a_damaged_frozen_spec_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="batch_size"):
        read_frozen(write(tmp_path / "spec.toml", "[training]\nbatch_size = 'x'\n"))


def value_of(schema: Schema) -> st.SearchStrategy[Any]:
    """Values that fit a schema by themselves."""
    if "anyOf" in schema:
        return st.one_of([value_of(branch) for branch in schema["anyOf"] if "x-error" not in branch])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "integer":
            return st.integers(schema.get("minimum", -(2**40)), schema.get("maximum", 2**40))
        case "number":
            least = schema.get("minimum", schema.get("exclusiveMinimum", -1e9))
            most = schema.get("maximum", schema.get("exclusiveMaximum", 1e9))
            return st.floats(least, most).filter(lambda value: not check(value, schema, "x"))
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True).filter(lambda text: not check(text, schema, "x"))
        case "string":
            return st.text(min_size=schema.get("minLength", 0), max_size=20).filter(
                lambda text: not check(text, schema, "x")
            )
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            return st.lists(value_of(schema["items"]), max_size=3)
        case _:
            parts = {name: value_of(child) for name, child in schema["properties"].items()}
            needed = {"kind", *schema.get("required", ())}
            always = {name: part for name, part in parts.items() if name in needed}
            rest = {name: part for name, part in parts.items() if name not in needed}
            return st.fixed_dictionaries(always, optional=rest)


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_that_a_frozen_spec_reads_back_to_the_same_bytes(
    data: st.DataObject, catalog: Catalog, tmp_path_factory: pytest.TempPathFactory
) -> None:
    given_table = without_nothing(data.draw(value_of(spec_schema(catalog))))
    assert check(given_table, spec_schema(catalog), "") == []
    if problems_of(given_table, catalog):
        return  # impossible together; each rule has its own test
    spec = spec_from_dict(given_table, catalog)
    text = write_spec(spec)
    again = spec_from_dict(parse_toml(text), catalog)
    assert again == spec
    assert write_spec(again) == text
    file = tmp_path_factory.getbasetemp() / "frozen.toml"
    file.write_bytes(text.encode())
    assert write_spec(read_frozen(file)) == text


def without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nothing(item) for key, item in value.items() if item is not None}
    return [without_nothing(item) for item in value] if isinstance(value, list) else value


def test_that_reading_specs_is_quick_to_import() -> None:
    code = (
        "import sys, time; import msgspec, tomllib, difflib; start = time.process_time(); import core.spec.read; "
        "print(time.process_time() - start); "
        "assert not {'torch', 'numpy', 'PySide6', 'optuna'} & set(sys.modules)"
    )
    seconds = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(seconds) < 0.1

"""What cannot work together is refused, each in a sentence that says why."""

from __future__ import annotations

from typing import Any

import pytest

from core.spec.catalog import Catalog
from core.spec.read import problems_of, spec_from_dict
from core.spec.rules import RULES, impossible_with

SGD = {"kind": "sgd", "momentum": 0, "nesterov": True}
FEW = {"num_checkpoints": 0}

# path of the field blamed, words of the sentence, spec
IMPOSSIBLE: list[tuple[str, str, dict[str, Any]]] = [
    ("data.split.valid", "Nothing is left", {"data": {"split": {"valid": 0.5, "test": 0.5}}}),
    ("data.split.column", "no column", {"data": {"split": {"method": "column"}}}),
    (
        "data.split.column",
        "is the target",
        {"data": {"kind": "csv", "path": "a", "target": "y", "split": {"method": "column", "column": "y"}}},
    ),
    ("data.path", "No file", {"data": {"kind": "csv"}}),
    ("training.optimizer.nesterov", "momentum is 0", {"training": {"optimizer": SGD}}),
    ("training.stages.0.optimizer.nesterov", "momentum is 0", {"training": {"stages": [{"optimizer": SGD}]}}),
    ("training.loss.weights", "none are", {"training": {"loss": {"kind": "cross_entropy", "balance": "given"}}}),
    ("training.loss.weights", "set to none", {"training": {"loss": {"kind": "cross_entropy", "weights": [1]}}}),
    (
        "training.loss.weights",
        "teach nothing",
        {"training": {"loss": {"kind": "cross_entropy", "balance": "given", "weights": [0.0, 0.0]}}},
    ),
    ("training.monitor", "split/name", {"training": {"monitor": "accuracy"}}),
    ("training.monitor", "no metric acuracy", {"training": {"monitor": "valid/acuracy"}}),
    ("training.monitor", "never looked at", {"training": {"monitor": "test/loss"}}),
    ("training.monitor", "only the loss", {"training": {"monitor": "train/accuracy"}}),
    ("training.monitor", "counts classes", {"training": {"monitor": "valid/accuracy", "loss": {"kind": "mse"}}}),
    ("training.monitor", "measures numbers", {"training": {"monitor": "valid/r2", "loss": {"kind": "cross_entropy"}}}),
    ("training.select", "held out", {"data": {"split": {"method": "none"}}}),
    ("training.select", "held out", {"data": {"split": {"valid": 0}}}),
    (
        "training.early_stopping.patience",
        "held out",
        {"data": {"split": {"valid": 0}}, "training": {"select": "last", "early_stopping": {"patience": 3}}},
    ),
    (
        "training.schedule",
        "held out",
        {"data": {"split": {"valid": 0}}, "training": {"select": "last", "schedule": {"kind": "plateau"}}},
    ),
    ("training.select", "evaluation is off", {"training": {"evaluate": {"unit": "off"}}}),
    ("training.accumulate", "in 8 parts", {"training": {"batch_size": 4, "accumulate": 8}}),
    ("compute.precision", "graphics processor", {"compute": {"device": "cpu", "precision": "fp16"}}),
    ("training.budget.stop_point", "whole number", {"training": {"budget": {"unit": "steps", "stop_point": 3.5}}}),
    ("training.evaluate.interval", "whole number", {"training": {"evaluate": {"unit": "steps", "interval": 0.5}}}),
    ("training.stages.1.name", "two stages called a", {"training": {"stages": [{"name": "a"}, {"name": "a"}]}}),
    (
        "training.schedule.warmup",
        "past the first drop",
        {"training": {"schedule": {"kind": "step", "every": 0.1, "warmup": 0.2}}},
    ),
    ("training.on_non_finite", "none is saved", {"training": {"on_non_finite": "roll_back"}, "checkpoints": FEW}),
    (
        "training.on_non_finite",
        "none is saved",
        {
            "training": {"on_non_finite": "roll_back"},
            "checkpoints": {"num_checkpoints": 0, "every": {"unit": "epochs", "interval": 20}},
        },
    ),
    ("compute.restarts", "none is saved", {"compute": {"restarts": 1}, "checkpoints": FEW}),
    ("training.early_stopping.patience", "outlast", {"training": {"early_stopping": {"patience": 21}}}),
]

POSSIBLE: list[dict[str, Any]] = [
    {},
    {"data": {"split": {"method": "column", "column": "fold", "stratify": True}}},
    {"data": {"split": {"valid": 0}}, "training": {"select": "last"}},
    {"data": {"split": {"method": "none"}}, "training": {"monitor": "train/loss", "early_stopping": {"patience": 2}}},
    {"training": {"loss": {"kind": "cross_entropy", "balance": "given", "weights": [1, 0]}}},
    {"training": {"optimizer": {"kind": "sgd", "nesterov": True}}},
    {"compute": {"precision": "fp16"}},
    {"training": {"on_non_finite": "roll_back"}, "checkpoints": {"num_checkpoints": 0, "every": {"unit": "seconds"}}},
    {"training": {"budget": {"unit": "epochs", "stop_point": 3.5}}},
    {"training": {"stages": [{}, {}]}},
]


@pytest.mark.parametrize(("path", "words", "spec"), IMPOSSIBLE)
def test_that_an_impossible_combination_is_refused_where_it_is(
    catalog: Catalog, path: str, words: str, spec: dict[str, Any]
) -> None:
    problems = problems_of(spec, catalog)
    assert [problem.path for problem in problems] == [path]
    assert words in problems[0].message
    assert problems[0].remedy


@pytest.mark.parametrize("spec", POSSIBLE)
def test_that_a_possible_combination_is_taken(catalog: Catalog, spec: dict[str, Any]) -> None:
    assert problems_of(spec, catalog) == []


def test_that_every_rule_says_what_it_holds() -> None:
    assert all(rule.__doc__ for rule in RULES)


def test_that_what_is_monitored_must_be_measured_for_the_task_and_on_something() -> None:
    spec = spec_from_dict({"training": {"monitor": "valid/r2"}})
    (problem,) = impossible_with(spec, "classification", has_validation=True)
    assert problem.path == "training.monitor"
    assert "not measured for classification" in problem.message
    assert not list(impossible_with(spec, "regression", has_validation=True))
    (problem,) = impossible_with(spec, "regression", has_validation=False)
    assert problem.path == "training.select"
    unused = spec_from_dict({"training": {"monitor": "valid/r2", "select": "last"}})
    assert not list(impossible_with(unused, "classification", has_validation=False))

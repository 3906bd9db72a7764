"""The whole comparison, part by part.  In the child process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from core.comparison import notes
from core.comparison.common import Common, common_examples, split_of, subset
from core.comparison.forward import WATCHED, Ints, Passed, data_of, pass_examples
from core.comparison.histograms import activation_histograms, weight_histograms
from core.comparison.line import line
from core.comparison.opening import DataSets, Opened, device_for, open_checkpoint
from core.comparison.predictions import (
    Classes,
    Values,
    confusions,
    flipped_classes,
    moved_values,
    residuals,
)
from core.comparison.progress import Reporter
from core.comparison.recorded import metric_rows, spec_rows
from core.comparison.request import Progress, Request
from core.comparison.result import Absent, ComparedCheckpoint, Comparison, Examples, Flipped, Part
from core.comparison.shown import show
from core.comparison.similarity import LEAST, similarities
from core.comparison.weights import comparable, layer_rows
from core.engine.metrics import split_metrics
from core.engine.seeds import arithmetic
from core.errors import BadInput, DataError
from core.jobs.environment import usable_cores
from core.runs.workspace import Workspace

MOST_CLASSES = 1000  # a confusion matrix of a million counts; beyond it none is given


def compare(request: Request, tell: Callable[[Progress], None]) -> Comparison:
    """Return the comparison that is asked for.

    Raises BadInput for a request that names fewer than two checkpoints or one that is not there, CheckpointError for a
    damaged one, SpecError and ComponentError where a model cannot be built.
    """
    if len(request.checkpoints) < 2:
        raise BadInput("A comparison takes at least two checkpoints.")
    began = time.time()
    workspace = Workspace(Path(request.workspace))
    runs = [workspace.find(name) for name, _ in request.checkpoints]
    environment = runs[0].record().environment
    # As many threads as the run had, because the last digits depend on it; more than there are cores only hinder.
    threads = min(environment.threads, usable_cores()) if environment else 0
    with arithmetic(threads, deterministic=False):
        report = Reporter(tell)
        report.doing("Loading data and models")
        data_sets, device = DataSets(workspace.path, report.doing), device_for(runs[0])
        steps = [step for _, step in request.checkpoints]
        opened = [open_checkpoint(run, step, data_sets, device) for run, step in zip(runs, steps, strict=True)]
        comparison = Comparing(request, workspace, opened, report).all()
    comparison.made, comparison.seconds = began, round(time.time() - began, 3)
    return comparison


class Comparing:
    """Makes the parts of one comparison, the first checkpoint being the reference."""

    def __init__(self, request: Request, workspace: Workspace, opened: list[Opened], report: Reporter) -> None:
        self.choice, self.workspace, self.opened, self.report = request.choice, workspace, opened, report
        self.first, self.others = opened[0], list(enumerate(opened))[1:]
        self.common: Common = common_examples(opened)
        self.same = [why is None for why in self.common.why]
        self.alike = [one.is_like(self.first) for one in opened]
        self.result = Comparison(
            task="classification" if self._classes() else "regression",
            checkpoints=[self._about(number) for number in range(len(opened))],
            spec=spec_rows([one.run.raw_spec() for one in opened]),
        )

    def all(self) -> Comparison:
        """Make every part that these checkpoints allow, and say why the others are absent."""
        self.report.doing("Comparing weights")
        self.result.layers = layer_rows(self.opened)
        self.result.weights = weight_histograms(self.opened, self.choice.bins)
        self.report.plan(self._work())
        passed = self._measure()
        self._examples_one_by_one(passed)
        self._representations()
        self._lines()
        self._say_absent()
        self.result.notes += notes.about(self.opened, self.common, self.result)
        return self.result

    def _about(self, number: int) -> ComparedCheckpoint:
        one = self.opened[number]
        row = one.row
        return ComparedCheckpoint(
            run=one.run.id,
            name=one.spec.name,
            step=one.step,
            examples=row.examples if row else 0,
            virtual_epoch=row.virtual_epoch if row else 0.0,
            state_sha256=one.sha256,
            weights="averaged" if one.averaged else "plain",
            model=one.spec.model.kind,
            parameters=sum(one.weights[name].numel() for name in one.parameters),
            same_architecture=self.alike[number],
            same_data=self.same[number],
            seed=one.spec.seed,
            data_sha256=one.data.fingerprint if one.data else "",
        )

    def _work(self) -> int:
        """Return how many examples will go through models."""
        splits = sum(len(split_of(one.data, self.common.split)) for one in self.opened if one.data)
        count = min(self.choice.examples, len(self.common.indices))
        seen = sum(self.same)
        lines = sum(self.alike[number] for number, _ in self.others) if self.first.data else 0
        train = min(self.choice.train_examples, len(data_of(self.first).train)) if lines else 0
        valid = len(split_of(data_of(self.first), "valid")) if lines else 0
        counted = min(self.choice.activation_examples, len(self.common.indices))
        return splits + WATCHED * seen * (count + 2 * counted) + lines * self.choice.points * (train + valid)

    def _measure(self) -> list[Passed | None]:
        """Measure every checkpoint on the whole split of its own data; return what its model makes of it."""
        self.report.doing("Evaluating")
        split, values = self.common.split, []
        passed: list[Passed | None] = []
        for one in self.opened:
            indices = split_of(one.data, split) if one.data else np.empty(0, np.int64)
            found = pass_examples(one, indices, self.report.took) if len(indices) else None
            passed.append(found)
            measured: dict[str, float] = {}
            if found is not None:
                data = data_of(one)
                measured[f"{split}/loss"] = found.loss
                measured |= split_metrics(
                    split, found.outputs, found.targets, data.shape.task, data.target_scale
                ).values
            values.append(measured)
        rows = metric_rows(values, measured=True)
        known = {row.name for row in rows if None not in row.values}
        recorded = metric_rows([one.row.metrics if one.row else {} for one in self.opened], measured=False)
        rows += [row for row in recorded if row.name not in known]
        self.result.metrics = notes.without_wrong_differences(rows, self.opened, self.same)
        return passed

    def _examples_one_by_one(self, passed: list[Passed | None]) -> None:
        """Confusion or residuals, and what flipped, on the examples that checkpoints have in common."""
        passed = [self._usable(number, one) for number, one in enumerate(passed)]
        if passed[0] is None:
            return
        common, result, most = self.common, self.result, self.choice.listed
        if self._classes():
            found = [self._as_classes(number, one) for number, one in enumerate(passed)]
            names = data_of(self.first).classes
            if len(names) <= MOST_CLASSES:
                result.confusion = confusions(found, names, common.examples)
            for number, other in enumerate(found):
                if number and found[0] and other:
                    flipped = flipped_classes(found[0], other, number, names, common.examples, most)
                    result.flipped.append(flipped)
        else:
            values = [self._as_values(number, one) for number, one in enumerate(passed)]
            result.residuals = residuals(values, common.examples, self.choice.bins)
            for number, moved in enumerate(values):
                if number and values[0] and moved:
                    result.flipped.append(moved_values(values[0], moved, number, common.examples, most))
        self._show(result.flipped)

    def _show(self, flipped: list[Flipped]) -> None:
        """Put pictures or rows to the flipped examples that are listed."""
        indices = np.unique([example.index for one in flipped for example in one.listed]).astype(np.int64)
        if not len(indices):
            return
        try:
            shown = show(self.first.spec.data, self.workspace.path, indices)
        except DataError as error:
            self.result.notes.append(f"Flipped examples are not shown: {error}")
            return
        place = {int(index): at for at, index in enumerate(indices)}
        for one in flipped:
            one.columns = shown.columns
            for example in one.listed:
                at = place[example.index]
                example.picture = shown.pictures[at] if shown.pictures else None
                example.row = shown.rows[at] if shown.rows else []
        if shown.note:
            self.result.notes.append(shown.note)

    def _representations(self) -> None:
        """Similarity of layers, and histograms of what they put out."""
        if not self.same[0]:
            return
        common, took = self.common, self.report.took
        indices, examples = subset(common.indices, common.examples, self.choice.examples, shuffled=True)
        comparable = [one for one, same in zip(self.opened, self.same, strict=True) if same]
        if len(comparable) > 1 and len(indices) >= LEAST:
            self.report.doing("Comparing representations")
            numbers = [number for number, same in enumerate(self.same) if same]
            found = similarities(comparable, indices, examples, took)
            for one, number in zip(found, numbers[1:], strict=True):
                one.other = number
            self.result.similarity = found
        elif len(comparable) > 1:
            self._absent("similarity", f"It takes at least {LEAST} examples.")
        indices, examples = subset(common.indices, common.examples, self.choice.activation_examples)
        self.report.doing("Counting activations")
        known = [one if same else None for one, same in zip(self.opened, self.same, strict=True)]
        self.result.activations = activation_histograms(known, indices, self.choice.bins, took)
        self.result.activation_examples = examples

    def _lines(self) -> None:
        """Loss along the line to each checkpoint of the same architecture."""
        if self.first.data is None or self.choice.points < 2:
            return
        data = data_of(self.first)
        whole = Examples(split="train", count=len(data.train), of=len(data.train), chosen="the whole split")
        train = subset(data.train, whole, self.choice.train_examples)
        held = Examples(split="valid", count=len(data.valid), of=len(data.valid), chosen="the whole split")
        valid = (data.valid, held) if len(data.valid) else None
        for number, other in self.others:
            if self.alike[number]:
                self.report.doing(f"Walking the line to {other.run.id}@{other.step}")
                walked = line(self.first, other, number, self.choice.points, train, valid, self.report.took)
                self.result.line.append(walked)

    def _say_absent(self) -> None:
        """Say of each part that was left out why it was."""
        by_example: tuple[Part, ...] = (*self._by_prediction(), "similarity", "activations")
        reasons = self.common.why[:1] if self.common.why[0] else self.common.why
        for number, why in enumerate(reasons):
            for part in by_example if why else ():
                self._absent(part, why or "", number or None)
        for number, _ in self.others:
            if not self.alike[number]:
                self._absent("layers", self._why_not_weights(number), number)
                self._absent("line", "The models do not have the same tensors, so no straight line joins them.", number)
            elif self.first.data is None:
                self._absent("line", self.common.why[0] or "", number)
        if self._classes() and self.first.data and len(self.first.data.classes) > MOST_CLASSES:
            self._absent("confusion", f"There are more than {MOST_CLASSES:,} classes.")

    def _why_not_weights(self, number: int) -> str:
        other = self.opened[number]
        if not comparable(self.first, other):
            families = f"{self.first.spec.model.kind} and {other.spec.model.kind}"
            return f"Models of the families {families} have no layers in common."
        shapes = {name: tensor.shape for name, tensor in other.weights.items()}
        shared = sum(shapes.get(name) == tensor.shape for name, tensor in self.first.weights.items())
        return f"The models differ: only tensors of one name and shape, {shared} of {len(shapes)}, are compared."

    def _absent(self, part: Part, why: str, other: int | None = None) -> None:
        self.result.absent.append(Absent(part=part, why=why, other=other))

    def _classes(self) -> bool:
        data, prepared = self.first.data, self.first.state.prepared
        task = data.shape.task if data else (prepared.task if prepared else "classification")
        return task == "classification"

    def _common_rows(self, number: int) -> Ints:
        """Return where the common examples stand in a checkpoint's own split."""
        own = split_of(data_of(self.opened[number]), self.common.split)
        order = np.argsort(own, kind="stable")
        places: Ints = order[np.searchsorted(own, self.common.indices, sorter=order)]
        return places

    def _usable(self, number: int, passed: Passed | None) -> Passed | None:
        """Return what a model made of examples if it can be compared one by one; say so where it is not finite."""
        if passed is None or not self.same[number]:
            return None
        broken = int((~torch.isfinite(passed.outputs[self._common_rows(number)]).all(dim=1)).sum())
        if broken:
            one, count = self.opened[number], self.common.examples.count
            why = (
                f"For {broken:,} of {count:,} examples {one.run.id}@{one.step} gives numbers that are not finite, "
                f"so it predicts nothing."
            )
            for part in self._by_prediction():
                self._absent(part, why, number or None)
        return None if broken else passed

    def _by_prediction(self) -> tuple[Part, ...]:
        return ("flipped", "confusion") if self._classes() else ("flipped", "residuals")

    def _as_classes(self, number: int, passed: Passed | None) -> Classes | None:
        if passed is None:
            return None
        rows = self._common_rows(number)
        return Classes.of(self.common.indices, passed.outputs.double().numpy()[rows], passed.targets.numpy()[rows])

    def _as_values(self, number: int, passed: Passed | None) -> Values | None:
        if passed is None:
            return None
        rows, (mean, deviation) = self._common_rows(number), data_of(self.opened[number]).target_scale
        truth, found = (one.double().numpy()[rows] * deviation + mean for one in (passed.targets, passed.outputs))
        return Values(self.common.indices, truth, found)

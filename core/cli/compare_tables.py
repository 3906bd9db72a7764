"""Comparisons as tables of text.  Checkpoints and runs are called A, B, C in the order given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.cli.printing import number, print_table
from core.comparison.result import Comparison, Flipped, LayerRow, Line, Number, SpecRow, as_float
from core.comparison.runs import Point, RunsComparison, Spread

_FLIPPED = 10  # printed of each checkpoint
_LAYERS = 40  # printed


def print_comparison(found: Comparison) -> None:
    """Print everything but matrices and histograms, which only --json gives."""
    letters = [_letter(place) for place in range(len(found.checkpoints))]
    for letter, one in zip(letters, found.checkpoints, strict=True):
        averaged = ", averaged weights" if one.weights == "averaged" else ""
        print(f"{letter}  {one.run}@{one.step}  {one.name}: {one.model}, {one.parameters:,} parameters{averaged}")
    _print_metrics(found, letters)
    _print_spec(found.spec, letters)
    _print_layers(found, letters)
    for line in found.line:
        _print_line(line, letters)
    for flipped in found.flipped:
        _print_flipped(flipped, letters)
    for text in found.notes:
        print(f"\nNote: {text}")
    reasons = dict.fromkeys((letters[one.other or 0], one.why) for one in found.absent)
    for letter, why in reasons:
        parts = [one.part for one in found.absent if one.why == why and letters[one.other or 0] == letter]
        print(f"\nNot for {letter}: {', '.join(dict.fromkeys(parts))}. {why}")


def print_runs(found: RunsComparison) -> None:
    """Print who the runs are, what differs, metrics, and means over seeds."""
    letters = [_letter(place) for place in range(len(found.runs))]
    for letter, one in zip(letters, found.runs, strict=True):
        print(f"{letter}  {one.id}  {one.name}: {one.status} at step {one.step:,}")
    _print_spec(found.spec, letters)
    print()
    kinds = ("best", "last", "at") if found.at_step is not None else ("best", "last")
    words = {"best": "best", "last": "last", "at": f"at step {found.at_step}"}
    rows = [
        (metric.name, words[kind], *map(_point, getattr(metric, kind)))
        for metric in found.metrics
        for kind in kinds
        if any(getattr(metric, kind))
    ]
    print_table(("metric", "", *letters), rows)
    for group in found.groups:
        if len(group.counted) > 1:
            names = ", ".join(letters[place] for place in group.counted)
            seeds = ", ".join(str(found.runs[place].seed) for place in group.counted)
            print(f"\n{names} differ in nothing but the seed ({seeds}); mean ± standard deviation:")
            print_table(
                ("metric", *(words[kind] for kind in kinds)),
                [(metric.name, *(_spread(getattr(metric, kind)) for kind in kinds)) for metric in group.metrics],
            )


def _print_metrics(found: Comparison, letters: Sequence[str]) -> None:
    print()
    head = ("metric", *letters, *(f"{letter}-A" for letter in letters[1:]), "")
    print_table(
        head,
        [
            (
                row.name,
                *map(_number, row.values),
                *map(_signed, row.differences[1:]),
                "measured now" if row.measured else "recorded",
            )
            for row in found.metrics
        ],
    )


def _print_spec(rows: Sequence[SpecRow], letters: Sequence[str]) -> None:
    if not rows:
        print("\nThe specs are the same.")
        return
    print()
    print_table(("spec", *letters), [(row.path, *(_word(value) for value in row.values)) for row in rows])


def _print_layers(found: Comparison, letters: Sequence[str]) -> None:
    """Print relative change and CKA of each layer; modules, tensors and what does not fit are left to --json."""
    alike = {one.other: dict(zip(one.rows, one.by_layer, strict=True)) for one in found.similarity}
    layers = {row.name for row in found.layers if row.kind == "layer"}
    alone = [row for row in found.layers if row.kind == "parameter" and row.name.rpartition(".")[0] not in layers]
    rows = [row for row in found.layers if row.kind in ("model", "layer") or row in alone]
    others = range(1, len(letters))
    print()
    heads = [head for place in others for head in (f"change {letters[place]}", f"CKA {letters[place]}")]
    cells = [_layer_cells(row, alike, others) for row in rows[:_LAYERS]]
    print_table(("layer of A", "type", "parameters", *heads), cells)
    if len(rows) > _LAYERS:
        print(f"... and {len(rows) - _LAYERS:,} layers more; --json gives all, and every tensor.")


def _layer_cells(row: LayerRow, alike: dict[int, dict[str, Number | None]], others: range) -> tuple[str, ...]:
    cells = [
        cell for place in others for cell in (_short(row.changes[place]), _short(alike.get(place, {}).get(row.name)))
    ]
    frozen = "" if row.trainable else ", frozen"
    return (row.name or "(model)", row.type + frozen, f"{row.elements:,}", *cells)


def _print_line(line: Line, letters: Sequence[str]) -> None:
    letter = letters[line.other]
    over = f"{line.train_examples.count:,} of {line.train_examples.of:,} training examples"
    print(f"\nLoss along the line from A to {letter} ({over}; {len(line.positions)} places, each second one shown)")
    chosen = range(0, len(line.positions), 2)
    head = ("", *(f"{line.positions[place]:.2f}" for place in chosen))
    rows = [("train", *(_short(line.train[place]) for place in chosen))]
    if line.valid_examples:
        rows.append(("valid", *(_short(line.valid[place]) for place in chosen)))
    print_table(head, rows)
    print(f"Barrier: train {_number(line.barrier_train)}, valid {_number(line.barrier_valid)}")


def _print_flipped(flipped: Flipped, letters: Sequence[str]) -> None:
    letter, split = letters[flipped.other], flipped.examples
    of = f"{split.count:,} {split.split} examples"
    if not flipped.classes:
        print(f"\n{letter} predicts {flipped.gained:,} of {of} closer than A, {flipped.lost:,} farther")
    else:
        print(
            f"\n{letter} predicts {flipped.count:,} of {of} differently: {flipped.gained:,} now right, "
            f"{flipped.lost:,} now wrong, {flipped.changed:,} wrong in another way"
        )
    if not flipped.listed:
        return
    named = flipped.classes
    rows = [
        (
            f"{one.index}",
            _class(one.truth, named),
            _class(one.before, named),
            _short(one.confidence_before),
            _class(one.after, named),
            _short(one.confidence_after),
            _signed(one.change),
        )
        for one in flipped.listed[:_FLIPPED]
    ]
    last = "P(truth)" if named else "|error|"
    print_table(("example", "truth", "A", "confidence", letter, "confidence", f"change of {last}"), rows)
    if flipped.count > len(rows):
        print(f"The {len(rows)} that changed most; --json lists {len(flipped.listed):,} of {flipped.count:,}.")


def _class(value: Number, classes: Sequence[str]) -> str:
    return classes[int(value)] if classes else _number(value)


def _number(value: Number | None) -> str:
    return "" if value is None else number(as_float(value))


def _short(value: Number | None) -> str:
    return "" if value is None else f"{as_float(value):.3g}"


def _signed(value: Number | None) -> str:
    return "" if value is None else f"{as_float(value):+.4g}"


def _point(point: Point | None) -> str:
    return "" if point is None else f"{_number(point.value)} @{point.step}"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return ""
    return f"{_number(spread.mean)} ± {_short(spread.deviation) or '?'}"


def _word(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"#{place + 1}"

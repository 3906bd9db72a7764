"""The examples that are predicted differently: pictures as thumbnails, rows as a table."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStackedLayout,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.compare.part import PartView
from app.compare.sides import Side
from app.compare.wording import examples_words, reasons, share, short_value, signed
from app.theme import set_role, theme
from core.comparison.result import Comparison, Flipped, FlippedExample, Number, as_float

PICTURE = 72  # pixels on a side
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_GROUPS = {"all": "All", "gained": "Now right", "lost": "Now wrong", "changed": "Wrong otherwise"}
_OF_NUMBERS = {"all": "All", "gained": "Closer", "lost": "Farther"}


class FlippedPart(PartView):
    """Buttons choose which; the one whose prediction changed most stands first."""

    title = "Flipped"
    tip = "Examples that are predicted differently"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("flipped", parent)
        self._made: Flipped | None = None
        self._letter = "B"
        self._group = "all"
        self.buttons = {name: self._button(name) for name in _GROUPS}
        self.pictures = QListWidget()
        self.pictures.setObjectName("compare.flipped.pictures")
        self.pictures.setAccessibleName("Pictures predicted differently")
        self.pictures.setViewMode(QListView.ViewMode.IconMode)
        self.pictures.setMovement(QListView.Movement.Static)
        self.pictures.setResizeMode(QListView.ResizeMode.Adjust)
        self.pictures.setIconSize(QSize(PICTURE, PICTURE))
        self.pictures.setSpacing(theme().space(0.5))
        self.pictures.setUniformItemSizes(True)
        self.pictures.setGridSize(QSize(PICTURE + theme().space(4), PICTURE + theme().space(9)))
        self.rows = QTreeWidget()
        self.rows.setObjectName("compare.flipped.rows")
        self.rows.setAccessibleName("Rows predicted differently")
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.setAllColumnsShowFocus(True)
        self.rows.header().setStretchLastSection(False)
        bar = QHBoxLayout()
        bar.setSpacing(theme().space(0.5))
        for button in self.buttons.values():
            bar.addWidget(button)
        bar.addStretch(1)
        held = QWidget()
        self._views = QStackedLayout(held)
        self._views.addWidget(self.rows)
        self._views.addWidget(self.pictures)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().space(1))
        column.addLayout(bar)
        column.addWidget(held, 1)
        theme().theme_changed.connect(self._fill)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        made = next((one for one in found.flipped if one.other == other), None)
        letter = sides[other].letter
        if made is None:
            self.tell("", reasons(found, "flipped", other) or ["There are no predictions to compare."])
            return
        if not made.count:
            self.tell("", [f"A and {letter} predict {examples_words(made.examples)} alike."])
            return
        self._made, self._letter = made, letter
        self.tell(_words(made, letter))
        for name, button in self.buttons.items():
            count = {"all": made.count, "gained": made.gained, "lost": made.lost, "changed": made.changed}[name]
            names = _GROUPS if made.classes else _OF_NUMBERS
            button.setVisible(name in names)
            button.setText(f"{names.get(name, '')} {count:,}")
            button.setEnabled(bool(count))
        self._choose("all")

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"compare.flipped.{name}")
        button.setAccessibleName(f"Flipped examples: {_GROUPS[name]}")
        button.setToolTip(f"Show {_GROUPS[name].lower()}")
        button.setCheckable(True)
        set_role(button, "quiet")
        button.clicked.connect(lambda: self._choose(name))
        return button

    def _choose(self, group: str) -> None:
        self._group = group
        for name, button in self.buttons.items():
            button.setChecked(name == group)
        self._fill()

    def _fill(self) -> None:
        made = self._made
        if made is None:
            return
        chosen = [one for one in made.listed if self._group in ("all", _group_of(one, made))]
        pictured = any(one.picture is not None for one in chosen)
        self.pictures.clear()
        self.rows.clear()
        self._views.setCurrentIndex(1 if pictured else 0)
        if pictured:
            for one in chosen:
                self.pictures.addItem(_picture(one, made, self._letter))
        else:
            self._fill_rows(chosen, made)

    def _fill_rows(self, chosen: Sequence[FlippedExample], made: Flipped) -> None:
        classes, letter = bool(made.classes), self._letter
        confidences = ["confidence"] if classes else []
        last = "P(truth)" if classes else "|error|"
        heads = ["example", "truth", "A", *confidences, letter, *confidences, f"change of {last}", *made.columns]
        name = _namer(made)
        rows = []
        for one in chosen:
            before = [share(one.confidence_before)] if classes else []
            after = [share(one.confidence_after)] if classes else []
            plain = [str(one.index), name(one.truth), name(one.before), *before, name(one.after), *after]
            cells = [*plain, _changed(one, made), *("" if cell is None else str(cell) for cell in one.row)]
            rows.append(QTreeWidgetItem(cells))
            for column in range(len(heads)):
                rows[-1].setTextAlignment(column, _RIGHT)
                rows[-1].setToolTip(column, _tip(one, made, letter))
        head = QTreeWidgetItem(heads)
        for column in range(len(heads)):
            head.setTextAlignment(column, _RIGHT)
        self.rows.setColumnCount(len(heads))
        self.rows.setHeaderItem(head)
        self.rows.addTopLevelItems(rows)
        for column in range(len(heads)):
            self.rows.resizeColumnToContents(column)


def _words(made: Flipped, letter: str) -> str:
    of = examples_words(made.examples)
    shown = ""
    if len(made.listed) < made.count:
        shown = f" The {len(made.listed):,} that changed most are listed."
    if not made.classes:
        return (
            f"Of {of}, {letter} predicts {made.gained:,} closer to the truth than A and {made.lost:,} farther from it, "
            f"those whose error changed most first.{shown}"
        )
    return (
        f"Of {of}, {letter} predicts {made.count:,} otherwise than A: {made.gained:,} now right, {made.lost:,} now "
        f"wrong, {made.changed:,} wrong in another way. Confidence is the probability of the predicted class.{shown}"
    )


def _namer(made: Flipped) -> Callable[[Number], str]:
    return lambda one: made.classes[int(one)] if made.classes else short_value(one)


def _changed(one: FlippedExample, made: Flipped) -> str:
    if made.classes:
        return signed(one.change)
    return f"{'+' if as_float(one.change) > 0 else ''}{short_value(one.change)}"


def _group_of(one: FlippedExample, made: Flipped) -> str:
    if not made.classes:
        return "gained" if float(one.change) < 0 else "lost"
    return "gained" if one.after == one.truth else "lost" if one.before == one.truth else "changed"


def _picture(one: FlippedExample, made: Flipped, letter: str) -> QListWidgetItem:
    name = _namer(made)
    sign = {"gained": "✓", "lost": "✗", "changed": "≠"}[_group_of(one, made)]
    words = (
        f"{sign} true {name(one.truth)}\n{name(one.before)} → {name(one.after)}\n"
        f"{_whole(one.confidence_before)} → {_whole(one.confidence_after)} %"
    )
    item = QListWidgetItem(_icon(one), words)
    item.setToolTip(_tip(one, made, letter))
    item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
    return item


def _whole(confidence: float | str | None) -> str:
    return "" if confidence is None else f"{float(confidence) * 100:.0f}"


def _icon(one: FlippedExample) -> QIcon:
    image = QImage()
    if one.picture is not None:
        image = QImage.fromData(base64.b64decode(one.picture.png))
    if image.isNull():
        return QIcon()
    # Small pictures stay square dots of colour: that is what the network sees.
    scaled = image.scaled(
        2 * PICTURE, 2 * PICTURE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation
    )
    made = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        made.addPixmap(QPixmap.fromImage(scaled), mode)
    return made


def _tip(one: FlippedExample, made: Flipped, letter: str) -> str:
    name = _namer(made)
    lines = [f"example {one.index:,} of the data, true {name(one.truth)}"]
    if made.classes:
        for side, predicted, confidence, of_truth in (
            ("A", one.before, one.confidence_before, one.of_truth_before),
            (letter, one.after, one.confidence_after, one.of_truth_after),
        ):
            lines.append(f"{side}: {name(predicted)} with {share(confidence)}; {share(of_truth)} for the truth")
    else:
        lines.append(f"A: {name(one.before)}; {letter}: {name(one.after)}")
        lines.append(f"|error| changed by {_changed(one, made)}")
    return "\n".join(lines)

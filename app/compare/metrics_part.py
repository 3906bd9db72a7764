"""The answer: metrics side by side, which checkpoint is better by each, and in what their specs differ."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.compare.part import PartView
from app.compare.plain_table import PlainTable
from app.compare.sides import Side
from app.compare.wording import best_of, better_words, short_words, signed, value, word
from app.theme import set_role, theme
from core.comparison.result import Comparison, MetricRow, SpecRow

_MEASURED = (
    "Measured now: from the weights, over each run's whole validation split. Recorded: as the run said at that step. "
    "A difference is the checkpoint minus A; of each row the best is bold."
)
_RECORDED = "As the runs recorded them when the checkpoints were saved. They are measured anew from the weights."


class MetricsPart(PartView):
    """A page that scrolls: metrics, notes, specs."""

    title = "Metrics"
    tip = "Metrics side by side, and what differs in the specs"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("metrics", parent)
        self.metrics = PlainTable("compare.metrics.table", "Metrics of the checkpoints")
        self.spec = PlainTable("compare.spec.table", "Fields in which the specs differ")
        self.notes = QLabel()
        self.notes.setObjectName("compare.notes")
        self.notes.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.spec_title, self.spec_words = QLabel("What differs in the specs"), QLabel()
        set_role(self.spec_title, "heading")
        set_role(self.spec_words, "muted")
        self.spec_words.setWordWrap(True)
        page = QWidget()
        set_role(page, "surface")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, theme().space(1), 0)
        column.setSpacing(theme().space(1))
        for widget in (self.metrics, self.notes, self.spec_title, self.spec_words, self.spec):
            column.addWidget(widget)
        column.addStretch(1)
        scrolled = QScrollArea()
        scrolled.setObjectName("compare.metrics.scroll")
        scrolled.setFrameShape(QFrame.Shape.NoFrame)
        scrolled.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scrolled.setWidgetResizable(True)
        scrolled.setWidget(page)
        held = QVBoxLayout(self.body)
        held.setContentsMargins(0, 0, 0, 0)
        held.addWidget(scrolled)

    def show_comparison(self, found: Comparison, sides: Sequence[Side], other: int) -> None:
        short = short_words(found, [side.letter for side in sides])
        self._show(found.metrics, found.spec, sides, [*short, *found.notes], _MEASURED)

    def show_recorded(self, metrics: Sequence[MetricRow], spec: Sequence[SpecRow], sides: Sequence[Side]) -> None:
        """Show what is known at once, until the rest is measured."""
        later = sorted(metrics, key=lambda row: row.name.startswith("train/"))
        self._show(later, spec, sides, (), _RECORDED)

    def _show(
        self,
        metrics: Sequence[MetricRow],
        spec: Sequence[SpecRow],
        sides: Sequence[Side],
        notes: Sequence[str],
        words: str,
    ) -> None:
        self.tell(words)
        self._show_metrics(metrics, sides)
        self.notes.setText("\n".join(f"•  {one}" for one in notes))
        self.notes.setVisible(bool(notes))
        self.spec.setVisible(bool(spec))
        self.spec_words.setVisible(not spec)
        if len({side.run for side in sides}) == 1:
            self.spec_words.setText("All are of one run, so they have one spec.")
        else:
            self.spec_words.setText("The specs are the same, except for names, notes and tags.")
        self.spec.set_columns(["field", *(side.letter for side in sides), ""], [])
        for row in spec:
            self.spec.add_row([row.path, *(word(one) for one in row.values), ""], f"{row.path} of the spec")
        self.spec.fit()

    def _show_metrics(self, rows: Sequence[MetricRow], sides: Sequence[Side]) -> None:
        letters, count = [side.letter for side in sides], len(sides)
        heads = ["metric", *letters, *(f"{letter} − A" for letter in letters[1:]), "better", "source"]
        self.metrics.set_columns(heads, range(1, 2 * count))
        for row in rows:
            best = best_of(row)
            bold = [1 + place for place in best] if len(best) < count else []
            cells = [
                row.name,
                *(value(one) for one in row.values),
                *(signed(one) for one in row.differences[1:]),
                better_words(row, letters) if _is_judged(row.name) else "",
                "measured now" if row.measured else "recorded",
            ]
            self.metrics.add_row(cells, _tip(row), bold if _is_judged(row.name) else [])
        self.metrics.fit()


def _is_judged(name: str) -> bool:
    """Say whether a metric is good or bad: a learning rate is neither."""
    return name.rpartition("/")[2] not in ("learning_rate", "grad_norm")


def _tip(row: MetricRow) -> str:
    how = "measured now from the weights" if row.measured else "as the run recorded it"
    better = (
        f"{'higher' if row.higher_is_better else 'lower'} is better" if _is_judged(row.name) else "neither is better"
    )
    return f"{row.name}: {how}; {better}"

"""Steering a running job: what can be changed of it, as it is in force now, checked as it is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.panels.steer_row import SteerRow
from app.parts import Parts
from app.theme import set_role, theme
from core.errors import SpecError
from core.runs.present_plan import present_plan
from core.runs.state import RunState
from core.spec.field import plain
from core.spec.plan import Plan
from core.spec.spec import Spec
from core.spec.steerable import Number, Steerable, steerable
from core.spec.steering import steered

ACTION = "run.steer"
RATE_METRIC = "train/learning_rate"
LIVE = ("running", "paused")
_LABELS = {"stop_point": "Budget"}


class SteerPanel(QWidget):
    """Follows the current run.  It shows the run's own values, never the draft's, and sends what is typed on Apply."""

    def __init__(self, parts: Parts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("steer")
        self._parts = parts
        self._run = ""
        self._spec: Spec | None = None
        self._plan: Plan | None = None
        self._made_from: tuple[object, ...] = ()
        self.rows: list[SteerRow] = []
        self.title = QLabel()
        self.title.setObjectName("steer.title")
        self.title.setWordWrap(True)
        set_role(self.title, "heading")
        self.words = QLabel()
        self.words.setObjectName("steer.words")
        self.words.setWordWrap(True)
        set_role(self.words, "muted")
        self.apply = QPushButton("Apply")
        self.apply.setObjectName("steer.apply")
        set_role(self.apply, "primary")
        self.apply.clicked.connect(self._apply)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme().space(1.5))
        self._lay_out()
        model = parts.model
        model.selection.changed.connect(self.follow)
        model.runs_changed.connect(self.follow)
        model.run_updated.connect(lambda _: self.refresh())
        parts.control.pending_changed.connect(self._check)
        self.follow()

    def follow(self) -> None:
        """Read the current run's spec beside, when it is another run's."""
        run = self._parts.current()
        wanted = run.id if run else ""
        if wanted != self._run:
            self._run, self._spec = wanted, None
            if run is not None:
                self._parts.background.run(
                    self._parts.model.run(wanted).spec,
                    lambda spec: self._take(wanted, spec),
                    lambda error: self._parts.notices.fail("The run cannot be steered from here", error, run=wanted),
                )
        self.refresh()

    def refresh(self) -> None:
        """Show the run as it stands."""
        run, state = self._parts.current(), self._parts.model.state(self._run)
        spec = self._spec
        ready = run is not None and state is not None and spec is not None and state.prepared is not None
        live = ready and run is not None and run.status in LIVE and not self._parts.read_only
        made_from = (self._run, id(spec), live, *_told(state)) if ready else (self._run, live)
        if made_from != self._made_from:
            self._made_from = made_from
            self._plan = present_plan(spec, state) if ready and spec is not None and state is not None else None
            self._make_rows(state, enabled=live)
        self.title.setText(run.name if run else "")
        self.title.setVisible(run is not None)
        self.words.setText(self._situation(live, ready))
        self.apply.setVisible(bool(self.rows) and bool(live))
        if self.rows:
            self._check()

    def show_field(self, name: str) -> None:
        """Put the cursor into the line of the first value of this name."""
        row = next((row for row in self.rows if row.one.name == name), None)
        if row is not None:
            row.line.setFocus()

    def _lay_out(self) -> None:
        unit = theme().space(1)
        inner = QWidget()
        set_role(inner, "surface")
        held = QVBoxLayout(inner)
        held.setContentsMargins(unit * 2, unit, unit * 2, unit * 2)
        held.setSpacing(unit)
        held.addWidget(self.title)
        held.addWidget(self.words)
        held.addLayout(self._column)
        held.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        foot = QHBoxLayout()
        foot.setContentsMargins(unit * 2, unit, unit * 2, unit)
        foot.addStretch(1)
        foot.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addLayout(foot)

    def _take(self, run_id: str, spec: Spec) -> None:
        if run_id == self._run:
            self._spec = spec
            self.refresh()

    def _situation(self, live: bool, ready: bool) -> str:
        """Say what the panel is for now."""
        run = self._parts.current()
        if run is None:
            return "No run is selected. A run that trains can be steered here."
        if live:
            return "Takes effect at the next step. A checkpoint is saved just before, and the curve is marked."
        if self._parts.read_only:
            return "The workspace is read-only."
        if run.status == "queued":
            return "The run waits in the queue. It can be steered once it trains."
        if run.status in ("starting", *LIVE) or not ready:
            return "The run is being prepared." if run.status in ("starting", *LIVE) else "The run has ended."
        return "The run has ended. These are the values it ended with; fork it to go on with others."

    def _make_rows(self, state: RunState | None, *, enabled: bool) -> None:
        """Have a row for everything that can be changed, keeping what was typed."""
        typed = {row.one.path: row.text for row in self.rows}
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []
        if self._plan is None or state is None:
            return
        stage = self._plan.stage_at(state.step).number
        ahead = [one for one in steerable(self._plan.training) if one.stages[-1] >= stage]
        for one in ahead:
            row = SteerRow(one, self._label(one, ahead), self._unit(one))
            row.line.setText(typed.get(one.path, ""))
            row.open_to_change(enabled)
            row.edited.connect(self._check)
            row.submitted.connect(self._apply)
            self.rows.append(row)
            self._column.addWidget(row)

    def _label(self, one: Steerable, others: list[Steerable]) -> str:
        label = _LABELS.get(one.name, one.field.title)
        assert self._plan is not None
        if sum(other.name == one.name for other in others) == 1:
            return label
        return f"{label}, {', '.join(self._plan.stages[number].stage.name for number in one.stages)}"

    def _unit(self, one: Steerable) -> str:
        assert self._plan is not None
        if one.name == "stop_point":
            return self._plan.stages[one.stages[0]].stage.budget.unit.replace("_", " ")
        if one.name == "min_change":
            return self._plan.training.monitor
        return one.field.unit

    def _check(self) -> list[tuple[str, Number]]:
        """Judge what is typed, each after what stands above it; return what can be applied."""
        state, plan = self._parts.model.state(self._run), self._plan
        if state is None or state.prepared is None or plan is None or self._spec is None:
            return []
        facts = {"task": state.prepared.task, "has_validation": state.prepared.valid_examples > 0}
        good: list[tuple[str, Number]] = []
        typed = [row for row in self.rows if row.text]
        for row in self.rows:
            if not row.text:
                row.say(self._aside(row.one, state))
                continue
            try:
                change, after = steered(self._spec, plan, state.step, row.one.path, row.value(), **facts)  # type: ignore[arg-type]
            except SpecError as error:
                row.say(f"{error.message} {error.remedy}".strip(), problem=True)
                continue
            row.say(_follows(plan, after))
            plan = after
            good.append((row.one.path, change.value))
        self._word_button(len(good), len(typed))
        return good if len(good) == len(typed) else []

    def _aside(self, one: Steerable, state: RunState) -> str:
        """Say what else is to be known of a value that is not edited."""
        assert self._plan is not None
        series = state.series(RATE_METRIC).value
        if one.name != "learning_rate" or not len(series) or self._plan.stage_at(state.step).number not in one.stages:
            return ""
        return f"{float(series[-1]):.6g} at this step, after the schedule"

    def _word_button(self, good: int, typed: int) -> None:
        waits = ACTION in self._parts.control.pending_for(self._run)
        self.apply.setText(f"Apply {typed} changes" if typed > 1 else "Apply")
        self.apply.setEnabled(bool(typed) and good == typed and not waits and self.apply.isVisibleTo(self))
        why = "Type a new value first." if not typed else "" if good == typed else "A value is not possible."
        self.apply.setToolTip("Waiting for the run to answer." if waits else why or "Tell the run at its next step")

    def _apply(self) -> None:
        if not self.apply.isEnabled():
            return
        changes = self._check()
        for row in self.rows:
            row.line.clear()
        for path, value in changes:
            what = f"{path.rpartition('.')[2].replace('_', ' ')} {plain(value)}"
            self._parts.control.send(ACTION, self._run, "set", what, path=path, value=_short(value))


def _told(state: RunState | None) -> tuple[object, ...]:
    """What the values in force depend on."""
    if state is None:
        return ()
    stages = len(state.stages)
    return len(state.segments), len(state.commands), state.prepared is not None, stages


def _follows(before: Plan, after: Plan) -> str:
    """Say what a change does to the length of the run."""
    if before.total_steps == after.total_steps:
        return ""
    return f"The run then ends at step {after.total_steps:,}, not {before.total_steps:,}."


def _short(value: Number) -> Number:
    return int(value) if float(value).is_integer() else value

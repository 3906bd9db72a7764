"""Going back to a checkpoint: resume, fork or warm start, with what each will do shown before anything starts."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.going_back_form import GoingBackForm
from app.dialogs.outlook_lists import OutlookLists
from app.dialogs.rate_plot import RatePlot
from app.icons import bind_icon
from app.live.background import Background
from app.theme import set_role, theme
from core.errors import EpochalError
from core.runs.fork_spec import twice_as_long
from core.runs.forking import Kind, Outlook, Point, fork_outlook, resume_outlook, warm_start_outlook
from core.runs.run_folder import RunFolder
from core.spec.catalog import Catalog
from core.spec.problem import Problem

_TYPING_MS = 150
_KINDS: tuple[tuple[Kind, str, str, str], ...] = (
    ("resume", "Resume", "resume", "The same run goes on from here; what came after stays as a faded tail."),
    ("fork", "Fork", "fork", "A new run goes on from the full state; this one stays as it is."),
    ("warm_start", "Warm start", "train", "A new run begins with these weights; everything else begins anew."),
)


@dataclass(frozen=True)
class Place:
    """The checkpoint that is gone back to, as the dialog is told of it.

    `cannot_resume` says why the same run cannot go on from it; nothing when it can.
    """

    run: RunFolder
    name: str
    step: int
    cannot_resume: str = ""


class GoingBack(QDialog):
    """Chooses between the three and shows what each will do.

    `outlook` is what was accepted; a resume and a new run are told apart by its kind.
    """

    draft_wanted = Signal()  # the rest is to be changed in the draft

    def __init__(
        self,
        place: Place,
        kind: Kind,
        background: Background,
        catalog: Catalog,
        parent: QWidget,
        *,
        longer: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("going_back")
        self.setWindowTitle("Train longer" if longer else "Go back to a checkpoint")
        self.place: Place = place
        self.kind: Kind = "fork" if kind == "resume" and place.cannot_resume else kind
        self.outlook: Outlook | None = None
        self.differences: list[str] = []
        self._background, self._catalog, self._longer = background, catalog, longer
        self._point: Point | None = None
        self._asked = 0
        self.form = GoingBackForm(self)
        self.lists, self.rates = OutlookLists(self), RatePlot(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING_MS)
        self._timer.timeout.connect(self._ask)
        self._lay_out()
        self.resize(QSize(920, 640).boundedTo(parent.window().size() * 0.95))
        self.form.changed.connect(self._changed)
        self._load()

    def choose(self, kind: Kind) -> None:
        """Resume, fork or warm start from now on."""
        self.kind = kind
        self._buttons[kind].setChecked(True)
        self.about.setText(next(words for one, _, _, words in _KINDS if one == kind))
        label = next(title for one, title, _, _ in _KINDS if one == kind)
        self.go.setText(label)
        self.to_draft.setVisible(kind != "resume")
        if self._point is not None:
            self.form.begin(kind, self._point, twice_as_long(self._point.plan) if self._longer else None)
            self._ask()

    def _lay_out(self) -> None:
        unit = theme().space(1)
        title = QLabel(f"“{self.place.name}”, step {self.place.step:,}")
        set_role(title, "heading")
        self.about = QLabel()
        set_role(self.about, "muted")
        kinds = QHBoxLayout()
        kinds.setSpacing(unit)
        self._group = QButtonGroup(self)
        self._buttons: dict[Kind, QToolButton] = {}
        for kind, label, icon, tip in _KINDS:
            kinds.addWidget(self._kind_button(kind, label, icon, tip))
        kinds.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(unit * 2)
        left.addWidget(self.form)
        left.addWidget(self.rates, 1)
        body = QHBoxLayout()
        body.setSpacing(unit * 3)
        body.addLayout(left, 1)
        body.addWidget(self.lists, 1)
        self.problem = QLabel()
        self.problem.setObjectName("going_back_problem")
        self.problem.setWordWrap(True)
        set_role(self.problem, "danger")
        column = QVBoxLayout(self)
        column.setContentsMargins(unit * 3, unit * 2, unit * 3, unit * 2)
        column.setSpacing(theme().space(1.5))
        column.addWidget(title)
        column.addLayout(kinds)
        column.addWidget(self.about)
        column.addLayout(body, 1)
        column.addWidget(self.problem)
        column.addLayout(self._make_buttons())

    def _kind_button(self, kind: Kind, label: str, icon: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"going_back_{kind}")
        button.setText(label)
        button.setAccessibleName(label)
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bind_icon(button, icon)
        reason = self.place.cannot_resume if kind == "resume" else ""
        button.setEnabled(not reason)
        button.setToolTip(reason or tip)
        button.clicked.connect(lambda: self.choose(kind))
        self._group.addButton(button)
        self._buttons[kind] = button
        return button

    def _make_buttons(self) -> QHBoxLayout:
        self.to_draft = QPushButton("Change more in the draft")
        self.to_draft.setObjectName("going_back_draft")
        self.to_draft.setToolTip("Put this into the draft, where every field can be changed; nothing starts yet")
        self.to_draft.setAutoDefault(False)
        set_role(self.to_draft, "quiet")
        self.to_draft.clicked.connect(self._leave_for_draft)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.go = buttons.addButton("Fork", QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setObjectName("going_back_go")
        self.go.setEnabled(False)
        set_role(self.go, "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.to_draft)
        row.addStretch(1)
        row.addWidget(buttons)
        return row

    def _leave_for_draft(self) -> None:
        self.draft_wanted.emit()
        self.reject()

    def _load(self) -> None:
        """Read the checkpoint and its run, beside."""
        run, step = self.place.run, self.place.step

        def work() -> tuple[Point, list[str]]:
            from core.jobs import client

            return Point.of(run, step), client.environment_differences(run)

        def loaded(found: tuple[Point, list[str]]) -> None:
            self._point, self.differences = found
            self.choose(self.kind)

        self.problem.setText("")
        self.about.setText("Reading the checkpoint …")
        self._background.run(work, loaded, self._refuse)

    def _changed(self) -> None:
        for button in (self.go, self.to_draft):
            button.setEnabled(False)
        self._timer.start()

    def _ask(self) -> None:
        """Work out what will be, beside; an answer that is no longer asked for is dropped."""
        point = self._point
        if point is None:
            return
        self._asked += 1
        asked, kind, form, catalog = self._asked, self.kind, self.form, self._catalog
        overrides, choice, head = form.overrides(), form.choice, form.head

        def work() -> Outlook:
            if kind == "resume":
                return resume_outlook(point)
            if kind == "fork":
                return fork_outlook(point, overrides, choice, catalog)
            return warm_start_outlook(point, overrides, head, catalog)

        def show(outlook: Outlook) -> None:
            if asked == self._asked:
                self._show(outlook)

        def refuse(error: Exception) -> None:
            if asked == self._asked:
                self._refuse(error)

        self._background.run(work, show, refuse)

    def _show(self, outlook: Outlook) -> None:
        self.outlook = outlook
        self.problem.setText("")
        self.go.setEnabled(True)
        self.to_draft.setEnabled(True)
        self.form.tell(outlook)
        self.lists.show_outlook(outlook, self.differences)
        begins = None if outlook.kind == "warm_start" else float(outlook.step)
        self.rates.show_rates(outlook.old_rate, outlook.new_rate, begins)

    def _refuse(self, error: Exception) -> None:
        self.outlook = None
        self.go.setEnabled(False)
        self.to_draft.setEnabled(False)
        self.problem.setText(_in_words(error))
        self.form.refuse()


def _in_words(error: Exception) -> str:
    problems = [one for one in getattr(error, "problems", ()) if isinstance(one, Problem)]
    if problems:
        return "\n".join(f"{one.message} {one.remedy}".strip() for one in problems)
    return f"{error.message} {error.remedy}".strip() if isinstance(error, EpochalError) else str(error)

"""The draft panel as a whole."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QStandardItemModel
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.draft import Draft
from app.forms.inputs import Choice, Line
from app.panels.catalog_provider import CatalogProvider
from app.panels.data_body import DataBody
from app.panels.draft_panel import DraftPanel
from app.theme import theme
from core.spec.catalog import Catalog, Description
from core.spec.read import complete_dict, spec_from_dict, to_dict
from core.spec.trust import is_trusted

NARROW = 344  # the column's width in a window of 1280 pixels
Widget = TypeVar("Widget", bound=QWidget)


@pytest.fixture
def panel(draft: Draft, provider: CatalogProvider, qtbot: QtBot, no_preview: None) -> DraftPanel:
    made = DraftPanel(draft, provider)
    qtbot.addWidget(made)
    made.resize(360, 800)
    made.show()
    return made


def at(panel: QWidget, kind: type[Widget], name: str) -> Widget:
    found = panel.findChild(kind, name)
    assert found is not None, name
    return found


def data_body(panel: DraftPanel) -> DataBody:
    panel.set_open_sections(["data"])
    body = panel.sections["data"].body
    assert isinstance(body, DataBody)
    return body


def test_that_closed_sections_say_what_is_in_them(panel: DraftPanel, draft: Draft) -> None:
    words = {name: section.header.accessibleDescription() for name, section in panel.sections.items()}
    assert words == {
        "data": "Digits",
        "model": "MLP, 128, 128",
        "training": "20 epochs, batch 64, AdamW 0.001",
        "checkpoints": "10 over the run",
        "compute": "device auto, fp32",
        "about": "seed 0",
    }
    draft.choose("model", "cnn")
    assert panel.sections["model"].header.accessibleDescription() == "CNN, 16, 32"


def test_that_a_form_is_made_when_its_section_is_first_opened(panel: DraftPanel, qtbot: QtBot) -> None:
    section = panel.sections["training"]
    assert section.body is None
    qtbot.mouseClick(section.header, Qt.MouseButton.LeftButton)
    assert section.body is not None
    assert section.body.isVisible()
    section.header.setFocus()
    qtbot.keyClick(section.header, Qt.Key.Key_Space)
    assert section.body.isHidden()
    assert panel.open_sections() == []


def test_that_train_asks_for_a_run_of_the_complete_draft(panel: DraftPanel, draft: Draft, qtbot: QtBot) -> None:
    draft.set("name", "mine")
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.mouseClick(at(panel, QPushButton, "draft.train"), Qt.MouseButton.LeftButton)
    assert asked.args == [to_dict(draft.spec())]


def test_that_train_waits_and_says_why(panel: DraftPanel, draft: Draft, qtbot: QtBot) -> None:
    train, reason = at(panel, QPushButton, "draft.train"), at(panel, QLabel, "draft.reason")
    assert train.isEnabled()
    assert reason.isHidden()
    draft.set("training.batch_size", 0)
    draft.set("training.ema", 2)
    assert not train.isEnabled()
    assert "0 is too small" in reason.text()
    assert "1 more to mend" in reason.text()
    assert panel.sections["training"].header.accessibleDescription().endswith("2 to mend")
    draft.undo()
    draft.undo()
    assert train.isEnabled()


def test_that_what_works_at_a_price_is_said_beside_train(panel: DraftPanel, draft: Draft) -> None:
    draft.set("training.early_stopping.patience", 3)
    draft.set("training.evaluate", {"unit": "seconds", "interval": 5.0})
    assert at(panel, QPushButton, "draft.train").isEnabled()
    assert "early stopping decides" in at(panel, QLabel, "draft.reason").text()
    draft.undo()
    assert at(panel, QLabel, "draft.reason").isHidden()


def test_that_train_waits_for_a_reason_from_outside(panel: DraftPanel) -> None:
    panel.bar.block("The workspace is read-only.")
    assert not at(panel, QPushButton, "draft.train").isEnabled()
    assert at(panel, QLabel, "draft.reason").text() == "The workspace is read-only."
    panel.bar.block("")
    assert at(panel, QPushButton, "draft.train").isEnabled()


def test_that_the_reason_leads_to_the_field(panel: DraftPanel, draft: Draft, qtbot: QtBot) -> None:
    draft.set("training.optimizer.learning_rate", -1.0)
    at(panel, QLabel, "draft.reason").linkActivated.emit("training.optimizer.learning_rate")
    line = at(panel, Line, "field.training.optimizer.learning_rate")
    qtbot.waitUntil(lambda: panel.focusWidget() is line)


def test_that_asking_to_train_a_wrong_draft_goes_to_the_mistake(panel: DraftPanel, draft: Draft, qtbot: QtBot) -> None:
    draft.set("training.batch_size", 0)
    with qtbot.assertNotEmitted(panel.train_requested):
        panel.train()
    assert panel.sections["training"].is_open


def test_that_the_equal_command_is_one_click_away(panel: DraftPanel, draft: Draft, qtbot: QtBot) -> None:
    draft.use({"training": {"batch_size": 8}}, "digits.toml")
    draft.choose("model", "cnn")
    qtbot.mouseClick(at(panel, QToolButton, "draft.copy_command"), Qt.MouseButton.LeftButton)
    where = shlex.quote(str(panel.provider.workspace))
    assert QGuiApplication.clipboard().text() == f"epochal -w {where} train digits.toml --set model.kind=cnn"


def test_that_undo_and_redo_work_by_key_and_button(panel: DraftPanel, draft: Draft, qtbot: QtBot) -> None:
    panel.set_open_sections(["training"])
    draft.set("training.batch_size", 8)
    line = at(panel, Line, "field.training.batch_size")
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert draft.value("training.batch_size") == 64
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert draft.value("training.batch_size") == 8
    at(panel, QToolButton, "draft.undo").click()
    assert line.text() == "64"
    assert not at(panel, QToolButton, "draft.undo").isEnabled()


def test_that_the_name_and_the_edits_stand_at_the_head(panel: DraftPanel, draft: Draft, qtbot: QtBot) -> None:
    name = at(panel, Line, "field.name")
    name.selectAll()
    qtbot.keyClicks(name, "my run")
    assert draft.value("name") == "my run"
    edits = at(panel, QLabel, "draft.edits")
    assert panel.head.compared.isHidden()
    draft.compare_with(spec_from_dict({"training": {"batch_size": 8}}, draft.catalog), "run 7")
    assert edits.text() == "1 edit against run 7"
    at(panel, QPushButton, "draft.take_all_back").click()
    assert edits.text() == "no edits against run 7"


def test_that_a_file_becomes_the_source_with_one_edit(panel: DraftPanel, draft: Draft, tmp_path: Path) -> None:
    body = data_body(panel)
    draft.set("data.split.valid", 0.4)
    body.use_path(tmp_path / "my 🙂 data.CSV")
    assert draft.value("data.kind") == "csv"
    assert draft.value("data.path") == str(tmp_path / "my 🙂 data.CSV")
    assert draft.value("data.split.valid") == 0.4
    assert draft.problems == []
    draft.undo()
    assert draft.value("data.kind") == "digits"


def test_that_a_file_dropped_on_the_section_becomes_the_source(panel: DraftPanel, draft: Draft, tmp_path: Path) -> None:
    body = data_body(panel)
    held = QMimeData()
    held.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.csv"))])
    no_keys = Qt.KeyboardModifier.NoModifier
    body.dropEvent(QDropEvent(QPointF(1, 1), Qt.DropAction.CopyAction, held, Qt.MouseButton.LeftButton, no_keys))
    assert draft.value("data.path") == str(tmp_path / "a.csv")


def test_that_a_file_of_an_unknown_kind_is_refused_in_a_sentence(panel: DraftPanel, draft: Draft) -> None:
    data_body(panel).use_path(Path("notes.docx"))
    assert draft.value("data.kind") == "digits"
    assert "notes.docx" in at(panel, QLabel, "data.message").text()


def test_that_the_preview_is_shown_and_names_the_columns(panel: DraftPanel, draft: Draft, tmp_path: Path) -> None:
    body = data_body(panel)
    body.use_path(tmp_path / "a.csv")
    body.process.arrived.emit(PREVIEW)
    assert at(panel, QLabel, "preview.words").text() == "about 1,500 examples, 2 columns, 2 classes"
    assert "first 1 MB" in at(panel, QLabel, "preview.source").text()
    target = at(panel, Choice, "field.data.target")
    assert [target.itemText(index) for index in range(target.count())] == ["height", "species"]
    assert "1,500 examples" in panel._words("data")
    cells = body.preview.columns.model()
    assert cells.data(cells.index(0, 2)) == "0.5 to 2"
    assert cells.data(cells.index(1, 2)) == "a, b"
    rows = body.preview.rows.model()
    assert rows.data(rows.index(1, 0)) == "—"


def test_that_a_preview_that_fails_says_why(panel: DraftPanel) -> None:
    body = data_body(panel)
    body.process.failed.emit("a.csv: Has no rows.", "")
    assert at(panel, QLabel, "preview.words").text() == "a.csv: Has no rows."
    assert at(panel, QPushButton, "preview.again").isVisible()


def test_that_a_file_that_cannot_be_used_is_blamed_where_it_is_chosen(panel: DraftPanel, draft: Draft) -> None:
    """The preview stands far below the field, and a run on such a file would only fail."""
    body = data_body(panel)
    draft.set("data", {**draft.defaults_of("data", "csv"), "kind": "csv", "path": "a.csv"})
    body.process.failed.emit("a.csv: Has no rows.", "data")
    assert not at(panel, QPushButton, "draft.train").isEnabled()
    assert at(panel, QLabel, "draft.reason").text().endswith("a.csv: Has no rows. ")
    assert panel.sections["data"].header.accessibleDescription().endswith("1 to mend")


def test_that_only_what_changes_the_look_of_the_data_asks_for_a_new_preview(panel: DraftPanel, draft: Draft) -> None:
    body = data_body(panel)
    before: Any = body.process
    assert before.asked == {"kind": "digits", "flat": False}
    draft.set("data.split.valid", 0.5)
    assert before.asked == {"kind": "digits", "flat": False}
    draft.set("data.flat", True)
    assert before.asked == {"kind": "digits", "flat": True}


PREVIEW = {
    "kind": "csv",
    "form": "table",
    "examples": 1500,
    "exact": False,
    "read": "the first 1 MB",
    "input_shape": [1],
    "target": "species",
    "task": "classification",
    "problem": "",
    "columns": [
        {"name": "height", "type": "number", "role": "input", "missing": 1, "minimum": 0.5, "maximum": 2.0},
        {"name": "species", "type": "category", "role": "target", "missing": 0, "most_frequent": [["a", 2], ["b", 1]]},
    ],
    "first_rows": [[0.5, "a"], [None, "b"]],
    "classes": 2,
    "class_balance": [{"name": "a", "count": 2}, {"name": "b", "count": 1}],
    "thumbnails": [{"label": "a", "width": 1, "height": 1, "png": "not a picture"}],
    "notices": [],
}

BROKEN = Description(
    role="model",
    kind="broken.py",
    title="broken.py",
    summary="",
    file="components/broken.py",
    error="Traceback (most recent call last):\n  <somewhere>\nZeroDivisionError: division by zero",
)
OWN = Description(
    role="model",
    kind="mine.Net",
    title="My net",
    summary="Mine.",
    file="components/mine.py",
    schema={"type": "object", "properties": {"width": {"type": "integer", "default": 7, "minimum": 1}}},
)


def arrive(provider: CatalogProvider, catalog: Catalog, *own: Description) -> None:
    provider.own = list(own)
    provider.catalog = catalog.with_components(own)
    provider.changed.emit()


def test_that_own_components_are_offered_when_they_are_described(
    panel: DraftPanel, draft: Draft, provider: CatalogProvider, catalog: Catalog
) -> None:
    panel.set_open_sections(["model"])
    family = at(panel, Choice, "field.model")
    assert family.count() == 2
    arrive(provider, catalog, OWN, BROKEN)
    assert [family.itemText(index) for index in range(4)] == ["MLP", "CNN", "My net", "broken.py"]
    family.setCurrentIndex(2)
    family.activated.emit(2)
    assert draft.value("model") == {"kind": "mine.Net", "width": 7}
    assert at(panel, Line, "field.model.width").text() == "7"


def test_that_a_broken_component_cannot_be_chosen_and_shows_its_traceback(
    panel: DraftPanel, provider: CatalogProvider, catalog: Catalog
) -> None:
    panel.set_open_sections(["model"])
    arrive(provider, catalog, BROKEN)
    family = at(panel, Choice, "field.model")
    model = family.model()
    assert isinstance(model, QStandardItemModel)
    assert not model.item(2).isEnabled()
    assert "&lt;somewhere&gt;" in family.itemData(2, Qt.ItemDataRole.ToolTipRole)
    error = at(panel, QPushButton, "components.error.broken.py")
    assert error.text() == "broken.py: ZeroDivisionError: division by zero"
    error.click()
    assert error.isChecked()


def test_that_components_wait_for_trust_and_are_trusted_with_one_click(
    panel: DraftPanel, provider: CatalogProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "components" / "mine.py").write_text("raise SystemExit\n")
    monkeypatch.setattr(provider, "refresh", lambda: None)
    panel.set_open_sections(["model"])
    trust = at(panel, QPushButton, "components.trust")
    assert trust.isVisible()
    assert "with all your rights" in trust.toolTip()
    trust.click()
    assert is_trusted(tmp_path)
    assert trust.isHidden()
    assert at(panel, QLabel, "components.words").text() == "Looking at your components…"
    provider._described([])
    assert at(panel, QLabel, "components.words").isHidden()


def test_that_every_control_has_a_name_for_those_who_do_not_see_it(panel: DraftPanel) -> None:
    panel.set_open_sections(list(panel.sections))
    controls = [
        child
        for child in panel.findChildren(QWidget)
        if isinstance(child, QPushButton | QToolButton | Choice | Line) and not child.objectName().startswith("qt_")
    ]
    assert len(controls) > 30
    nameless = [child.objectName() for child in controls if not child.accessibleName() and not child.text()]  # type: ignore[union-attr]
    assert nameless == []


def test_that_nothing_is_wider_than_the_panel(panel: DraftPanel, qtbot: QtBot) -> None:
    panel.set_open_sections(list(panel.sections))
    data_body(panel).process.arrived.emit(PREVIEW)
    panel.set_open_sections(list(panel.sections))
    inner = panel._scroll.widget()
    assert inner.minimumSizeHint().width() <= 360


def test_that_nothing_is_cut_off_in_a_narrow_column(
    panel: DraftPanel, draft: Draft, catalog: Catalog, qapp: QApplication
) -> None:
    """Every section open and every field marked as changed: there is nothing to scroll to on the right."""
    theme().install(qapp, "light")
    reference = complete_dict({}, catalog)
    draft.compare_with({**reference, "training": {"optimizer": {"kind": "sgd"}}, "checkpoints": {}}, "a run before")
    panel.resize(NARROW, 2000)
    panel.set_open_sections(list(panel.sections))
    scroll = at(panel, QScrollArea, "draft.scroll")
    assert scroll.widget().minimumSizeHint().width() <= NARROW - scroll.verticalScrollBar().sizeHint().width()

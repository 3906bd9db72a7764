"""A run's name, notes and tags: what the list shows, not what was trained."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.theme import set_role, theme


class DescribeRun(QDialog):
    """Edits the three; the name must not be empty."""

    def __init__(self, name: str, notes: str, tags: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("describe_run")
        self.setWindowTitle("Name, notes and tags")
        self.name = QLineEdit(name, self)
        self.name.setObjectName("describe_run_name")
        self.name.setAccessibleName("Name")
        self.name.setMaxLength(120)
        self.tags_field = QLineEdit(", ".join(tags), self)
        self.tags_field.setObjectName("describe_run_tags")
        self.tags_field.setAccessibleName("Tags")
        self.tags_field.setPlaceholderText("separated by commas")
        self.notes = QPlainTextEdit(notes, self)
        self.notes.setObjectName("describe_run_notes")
        self.notes.setAccessibleName("Notes")
        self.notes.setTabChangesFocus(True)
        form = QFormLayout()
        form.addRow("Name", self.name)
        form.addRow("Tags", self.tags_field)
        form.addRow("Notes", self.notes)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        save = buttons.addButton("Save", QDialogButtonBox.ButtonRole.AcceptRole)
        save.setObjectName("describe_run_save")
        set_role(save, "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.name.textChanged.connect(lambda text: save.setEnabled(bool(text.strip())))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme().space(2))
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.setMinimumWidth(440)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags as typed, each once."""
        words = (word.strip().lstrip("#") for word in self.tags_field.text().split(","))
        return tuple(dict.fromkeys(word for word in words if word))

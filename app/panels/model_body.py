"""The Model section: the families, the user's own components, and what is wrong with those that cannot be used."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.draft import Draft
from app.forms.form import Form
from app.forms.kind_row import KindRow
from app.icons import bind_icon
from app.panels.catalog_provider import CatalogProvider
from app.panels.disclosure import Disclosure
from app.panels.section_body import SectionBody
from app.theme import set_role, theme
from core.errors import EpochalError
from core.spec.catalog import Description


class ModelBody(SectionBody):
    """Chooses a model and edits its options."""

    def __init__(self, draft: Draft, provider: CatalogProvider, parent: QWidget | None = None) -> None:
        super().__init__(draft, "model", provider.workspace, parent)
        self.own = OwnComponents(provider)
        self.column.addWidget(self.own)
        draft.changed.connect(self._offer)
        self._catalog = draft.catalog

    def make_form(self) -> QWidget:
        self.kind_row = KindRow(self.draft, "model", self.field(), self.context, Form)
        return self.kind_row

    def _offer(self) -> None:
        if self.draft.catalog is not self._catalog:
            self._catalog = self.draft.catalog
            self.kind_row.offer(self.field())


class OwnComponents(QWidget):
    """The user's own components: trust asked for once, broken files with their traceback, the way to the folder."""

    def __init__(self, provider: CatalogProvider, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._provider = provider
        self.words = QLabel()
        self.words.setObjectName("components.words")
        self.words.setWordWrap(True)
        set_role(self.words, "small")
        self.trust = QPushButton("Trust this folder")
        self.trust.setObjectName("components.trust")
        self.trust.setToolTip(
            "Files in components/ are programs: importing one runs it with all your rights.<br>"
            "Look at them first. Epochal imports them in a process of their own, never in this window,<br>"
            "and remembers your answer for this folder."
        )
        self.trust.clicked.connect(self._trust)
        self.folder = QPushButton("Open folder")
        self.folder.setObjectName("components.folder")
        self.folder.setToolTip("Your own models: one Python file each, with a class that is an nn.Module")
        set_role(self.folder, "quiet")
        bind_icon(self.folder, "open")
        self.folder.clicked.connect(self._open_folder)
        self._broken = QVBoxLayout()
        self._broken.setSpacing(theme().space(0.5))
        buttons = QHBoxLayout()
        buttons.addWidget(self.trust)
        buttons.addWidget(self.folder)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme().space(1), 0, 0)
        column.setSpacing(theme().space(1))
        column.addWidget(self.words)
        column.addLayout(self._broken)
        column.addLayout(buttons)
        provider.changed.connect(self.refresh)
        provider.failed.connect(self._failed)
        self.refresh()

    def refresh(self) -> None:
        """Say how the user's own components stand."""
        waits = self._provider.waits_for_trust
        own = self._provider.own
        if self._provider.newly_trusted:
            self.trust.hide()
            self.words.setText("Looking at your components…")
            self.words.show()
            self._show_broken([])
            return
        broken = [] if waits else [description for description in own if description.error]
        self.trust.setVisible(waits)
        if waits:
            self.words.setText(
                "This workspace has components of its own. They are not used until you trust the folder."
            )
        elif own:
            usable = len(own) - len(broken)
            self.words.setText(f"{usable} of your own can be used." if usable else "None of your own can be used yet.")
        self.words.setVisible(waits or bool(own))
        self._show_broken(broken)

    def _show_broken(self, broken: list[Description]) -> None:
        while (item := self._broken.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for description in broken:
            lines = description.error.strip().splitlines()
            words = f"{description.file.rpartition('/')[2]}: {lines[-1] if lines else 'cannot be used'}"
            self._broken.addWidget(Disclosure(words, description.error, f"components.error.{description.kind}"))

    def _failed(self, reason: str) -> None:
        self.words.setText(f"Your components could not be described. {escape(reason)}")
        self.words.show()

    def _trust(self) -> None:
        try:
            self._provider.trust()
        except EpochalError as error:
            self._failed(str(error))

    def _open_folder(self) -> None:
        try:
            self._provider.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._failed(error.strerror or str(error))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._provider.folder)))

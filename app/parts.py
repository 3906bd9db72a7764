"""What one window is made of and its doers work with."""

from __future__ import annotations

from dataclasses import dataclass

from app.draft import Draft
from app.live.attending import Attending
from app.live.background import Background
from app.live.control import Control
from app.live.notices import Notices
from app.live.trash import Trash
from app.live.workspace_model import WorkspaceModel
from app.settings import Settings
from core.runs.summary import RunSummary


@dataclass(frozen=True)
class Parts:
    """Shared by everything in one window; none of it is a widget."""

    model: WorkspaceModel
    control: Control
    notices: Notices
    background: Background
    settings: Settings
    draft: Draft
    trash: Trash
    read_only: bool = False
    attending: Attending | None = None

    def close(self) -> None:
        """Follow nothing more and let go of the workspace."""
        self.model.stop()
        self.background.close()
        self.control.close()
        if self.attending is not None:
            self.attending.end()

    def current(self) -> RunSummary | None:
        """Return the current run, or None."""
        return self.model.summaries.get(self.model.selection.current or "")

    def selected(self) -> list[RunSummary]:
        """Return the selected runs, the current one first."""
        runs = (self.model.summaries.get(run_id) for run_id in self.model.selection.runs)
        return [run for run in runs if run is not None]

"""Actions that compare: the selected checkpoints, the selected runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.compare.rival import rival_of
from app.parts import Parts

if TYPE_CHECKING:
    from app.compare.page import ComparePage
    from app.main_window import MainWindow


class CompareDoer:
    """What the rows `comparing.*` of the table do.  The page is made when it is first needed."""

    def __init__(self, parts: Parts, window: MainWindow) -> None:
        self._parts, self._window = parts, window
        self.page: ComparePage | None = None

    def checkpoints(self) -> None:
        """Show the selected checkpoints side by side; a single one beside the model, best or last of its run."""
        selection = self._parts.model.selection
        if len(selection.checkpoints) == 1:
            run, step = selection.checkpoints[0]
            rival = rival_of(self._parts.model.state(run), step)
            if rival is not None:
                selection.select_checkpoints([(run, step), (run, rival)])
        if len(selection.checkpoints) < 2:
            return
        page = self._page()
        self._window.centre.show_over(page)
        page.compare(selection.checkpoints)
        page.tabs.tabBar().setFocus()

    def runs(self) -> None:
        """Show the selected runs side by side, below their curves."""
        self._window.centre.show_runs()
        if self._window.run_page is not None:
            self._window.run_page.compare_runs()

    def _page(self) -> ComparePage:
        if self.page is None:
            from app.compare.page import ComparePage

            self.page = ComparePage(self._parts, self._window)
            self.page.back_wanted.connect(self._window.centre.show_runs)
            self._window.closed.connect(self.page.close_down)
        return self.page

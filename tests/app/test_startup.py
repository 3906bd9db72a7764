"""Starting: nothing heavy is imported, and PySide6 counts its references."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "optuna", "sklearn", "scipy", "pandas", "pyarrow", "ray")
START = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from app.main import make_application
from app.settings import Settings
from app.theme import theme
from app.windows import Windows
from core.runs.workspace import Workspace

folder = Path(sys.argv[1])
application = make_application(["epochal"])
theme().install(application, "light")
windows = Windows(Settings(folder / "window.ini"), attend=False)
window = windows.open(folder / "ws")
timer = QTimer()
def look():
    if window.parts.model.loaded:
        {then}
        windows.close_all()
        application.exit(0)
timer.timeout.connect(look)
timer.start(20)
application.exec()
print(" ".join(sorted(name for name in sys.modules if "." not in name)))
"""


def modules_after(tmp_path: Path, then: str = "pass") -> set[str]:
    """Start the window in a process of its own, do something, close it; return what it has imported."""
    code = START.replace("{then}", then)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_that_the_window_process_never_imports_torch_or_optuna(tmp_path: Path) -> None:
    everything = (
        "window._make_run_page(); window.right.draft.set_open_sections(list(window.right.draft.sections)); "
        "import app.dialogs.going_back, app.actions.palette, app.dialogs.describe_run, core.jobs.client"
    )
    assert not modules_after(tmp_path, everything) & set(HEAVY)


def test_that_the_first_screen_of_an_empty_workspace_does_without_plots(tmp_path: Path) -> None:
    assert "pyqtgraph" not in modules_after(tmp_path)


@pytest.mark.usefixtures("qapp")
def test_that_void_calls_do_not_lose_references_to_none() -> None:
    """PySide6 6.12 on Python 3.11 does, and aborts after some seconds of live plotting."""
    from PySide6.QtWidgets import QWidget

    widget = QWidget()
    before = sys.getrefcount(None)
    for _ in range(1000):
        widget.update()
        widget.setObjectName("canary")
    assert sys.getrefcount(None) > before - 100

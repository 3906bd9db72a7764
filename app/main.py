"""Starting the window: `main(workspace)`.  Imports neither torch nor optuna, and little else before it shows."""

from __future__ import annotations

import app.before_qt  # noqa: F401  # isort: skip

import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QMessageBox

from app.icons import icon_folder
from app.settings import Settings
from app.theme import theme
from app.windows import Windows
from core.errors import EpochalError

SIGNAL_LOOK_MS = 500


def main(workspace: Path | None = None) -> int:
    """Open a window on a workspace (the one opened last, or the default) and return the exit code when it closed."""
    application = make_application(sys.argv[:1])
    settings = Settings()
    theme().install(application, settings.theme)
    windows = Windows(settings)
    sys.excepthook = _shown(windows)
    _heed_signals(application, windows)
    try:
        windows.open(workspace)
    except EpochalError as error:
        print(error, file=sys.stderr)
        QMessageBox.critical(None, "Epochal", str(error))
        return 2
    return int(application.exec())


def make_application(arguments: list[str]) -> QApplication:
    """Return the one QApplication, named."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(arguments)
    application.setApplicationName("epochal")
    application.setDesktopFileName("epochal")
    application.setWindowIcon(QIcon(str(icon_folder() / "epochal.svg")))
    return application


def _heed_signals(application: QApplication, windows: Windows) -> None:
    """Let Ctrl+C and termination close the windows without a question; Python only looks at signals when it runs."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: windows.close_all())
    timer = QTimer(application)
    timer.timeout.connect(lambda: None)
    timer.start(SIGNAL_LOOK_MS)


def _shown(windows: Windows) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """Return a hook that shows an error nobody expected in the window, instead of losing it on a terminal."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        print(text, file=sys.stderr)
        windows.say_error(f"Something went wrong in the window: {error}", text)

    return hook

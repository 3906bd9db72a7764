"""How the machine is doing, on the right of the toolbar: device, data wait, checkpoint cost, running runs."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.icons import pixmap
from app.live.workspace_model import WorkspaceModel
from app.theme import set_role, theme
from core.runs.state import RunState


class StatusStrip(QWidget):
    """Figures of the current run while it is live, and how many runs train."""

    def __init__(self, model: WorkspaceModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.device = _Figure("device", "status_device", "Where the run trains")
        self.wait = _Figure("device-wait", "status_wait", "Share of training time spent waiting for data")
        self.cost = _Figure("checkpoint", "status_cost", "Share of training time spent on checkpoints")
        self.running = _Figure("training", "status_running", "Runs that train, are paused, or wait in the queue")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, theme().space(0.5), 0)
        layout.setSpacing(theme().space(2))
        for figure in (self.device, self.wait, self.cost, self.running):
            layout.addWidget(figure)
        model.runs_changed.connect(self.refresh)
        model.run_updated.connect(lambda _: self.refresh())
        model.selection.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the figures as they are now; what is not known is not shown."""
        current = self._model.selection.current or ""
        state = self._model.state(current)
        summary = self._model.summaries.get(current)
        active = summary is not None and summary.status in ("running", "paused")
        self.device.show_words(_device_words(state) if state else "")
        progress = state.progress if state and active else None
        self.wait.show_words(f"data wait {_percent(progress.data_wait)}" if progress else "")
        self.cost.show_words(f"checkpoints {_percent(progress.checkpoint_cost)}" if progress else "")
        live = self._model.live_runs()
        training = sum(run.status in ("starting", "running") for run in live)
        paused = sum(run.status == "paused" for run in live)
        waiting = sum(run.status == "queued" for run in live)
        counts = ((training, "running"), (paused, "paused"), (waiting, "waiting"))
        words = ", ".join(f"{count} {what}" for count, what in counts if count)
        self.running.show_words(words or "nothing running")


class _Figure(QWidget):
    """An icon and a few words."""

    def __init__(self, symbol: str, name: str, about: str) -> None:
        super().__init__()
        self._symbol = symbol
        self.setToolTip(about)
        self._drawn = QLabel(self)
        self.words = QLabel(self)
        self.words.setObjectName(name)
        self.words.setAccessibleName(about)
        set_role(self.words, "small")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme().space(0.5))
        layout.addWidget(self._drawn)
        layout.addWidget(self.words)
        theme().theme_changed.connect(self._dress)
        self._dress()

    def show_words(self, words: str) -> None:
        self.words.setText(words)
        self.setVisible(bool(words))

    def _dress(self) -> None:
        self._drawn.setPixmap(pixmap(self._symbol, "text_muted", 16, self.devicePixelRatioF()))


def _device_words(state: RunState) -> str:
    environment = state.environment
    if environment is None:
        return ""
    threads = f", {environment.threads} thread{'s' if environment.threads != 1 else ''}"
    return environment.device + (threads if environment.device == "cpu" else "")


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %" if share < 0.0995 else f"{share * 100:.0f} %"

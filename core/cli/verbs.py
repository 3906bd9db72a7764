"""The verbs of the command line: a table.  A verb's module is imported only when the verb is used."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """One verb: its module has `arguments(parser)`, which declares, and `run(given) -> int`, which does."""

    name: str
    module: str
    summary: str
    group: str


_ROWS = {
    "window": [("gui", "gui", "open the window")],
    "train and control": [
        ("train", "train", "queue a run and follow it"),
        ("resume", "resume", "go on with a run that was paused, stopped or died"),
        ("fork", "fork", "a new run from a checkpoint: with the full state, or --warm-start with the weights"),
        ("fine-tune", "fine_tune", "a few gentle epochs on fresh data; what they gained and lost"),
        ("pause", "control", "let a run wait at the next step and free the device"),
        ("stop", "control", "finish the step, save a checkpoint, end"),
        ("kill", "control", "end a run at once, saving nothing"),
        ("steer", "steer", "change a value of a running job, steer RUN learning_rate=0.001; see what was changed"),
        ("checkpoint", "control", "save a checkpoint at the next step"),
    ],
    "look": [
        ("runs", "runs", "list the runs"),
        ("show", "show", "one run: how it stands, its spec, what it ran under"),
        ("checkpoints", "checkpoints", "the checkpoints of a run, and why each is kept"),
        ("curve", "curve", "the metrics of a run, and the phases of its learning"),
        ("phases", "phases", "the phases of a learning curve from elsewhere, a CSV file"),
        ("compare", "compare", "two checkpoints or more, or with --runs whole runs, side by side"),
        ("choose", "choose", "early stopping against selection; choose RUN@STEP makes a checkpoint the model"),
        ("recommend", "recommend", "the checkpoint to fine-tune from, and why"),
        ("layers", "layers", "the layers of a run's or a spec's model"),
        ("verify", "verify", "check every byte of checkpoints, and prove that resume is exact"),
    ],
    "out and about": [
        ("export", "export", "weights as .safetensors or .pt, metrics as .csv, the run as it was steered as .toml"),
        ("describe", "describe", "what data sources and models there are, and every field of a spec"),
        ("doctor", "doctor", "this machine, its devices, the versions, the workspace"),
    ],
}

VERBS = {row[0]: Verb(*row, group) for group, rows in _ROWS.items() for row in rows}

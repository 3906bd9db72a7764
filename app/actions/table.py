"""Everything a user can do, one row each; menus, toolbar, shortcuts and palette derive from these rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One action.

    `slot` is "object.method" among the window's doers.  `rule` is a name in `app.actions.situation.RULES`.
    `menu` is where it stands; rows stand there in the order of the table, `group` changes draw a line between them.
    """

    id: str
    text: str
    slot: str
    tooltip: str
    icon: str = ""
    shortcut: str = ""
    rule: str = "always"
    menu: str = ""
    group: str = ""
    checkable: bool = False
    toolbar: bool = False
    on_run: bool = False  # in the context menu of a run
    on_checkpoint: bool = False
    confirms: bool = False  # the text ends in dots: it asks something first


MENUS = ("Workspace", "Run", "Checkpoint", "Queue", "View", "Help")

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("workspace.open", "Open workspace", "workspaces.open", "Open another folder of runs",
        "open", "Ctrl+O", menu="Workspace", group="open", confirms=True),
    Row("workspace.new_window", "New window", "workspaces.new_window", "Open a second window on this workspace",
        "window", "Ctrl+Shift+N", menu="Workspace", group="open"),
    Row("workspace.reveal", "Reveal folder", "workspaces.reveal", "Show the workspace in the file browser",
        "workspace", menu="Workspace", group="folder"),
    Row("workspace.empty_trash", "Empty trash", "workspaces.empty_trash", "Delete for good the runs in the trash",
        "trash", menu="Workspace", group="folder", confirms=True),
    Row("workspace.welcome", "Sample experiments", "views.welcome", "Choose a sample or your own data",
        "sample-own", "Ctrl+N", menu="Workspace", group="folder"),

    Row("window.close", "Close window", "views.close", "Close this window; runs may go on in the background",
        "cancel", "Ctrl+W", menu="Workspace", group="close"),

    Row("run.train", "Train", "draft.train", "Start a run from the draft",
        "train", "Ctrl+Return", "train", "Run", "start", toolbar=True),
    Row("run.pause", "Pause", "runs.pause", "Wait at the next step and release device memory",
        "pause", "Ctrl+P", "pause", "Run", "control", toolbar=True, on_run=True),
    Row("run.resume", "Resume", "runs.resume", "Go on: after a pause, or from the newest good checkpoint",
        "resume", "Ctrl+R", "resume", "Run", "control", toolbar=True, on_run=True),
    Row("run.longer", "Train longer", "checkpoints.longer", "Fork the last checkpoint with twice the length",
        "fork", "Ctrl+Shift+R", "longer", "Run", "control", on_run=True, confirms=True),
    Row("run.stop", "Stop", "runs.stop", "Finish the step, save a checkpoint, end",
        "stop", "Ctrl+.", "live", "Run", "control", toolbar=True, on_run=True),
    Row("run.kill", "Kill", "runs.kill", "End at once; nothing is saved",
        "kill", "Ctrl+Shift+.", "live", "Run", "control", on_run=True, confirms=True),
    Row("run.checkpoint", "Checkpoint now", "runs.checkpoint", "Save a checkpoint at the next step",
        "checkpoint-now", "Ctrl+S", "live", "Run", "steer", toolbar=True, on_run=True),
    Row("run.steer", "Steer", "views.steer",
        "Change values of the running job: rate, decay, clipping, batch size, patience, budget",
        "learning-rate", "Ctrl+L", "live", "Run", "steer", toolbar=True, on_run=True),
    Row("run.use_as_draft", "Use as draft", "runs.use_as_draft", "Copy the run's spec into the draft",
        "draft", "Ctrl+D", "run", "Run", "draft", on_run=True),
    Row("run.replay", "Replay as draft", "runs.replay",
        "Put the run's spec into the draft, with every change made to it at its step: it trains to the same weights",
        "redo", "", "run", "Run", "draft", on_run=True),
    Row("run.copy_command", "Copy as command", "runs.copy_command", "Copy the command line that does the same",
        "command-line", "Ctrl+Shift+C", "run", "Run", "draft", on_run=True),
    Row("run.copy_id", "Copy id", "runs.copy_id", "Copy the run's id",
        "copy", "", "run", "Run", "draft", on_run=True),
    Row("run.compare", "Compare runs", "comparing.runs",
        "Put the selected runs side by side below their curves: what differs, best, last, mean over seeds",
        "compare", "Ctrl+Shift+K", "compare runs", "Run", "compare", on_run=True),
    Row("run.describe", "Name, notes and tags", "runs.describe", "Edit what the list of runs shows",
        "tag", "F2", "writable run", "Run", "keep", on_run=True, confirms=True),
    Row("run.reveal", "Reveal run folder", "runs.reveal", "Show the run's files in the file browser",
        "workspace", "", "run", "Run", "keep", on_run=True),
    Row("run.delete", "Delete", "runs.delete", "Move the selected runs to the workspace's trash",
        "trash", "Del", "ended", "Run", "delete", on_run=True),
    Row("run.undo_delete", "Undo delete", "runs.undo_delete", "Bring back the runs deleted last",
        "undo", "Ctrl+Z", "undo", "Run", "delete"),

    Row("checkpoint.resume", "Resume from checkpoint", "checkpoints.resume",
        "The same run goes on from this checkpoint; what came after stays as a faded tail",
        "resume", "", "restore", "Checkpoint", "go", on_checkpoint=True, confirms=True),
    Row("checkpoint.fork", "Fork from checkpoint", "checkpoints.fork",
        "A new run goes on from the full state of this checkpoint; this run stays as it is",
        "fork", "Ctrl+Shift+F", "go on", "Checkpoint", "go", on_checkpoint=True, confirms=True),
    Row("checkpoint.warm_start", "Warm start from checkpoint", "checkpoints.warm_start",
        "A new run begins with the weights of this checkpoint; everything else begins anew",
        "train", "", "fork", "Checkpoint", "go", on_checkpoint=True, confirms=True),
    Row("checkpoint.restore", "Restore spec as draft", "checkpoints.restore",
        "Put the spec in force at this checkpoint into the draft, for a new run from the beginning",
        "restore", "", "checkpoint", "Checkpoint", "go", on_checkpoint=True),
    Row("checkpoint.choose", "Make it the model", "checkpoints.choose",
        "Let this checkpoint be the model of its run, whatever the rule of the spec gave",
        "star-filled", "", "choose", "Checkpoint", "choose", on_checkpoint=True),
    Row("checkpoint.by_rule", "Model by rule", "checkpoints.by_rule",
        "Take the choice back: the model is the checkpoint that the rule of the spec gave",
        "star", "", "ended run", "Checkpoint", "choose"),
    Row("checkpoint.compare", "Compare checkpoints", "comparing.checkpoints",
        "Put the selected checkpoints side by side; a single one beside the model, the best or the last of its run",
        "compare", "Ctrl+K", "compare", "Checkpoint", "compare", on_checkpoint=True),
    Row("checkpoint.verify", "Verify checkpoint", "checkpoints.verify",
        "Prove that going on from this checkpoint gives bit by bit what the run recorded",
        "verify", "", "whole", "Checkpoint", "out", on_checkpoint=True, confirms=True),
    Row("checkpoint.export", "Export weights", "checkpoints.export", "Write the weights as safetensors or pt",
        "export", "Ctrl+E", "checkpoint", "Checkpoint", "out", on_checkpoint=True, confirms=True),
    Row("checkpoint.reveal", "Reveal file", "checkpoints.reveal", "Show the checkpoint's file",
        "file", "", "checkpoint", "Checkpoint", "out", on_checkpoint=True),
    Row("checkpoint.pin", "Pin or unpin checkpoint", "keeping.pin", "Keep it whatever the policy deletes, or let it go",
        "pin", "", "keep", "Checkpoint", "keep", on_checkpoint=True),
    Row("checkpoint.delete", "Delete checkpoints", "keeping.delete",
        "Delete the selected checkpoints of an ended run; one that another run came from stays",
        "trash", "", "delete checkpoints", "Checkpoint", "keep", on_checkpoint=True, confirms=True),

    Row("queue.up", "Move up", "queue.up", "Start the run earlier",
        "up", "Alt+Up", "up", "Queue", "move"),
    Row("queue.down", "Move down", "queue.down", "Start the run later",
        "down", "Alt+Down", "down", "Queue", "move"),
    Row("queue.cancel", "Take out of the queue", "queue.cancel", "The run will not start",
        "cancel", "", "queued", "Queue", "move", on_run=True),

    Row("view.palette", "Command palette", "views.palette", "Find any action by its name",
        "palette", "Ctrl+Shift+P", menu="View", group="find", toolbar=True),
    Row("view.filter", "Filter runs", "views.filter", "Go to the filter of the runs",
        "search", "Ctrl+F", "always", "View", "find"),
    Row("view.export_picture", "Export picture", "views.export_picture", "Save the curves as PNG",
        "picture", "", "points", "View", "out", confirms=True),
    Row("view.export_drawing", "Export drawing", "views.export_drawing", "Save the curves as SVG",
        "picture", "", "points", "View", "out", confirms=True),
    Row("view.export_data", "Export data", "views.export_data", "Save the curves' points as CSV",
        "table", "", "points", "View", "out", confirms=True),
    Row("view.runs", "Runs", "views.show_runs", "Show or hide the list of runs",
        "panel-left", "Ctrl+1", menu="View", group="panels", checkable=True),
    Row("view.draft", "Draft and details", "views.show_right", "Show or hide the right column",
        "panel-right", "Ctrl+2", menu="View", group="panels", checkable=True),
    Row("view.bottom", "Queue, log and notices", "views.show_bottom", "Show or hide the lower tabs",
        "panel-bottom", "Ctrl+3", menu="View", group="panels", checkable=True),
    Row("view.theme", "Dark or light", "views.toggle_theme", "Change between dark and light",
        "theme", "Ctrl+Shift+L", menu="View", group="theme", toolbar=True),
    Row("view.theme_system", "Follow the system's colours", "views.theme_system", "Dark or light as the desktop is",
        "", "", menu="View", group="theme"),

    Row("help.shortcuts", "Keyboard shortcuts", "views.shortcuts", "Show all shortcuts",
        "keyboard", "F1", menu="Help", group="help"),
    Row("help.doctor", "Doctor", "views.doctor", "Show machine, versions and folders",
        "doctor", "", menu="Help", group="help"),
    Row("help.about", "About Epochal", "views.about", "What this program is",
        "about", "", menu="Help", group="about"),
)
# fmt: on

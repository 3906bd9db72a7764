"""Ask the describing process (`python -m core.describe`) what components, data and models are.  No torch here.

The child has a time limit and a memory limit, and answers through a file of its own, so whatever user code does (raise,
hang, print, exit, crash) costs one greyed entry and nothing else.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from core import errors
from core.errors import BadInput, ComponentError, EpochalError
from core.runs.events import Layer
from core.spec.catalog import Description
from core.spec.describe_child import Child
from core.spec.description_cache import keep, kept
from core.spec.problem import NOT_TRUSTED
from core.spec.spec import Spec
from core.spec.trust import is_trusted

SECONDS = 10.0  # for one component file
START_SECONDS = 120.0  # to import torch on a busy machine
MEGABYTES = 4096  # that component files may take
_READ_AT_MOST = 1_000_000
_TAKES_SHAPE = re.compile(r"def __init__\s*\([^)]*\b(outputs|shape)\b")
_TOO_SLOW = "did not finish"


class Device(msgspec.Struct, frozen=True):
    """Something torch can compute on: `cpu`, `cuda:0`, `mps`."""

    device: str
    title: str
    memory_bytes: int


def describe_components(workspace: Path, *, refresh: bool = False, seconds: float = SECONDS) -> list[Description]:
    """Describe the user's own components: one description per model, one with `error` per file that cannot be used.

    Files of a workspace that is not trusted are not imported; their error says so.  Descriptions are remembered by
    content; `refresh` asks again.  Takes seconds when something is new: do not call it from the window's thread.
    Raises ComponentError when the describing process itself cannot work.
    """
    files = component_files(workspace)
    if not is_trusted(workspace):
        return [broken_file(path, NOT_TRUSTED) for path in files]
    found = {} if refresh else {path.name: known for path in files if (known := kept(path)) is not None}
    missing = [path.name for path in files if path.name not in found]
    if missing:
        fresh = _ask_for(workspace, missing, seconds)
        for path in files:
            if path.name in fresh:
                keep(path, fresh[path.name])
        found |= fresh
    return [description for path in files for description in found[path.name]]


def component_files(workspace: Path) -> list[Path]:
    """Return the component files of a workspace, in order; those that begin with an underscore hold only parts.

    Hidden files are an editor's own, such as the lock beside a file that is being edited.
    """
    return sorted(path for path in (workspace / "components").glob("*.py") if not path.name.startswith(("_", ".")))


def broken_file(path: Path, error: str) -> Description:
    """Return the description of a component file that cannot be used, the last line of `error` being the reason.

    It goes by the name of the model in it, where one can be read off the text, so that a spec that asks for this
    model is told why it cannot have it; else by the file's name.
    """
    try:
        text = "\n" + path.read_text(encoding="utf-8", errors="replace")[:_READ_AT_MOST]
    except OSError:
        text = ""
    classes = text.split("\nclass ")[1:]
    names = [body.partition("(")[0].strip() for body in classes if _TAKES_SHAPE.search(body)]
    kind = f"{path.stem}.{names[0]}" if len(names) == 1 and names[0].isidentifier() else path.name
    return Description(
        role="model", kind=kind, title=path.name, summary="", file=f"components/{path.name}", error=error
    )


def describe_builtin() -> list[Description]:
    """Describe the built-in components afresh, without their cached list."""
    return msgspec.convert(_answer(["builtin"]), list[Description])


def preview_data(data: dict[str, Any], base: Path, seconds: float = 60.0) -> dict[str, Any]:
    """Return core.data.preview's look at the data of a flat `[data]` table, as plain JSON values.

    `base` is the folder that relative paths refer to.  Raises DataError or SpecError as the preview does.
    """
    answer = _answer(["preview", msgspec.json.encode(data).decode(), str(base)], seconds)
    return msgspec.convert(answer, dict[str, Any])


def layers_of(spec: Spec, workspace: Path, seconds: float = 300.0) -> list[Layer]:
    """Return the layer table of a spec that was never trained; its data is read for the shapes.

    Raises what reading the data or building the model raises: DataError, SpecError, ComponentError.
    """
    return msgspec.convert(
        _answer(["layers", msgspec.json.encode(spec).decode(), str(workspace)], seconds), list[Layer]
    )


def devices() -> list[Device]:
    """Return what torch can compute on, the CPU first.  Takes seconds: torch is imported in the child."""
    return msgspec.convert(_answer(["devices"]), list[Device])


def _ask_for(workspace: Path, names: list[str], seconds: float) -> dict[str, list[Description]]:
    """Describe files in one child; should it die, the files that are left get another one."""
    found: dict[str, list[Description]] = {}
    while left := [name for name in names if name not in found]:
        described, culprit, why = _one_child(workspace, left, seconds)
        found |= described
        if culprit is not None and len(left) > 1 and _TOO_SLOW not in why:
            # Time is taken per file, but of a crash another file, imported before, may be the cause.
            alone, _, why = _one_child(workspace, [culprit], seconds)
            found |= alone
        if culprit is not None and culprit not in found:
            found[culprit] = [broken_file(workspace / "components" / culprit, why)]
    return found


def _one_child(
    workspace: Path, names: list[str], seconds: float
) -> tuple[dict[str, list[Description]], str | None, str]:
    """Return what one child described, the file it died of or None, and why."""
    found: dict[str, list[Description]] = {}
    current: str | None = None
    limits = ["--seconds", str(seconds), "--megabytes", str(MEGABYTES)]
    with Child([*limits, "components", str(workspace), *names]) as child:
        # The child ends itself after `seconds`; the second more is for code that prevents it from doing so.
        while len(found) < len(names):
            answer = child.next(START_SECONDS if current is None else seconds + 1)
            if answer is None:
                if current is None:
                    raise ComponentError(f"The describing process could not start: {child.obituary()}")
                return found, current, _cause(child, seconds)
            if "begin" in answer:
                current = str(answer["begin"])
            elif "done" in answer:
                found[str(answer["done"])] = msgspec.convert(answer["descriptions"], list[Description])
            else:
                raise _error(answer["error"])
    return found, None, ""


def _cause(child: Child, seconds: float) -> str:
    if child.is_alive or "Timeout (" in child.log():
        return f"{child.log()}\n{_TOO_SLOW} within {seconds:g} s".strip()
    return child.obituary()


def _answer(arguments: list[str], seconds: float = START_SECONDS) -> Any:
    with Child(arguments) as child:
        answer = child.next(seconds)
        if answer is None:
            late = f"it {_TOO_SLOW} within {seconds:g} s"
            raise EpochalError(f"The describing process failed: {late if child.is_alive else child.obituary()}")
    if isinstance(answer, dict) and "error" in answer:
        raise _error(answer["error"])
    return answer


def _error(parts: dict[str, str]) -> EpochalError:
    """Return the child's error as the same class it had there."""
    kind = getattr(errors, parts["type"], EpochalError)
    if not issubclass(kind, BadInput):
        kind = EpochalError
    return kind(parts["message"], where=parts.get("where", ""), remedy=parts.get("remedy", ""))

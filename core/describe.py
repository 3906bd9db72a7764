"""The describing process: a throw-away that imports components and data so that window and command line need not.

    python -m core.describe builtin                         every built-in data source and model family
    python -m core.describe components WORKSPACE [FILE...]   the user's own components
    python -m core.describe preview DATA_JSON BASE           a look at a data set
    python -m core.describe layers SPEC_JSON WORKSPACE       the layer table of a spec
    python -m core.describe cost SPEC_JSON WORKSPACE         how large its checkpoints will be
    python -m core.describe devices                          what torch can compute on

Answers are JSON.  They go to the real standard output, or one per line to the file of --to; whatever imported code
prints goes to standard error.  core/spec/describing.py runs this with limits and reads the lines.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import msgspec

from core.errors import ComponentError, DataError, EpochalError
from core.spec.catalog import Description
from core.spec.child_limits import limit_memory
from core.spec.describing import broken_file, component_files

if TYPE_CHECKING:
    from torch import nn

Say = Callable[[object], None]
_QUICKLY_READ = 200_000_000  # bytes


def main(arguments: list[str] | None = None) -> NoReturn:
    """Answer one question and end the process: exit code 0, or 2 when the answer is an error."""
    asked = _parser().parse_args(arguments)
    say, out = _private_channel(asked.to)
    try:
        {
            "builtin": lambda: say(describe_builtin()),
            "components": lambda: _components(asked, say),
            "preview": lambda: say(_preview(asked)),
            "layers": lambda: say(_layers(asked)),
            "cost": lambda: say(_cost(asked)),
            "devices": lambda: say(_devices()),
        }[asked.what]()
    except Exception as error:
        say({"error": _in_parts(error)})
        code = 2
    else:
        code = 0
    finally:
        out.close()
    # Threads and exit functions of imported code have no say in whether this process ends.
    sys.stderr.flush()
    os._exit(code)


def describe_builtin() -> list[Description]:
    """Describe every data source and model family that comes with Epochal."""
    import core.data.sources
    from core.models.build import families

    names = [name for _, name, _ in pkgutil.iter_modules(core.data.sources.__path__)]
    modules = {name: importlib.import_module(f"core.data.sources.{name}") for name in names}
    sources = {name: module for name, module in modules.items() if hasattr(module, "TITLE")}
    return [
        *(_builtin("data", name, module) for name, module in sources.items()),
        *(_builtin("model", name, module) for name, module in families().items()),
    ]


def describe_file(workspace: Path, name: str) -> list[Description]:
    """Describe the models of components/<name>; a file that cannot be used is one description with `error`."""
    from core.models.own import NO_MODEL, load_file, model_classes

    stem, path = name.removesuffix(".py"), workspace / "components" / name
    try:
        classes = model_classes(load_file(workspace, stem))
    except ComponentError as error:
        return [broken_file(path, _user_traceback(error.__cause__) if error.__cause__ else str(error))]
    except BaseException as error:  # a file may raise anything, KeyboardInterrupt too
        return [broken_file(path, _user_traceback(error))]
    if not classes:
        return [broken_file(path, f"No model in this file. {NO_MODEL}")]
    return [_own(cls, stem, name) for cls in classes]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.describe", description="Describe components and data.")
    parser.add_argument("--to", type=Path, help="append answers to this file, one line each, instead of printing")
    parser.add_argument("--seconds", type=float, default=0, help="end a component file that takes longer")
    parser.add_argument("--megabytes", type=int, default=0, help="memory that may be taken beyond what is needed")
    what = parser.add_subparsers(dest="what", required=True)
    what.add_parser("builtin")
    components = what.add_parser("components")
    components.add_argument("workspace", type=Path)
    components.add_argument("files", nargs="*")
    preview = what.add_parser("preview")
    preview.add_argument("data", help="the [data] section as JSON")
    preview.add_argument("base", type=Path)
    layers = what.add_parser("layers")
    layers.add_argument("spec", help="a complete spec as JSON")
    layers.add_argument("workspace", type=Path)
    cost = what.add_parser("cost")
    cost.add_argument("spec", help="a complete spec as JSON")
    cost.add_argument("workspace", type=Path)
    what.add_parser("devices")
    return parser


def _private_channel(to: Path | None) -> tuple[Say, BinaryIO]:
    """Return how to answer: through a descriptor of our own, while descriptors 1 and 2 are left to imported code."""
    sys.stdout.flush()
    if to is None:
        out = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
    else:
        out = to.open("ab", buffering=0)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)

    def say(answer: object) -> None:
        line = msgspec.json.encode(answer)
        if to is None:
            line = msgspec.json.format(line, indent=2)
        out.write(line + b"\n")

    return say, out


def _components(asked: argparse.Namespace, say: Say) -> None:
    import core.models.build  # torch first: its time and memory are not the file's

    del core
    files = asked.files or [path.name for path in component_files(asked.workspace)]
    descriptions: list[Description] = []
    crash_log = os.fdopen(os.dup(2), "w")
    faulthandler.enable(crash_log)
    if asked.to:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 2)
    limit_memory(asked.megabytes)
    for name in files:
        if asked.to:
            say({"begin": name})
        if asked.seconds:
            faulthandler.dump_traceback_later(asked.seconds, exit=True, file=crash_log)
        found = describe_file(asked.workspace, name)
        faulthandler.cancel_dump_traceback_later()
        descriptions += found
        if asked.to:
            say({"done": name, "descriptions": found})
    if not asked.to:
        say(descriptions)


def _preview(asked: argparse.Namespace) -> Any:
    from core.data.preview import preview

    return preview(msgspec.json.decode(asked.data), asked.base)


def _layers(asked: argparse.Namespace) -> Any:
    import torch

    from core.data.prepare import prepare
    from core.models.build import build_model
    from core.models.layers import layer_table
    from core.spec.spec import Spec

    spec = msgspec.json.decode(asked.spec, type=Spec)
    data = prepare(spec.data, asked.workspace)
    torch.manual_seed(spec.seed)
    model = build_model(spec.model, data.shape, asked.workspace)
    return layer_table(model, torch.zeros((2, *data.shape.input_shape)))


def _cost(asked: argparse.Namespace) -> Any:
    """Return parameters, bytes of a checkpoint and of its weights alone, and the number of training examples."""
    from core.data.prepare import prepare
    from core.engine.weighing import sizes_of_draft
    from core.spec.spec import Spec

    spec = msgspec.json.decode(asked.spec, type=Spec)
    path = asked.workspace / str(spec.data.options.get("path") or "")
    if path.is_file() and path.stat().st_size > _QUICKLY_READ:
        raise DataError("The data is large: the run says how large its checkpoints are once it has read it.")
    data = prepare(spec.data, asked.workspace)
    parameters, sizes = sizes_of_draft(spec, data.shape, asked.workspace)
    return {
        "parameters": parameters,
        "checkpoint_bytes": sizes.whole,
        "weights_bytes": sizes.weights,
        "train_examples": len(data.train),
    }


def _devices() -> list[dict[str, Any]]:
    import platform

    import psutil
    import torch

    processor = platform.processor() or platform.machine()
    found = [{"device": "cpu", "title": f"CPU ({processor})", "memory_bytes": psutil.virtual_memory().total}]
    for number in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(number)
        found.append({"device": f"cuda:{number}", "title": properties.name, "memory_bytes": properties.total_memory})
    if torch.backends.mps.is_available():
        found.append({"device": "mps", "title": "Apple GPU", "memory_bytes": torch.mps.recommended_max_memory()})
    return found


def _builtin(role: Any, kind: str, module: Any) -> Description:
    from core.spec.json_schema import section_schema

    return Description(
        role=role,
        kind=kind,
        title=module.TITLE,
        summary=module.SUMMARY,
        schema=section_schema(module.Options),
        accepts=tuple(getattr(module, "ACCEPTS", ())),
    )


def _own(cls: type[nn.Module], stem: str, name: str) -> Description:
    from core.models.own import options_of
    from core.spec.json_schema import section_schema, words

    summary = " ".join((cls.__dict__.get("__doc__") or "").strip().split("\n\n")[0].split())
    error, schema = "", {}
    try:
        schema = section_schema(options_of(cls))
    except EpochalError as problem:
        error = str(problem)
    return Description(
        role="model",
        kind=f"{stem}.{cls.__name__}",
        title=str(getattr(cls, "TITLE", words(cls.__name__))),
        summary=summary,
        schema={**schema, "description": summary} if schema else {},
        accepts=tuple(getattr(cls, "ACCEPTS", ("image", "table"))),
        file=f"components/{name}",
        error=error,
    )


def _user_traceback(error: BaseException) -> str:
    """Word an exception with its traceback, without the frames of Epochal and of the import system."""
    ours = (str(Path(__file__).parent), "<frozen importlib")
    shown = traceback.TracebackException.from_exception(error)
    shown.stack[:] = [frame for frame in shown.stack if not frame.filename.startswith(ours)]
    return "".join(shown.format()).strip()


def _in_parts(error: Exception) -> dict[str, str]:
    if isinstance(error, EpochalError):
        name = type(error).__name__
        return {"type": name, "message": error.message, "where": error.where, "remedy": error.remedy}
    return {"type": "EpochalError", "message": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}


if __name__ == "__main__":
    main()

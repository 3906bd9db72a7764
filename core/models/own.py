"""The user's own models: `nn.Module` classes in the Python files of a workspace's components folder.

A class is a model when its constructor takes `outputs`, and `input_shape` or `shape`.  These are filled in from the
data; every other argument with a default and a plain type becomes an option, with the limits that
`Annotated[int, about(...)]` declares.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from torch import nn

from core.data.prepared import DataShape
from core.errors import ComponentError
from core.spec.fields import Section
from core.spec.trust import require_trust

PACKAGE = "epochal_components"
GIVEN = ("shape", "input_shape", "outputs")
TAKEN = ("kind", "options")  # these words have a meaning of their own in [model]
_PLAIN = (bool, int, float, str)
_loaded: tuple[str, ...] = ()


def load_file(workspace: Path, stem: str) -> types.ModuleType:
    """Import components/<stem>.py of a trusted workspace as module `epochal_components.<stem>`.

    Files of the folder import each other with `from .other import Name`.  A file that did not change is not imported
    twice.  Raises ComponentError when the folder is not trusted, the file is missing, or it raises.
    """
    require_trust(workspace)
    folder = workspace / "components"
    file = folder / f"{stem}.py"
    where = f"components/{file.name}"
    if not stem.isidentifier():
        raise ComponentError("The name is not usable.", where=where, remedy="Use letters, digits and underscores only.")
    if not file.is_file():
        raise ComponentError("There is no such file in the workspace.", where=where)
    _open_package(folder)
    # Compiled files would litter the user's folder, and hide an edit made within the same second.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        return importlib.import_module(f"{PACKAGE}.{stem}")
    except Exception as error:
        raise failed("could not be imported", error, where) from error
    except SystemExit as error:
        raise failed("could not be imported: it ends the program", error, where) from error
    finally:
        sys.dont_write_bytecode = before


def model_classes(module: types.ModuleType) -> list[type[nn.Module]]:
    """Return the models that a component file defines, in order; building blocks without `outputs` are not models."""
    return [
        found
        for name, found in vars(module).items()
        if isinstance(found, type)
        and issubclass(found, nn.Module)
        and found.__module__ == module.__name__
        and not name.startswith("_")
        and {"outputs", "shape"} & set(inspect.signature(found).parameters)
    ]


def find_class(workspace: Path, kind: str) -> type[nn.Module]:
    """Return the model class that `kind`, such as `two_towers.TwoTowers`, names.  Raises ComponentError."""
    stem, _, name = kind.rpartition(".")
    found = {cls.__name__: cls for cls in model_classes(load_file(workspace, stem))}
    if name not in found:
        remedy = f"It has {', '.join(found)}." if found else NO_MODEL
        raise ComponentError(f"There is no model {name} in the file.", where=f"components/{stem}.py", remedy=remedy)
    return found[name]


NO_MODEL = (
    "A model is a class derived from torch.nn.Module whose constructor takes `outputs` and `input_shape`, "
    "or `shape`. Begin the name of a file that holds only parts with an underscore."
)


def options_of(cls: type[nn.Module]) -> type[Section]:
    """Return the options of a user's model as a struct: its constructor's plain arguments with their defaults.

    Raises ComponentError when an argument can be filled in by nobody, or a default breaks its own limits.
    """
    try:
        hints = typing.get_type_hints(cls.__init__, include_extras=True)
    except Exception as error:
        raise ComponentError(f"The annotations of {cls.__name__} cannot be read: {error}.") from error
    fields: list[tuple[str, Any, Any]] = []
    for name, parameter in inspect.signature(cls).parameters.items():
        if name in GIVEN or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is parameter.empty:
            raise ComponentError(
                f"Nobody can fill in the argument {name!r} of {cls.__name__}.", remedy="Give it a default."
            )
        kind = _option_type(hints.get(name, Any), parameter.default)
        if kind is None:
            continue  # the class uses its own default
        if name in TAKEN:
            raise ComponentError(f"{cls.__name__} has an argument called {name!r}.", remedy="Choose another name.")
        fields.append((name, kind, _checked(cls, name, parameter.default, kind)))
    return typing.cast(
        type[Section],
        msgspec.defstruct(cls.__name__, fields, bases=(Section,), module=cls.__module__, frozen=True, kw_only=True),
    )


def construct(cls: type[nn.Module], options: Section, shape: DataShape, where: str) -> nn.Module:
    """Call the constructor with the shape of the data and the options.  Raises ComponentError when it raises."""
    given = {"shape": shape, "input_shape": shape.input_shape, "outputs": shape.outputs}
    parameters = inspect.signature(cls).parameters
    arguments: dict[str, Any] = {name: value for name, value in given.items() if name in parameters}
    for name, value in msgspec.structs.asdict(options).items():
        as_list = isinstance(value, tuple) and isinstance(parameters[name].default, list)
        arguments[name] = list(value) if as_list else value
    try:
        return cls(**arguments)
    except (Exception, SystemExit) as error:
        raise failed(f"{cls.__name__} could not be built", error, where) from error


def failed(what: str, error: BaseException, where: str) -> ComponentError:
    """Word an exception from the user's code in one sentence, with the line of the user's file it came from."""
    file = where.rpartition("/")[2]
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).name == file]
    if isinstance(error, SyntaxError) and error.lineno and Path(error.filename or "").name == file:
        lines = [error.lineno]
    reason = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {reason[0]}" if reason else type(error).__name__
    return ComponentError(f"{what}: {said}", where=f"{where}:{lines[-1]}" if lines else where)


def _open_package(folder: Path) -> None:
    """Make the folder's files importable as `epochal_components.*`, afresh if any of them changed."""
    global _loaded
    files = sorted(path for path in folder.glob("*.py") if path.is_file())  # a link may lead nowhere
    state = (
        str(folder.resolve()),
        *(f"{path.name} {path.stat().st_mtime_ns} {path.stat().st_size}" for path in files),
    )
    if state == _loaded and PACKAGE in sys.modules:
        return
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
    package = types.ModuleType(PACKAGE)
    package.__path__ = [str(folder)]
    sys.modules[PACKAGE] = package
    importlib.invalidate_caches()
    _loaded = state


def _option_type(hint: Any, default: Any) -> Any:
    """Return the type of the option that an argument becomes, or None when it stays as the class has it."""
    if typing.get_origin(hint) is Annotated:
        inner, *notes = typing.get_args(hint)
        kind = _option_type(inner, default)
        metas = tuple(note for note in notes if isinstance(note, msgspec.Meta))
        return kind if kind is None or not metas else Annotated[(kind, *metas)]
    if hint is Any or hint in (list, tuple):
        return _type_of_default(default)
    if hint in _PLAIN:
        return hint
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return hint if all(isinstance(argument, str | int) for argument in arguments) else None
    if origin in (list, Sequence) or (origin is tuple and len(arguments) == 2 and arguments[1] is ...):
        item = _option_type(arguments[0], None)
        return None if item is None else tuple[item, ...]  # type: ignore[valid-type]
    if origin is tuple and arguments:
        items = [_option_type(argument, None) for argument in arguments]
        return None if None in items else tuple[tuple(items)]  # type: ignore[misc]
    return None


def _type_of_default(default: Any) -> Any:
    """Return the type of an argument without annotation, from its default; None when it is not a plain value."""
    if type(default) in _PLAIN:
        return type(default)
    if isinstance(default, list | tuple) and default and {type(item) for item in default} <= {int, float}:
        return tuple[float, ...] if float in {type(item) for item in default} else tuple[int, ...]
    return None


def _checked(cls: type, name: str, default: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(default, kind)
    except msgspec.ValidationError as error:
        raise ComponentError(
            f"The default {default!r} of the argument {name!r} of {cls.__name__} is not allowed: {error}.",
            remedy="Choose a default that fits the annotation.",
        ) from error

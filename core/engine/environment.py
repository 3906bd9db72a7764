"""What a run computes under, and what makes a resume elsewhere something other than a continuation."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import torch

from core.runs.events import Environment
from core.spec.spec import Spec

_PACKAGES = ("epochal", "numpy", "scikit-learn", "h5py")
_CODE = ("engine", "models", "data", "strategies")


def environment_of(spec: Spec, workspace: Path, device: torch.device, data_sha256: str) -> Environment:
    """Return what the run computes under; torch's thread count must be set already."""
    versions = {name: version for name in _PACKAGES if (version := _version(name))}
    versions["cpu"] = torch.backends.cpu.get_cpu_capability()
    if device.type == "cuda":
        versions["gpu"] = torch.cuda.get_device_name(device)
        versions["cuda"] = str(torch.version.cuda)
    return Environment(
        torch=str(torch.__version__),
        python=platform.python_version(),
        platform=platform.platform(),
        device=str(device),
        threads=torch.get_num_threads(),
        epochal=versions.get("epochal", ""),
        code_sha256=code_digest(spec, workspace),
        data_sha256=data_sha256,
        versions=versions,
    )


def differences(then: Environment, now: Environment) -> list[str]:
    """Return, as short sentences, what could keep a resumed run from being bit-exact; empty when nothing does."""
    pairs = [
        ("torch", then.torch, now.torch),
        ("python", _minor(then.python), _minor(now.python)),
        ("device", then.device, now.device),
        ("threads", str(then.threads), str(now.threads)),
        ("the processor's instructions", then.versions.get("cpu", ""), now.versions.get("cpu", "")),
        ("GPU", then.versions.get("gpu", ""), now.versions.get("gpu", "")),
        ("CUDA", then.versions.get("cuda", ""), now.versions.get("cuda", "")),
        ("numpy", then.versions.get("numpy", ""), now.versions.get("numpy", "")),
    ]
    found = [f"{what} was {old or 'none'}, is {new or 'none'}" for what, old, new in pairs if old != new]
    if then.data_sha256 != now.data_sha256:
        found.append("the data has changed")
    if then.code_sha256 != now.code_sha256:
        found.append("the code of engine, models or data has changed")
    return found


def code_digest(spec: Spec, workspace: Path) -> str:
    """Return a SHA-256 over the code that computes: Epochal's own, and the user's components that the spec names."""
    stems = [kind.partition(".")[0] for kind in (spec.model.kind, spec.data.kind) if "." in kind]
    if not stems:
        return _own_digest()
    files = [workspace / "components" / f"{stem}.py" for stem in stems]
    theirs = _digest(path for path in files if path.exists())
    return hashlib.sha256(f"{_own_digest()} {theirs}".encode()).hexdigest()


@cache
def _own_digest() -> str:
    """Return the digest of Epochal's own code, as it was when this process first asked."""
    core = Path(__file__).resolve().parent.parent
    return _digest(sorted(path for folder in _CODE for path in (core / folder).rglob("*.py")))


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


@cache
def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""

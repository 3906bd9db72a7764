"""Random generators: seeded together, captured together, and left alone by whoever must not disturb them."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[Any]


def seed_everything(seed: int) -> None:
    """Seed the generators of python, numpy, torch and every accelerator."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def generators(device: torch.device) -> dict[str, Array]:
    """Return the state of every generator as arrays by name: rng/torch, rng/numpy, rng/python, rng/cuda:N, rng/mps."""
    version, words, gauss = random.getstate()
    name, key, position, has_gauss, cached = np.random.get_state()
    assert version == 3
    assert name == "MT19937"
    states: dict[str, Array] = {
        "rng/torch": torch.get_rng_state().numpy(),
        "rng/python": np.array(words, dtype=np.uint32),
        "rng/python_gauss": np.array([] if gauss is None else [gauss], dtype=np.float64),
        "rng/numpy": np.concatenate([np.asarray(key, dtype=np.uint32), np.array([position, has_gauss], np.uint32)]),
        "rng/numpy_gauss": np.array([cached], dtype=np.float64),
    }
    if device.type == "cuda":
        for number in range(torch.cuda.device_count()):
            states[f"rng/cuda:{number}"] = torch.cuda.get_rng_state(number).numpy()
    if device.type == "mps":
        states["rng/mps"] = torch.mps.get_rng_state().numpy()
    return states


def restore_generators(states: Mapping[str, Array], device: torch.device) -> None:
    """Put every generator back to where `generators` found it.

    Accelerators that this machine lacks are passed over; a resume on another device is announced before.
    """
    torch.set_rng_state(_bytes(states["rng/torch"]))
    gauss = states["rng/python_gauss"]
    random.setstate((3, tuple(states["rng/python"].tolist()), float(gauss[0]) if gauss.size else None))
    words = states["rng/numpy"]
    cached = float(states["rng/numpy_gauss"][0])
    np.random.set_state(("MT19937", words[:-2], int(words[-2]), int(words[-1]), cached))
    if device.type == "cuda":
        for number in range(torch.cuda.device_count()):
            if f"rng/cuda:{number}" in states:
                torch.cuda.set_rng_state(_bytes(states[f"rng/cuda:{number}"]), number)
    if device.type == "mps" and "rng/mps" in states:
        torch.mps.set_rng_state(_bytes(states["rng/mps"]))


@contextlib.contextmanager
def undisturbed(device: torch.device) -> Iterator[None]:
    """Let the block draw what it likes; afterwards every generator stands where it stood."""
    states = generators(device)
    try:
        yield
    finally:
        restore_generators(states, device)


@contextlib.contextmanager
def arithmetic(threads: int, deterministic: bool) -> Iterator[None]:
    """Set torch's thread count (0 leaves it) and determinism for the block, and put both back."""
    threads_before, strict_before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    benchmark_before = torch.backends.cudnn.benchmark
    if threads:
        torch.set_num_threads(threads)
    _be_strict(deterministic)
    torch.backends.cudnn.benchmark = not deterministic
    try:
        yield
    finally:
        torch.set_num_threads(threads_before)
        _be_strict(strict_before)
        torch.backends.cudnn.benchmark = benchmark_before


def _be_strict(deterministic: bool) -> None:
    # The call imports torch's compiler, seconds between a click and the first step: only when something changes.
    if torch.are_deterministic_algorithms_enabled() != deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # asked for by torch; read when CUDA is first used
        torch.use_deterministic_algorithms(deterministic)


def _bytes(state: Array) -> torch.Tensor:
    """Copy a generator's state into a uint8 tensor of its own."""
    return torch.from_numpy(np.array(state, dtype=np.uint8))

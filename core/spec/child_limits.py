"""Memory limits for a process that is about to run code nobody here has written."""

from __future__ import annotations

import contextlib
from pathlib import Path

_STATUS = Path("/proc/self/status")
_ADDRESSES = 16 << 30  # address space beyond what is mapped: large, as libraries reserve far more than they use


def limit_memory(megabytes: int) -> None:
    """Let this process take at most `megabytes` more than it has; 0 sets no limit.

    Taking more raises MemoryError (or a library's own error) in the code that asked.  A crash leaves no core file.
    Where the system knows no such limits, nothing happens.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not megabytes or not _STATUS.exists():
        return
    sizes = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines() if line.startswith("Vm"))
    for limit, now, more in (
        (resource.RLIMIT_DATA, sizes["VmData"], megabytes << 20),
        (resource.RLIMIT_AS, sizes["VmSize"], max(_ADDRESSES, megabytes << 20)),
    ):
        wanted = int(now.split()[0]) * 1024 + more
        hard = resource.getrlimit(limit)[1]
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))

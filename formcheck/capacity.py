"""How many films this computer can measure at once."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["WORKER_BYTES", "available_bytes", "cores", "default_workers"]

#: What a worker takes at most while it measures a film of 1080p with the largest pose model and draws on it; measured.
WORKER_BYTES = 900_000_000

_CGROUP = Path("/sys/fs/cgroup")
_MEMINFO = Path("/proc/meminfo")


def default_workers() -> int:
    """As many as there are cores for this process, and no more than fit into three quarters of the memory that is free."""
    free = available_bytes()
    fitting = cores() if free is None else int(0.75 * free / WORKER_BYTES)
    return max(1, min(cores(), fitting))


def cores(cgroup: Path = _CGROUP) -> int:
    """Cores that this process may use: those it is bound to, and no more than its container is allowed."""
    number = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = (cgroup / "cpu.max").read_text("ascii").split()
        if quota != "max":
            number = min(number, max(1, int(quota) // int(period)))
    return number


def available_bytes(cgroup: Path = _CGROUP, meminfo: Path = _MEMINFO) -> int | None:
    """Bytes of memory that are free, also within the limit of a container; None when the system does not say."""
    free = _windows_bytes() if sys.platform == "win32" else _free_bytes(meminfo)
    with suppress(OSError, ValueError):
        limit = (cgroup / "memory.max").read_text("ascii").strip()
        if limit != "max":
            left = max(0, int(limit) - int((cgroup / "memory.current").read_text("ascii")))
            free = left if free is None else min(free, left)
    return free


def _free_bytes(meminfo: Path) -> int | None:
    with suppress(OSError, ValueError):
        for line in meminfo.read_text("ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return int(value.split()[0]) * 1024
    if hasattr(os, "sysconf"):
        # macOS tells only how much there is; half of it is taken to be free.
        with suppress(OSError, ValueError):
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return None


def _windows_bytes() -> int | None:
    if sys.platform != "win32":
        return None
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "page", "page_free", "virtual", "virtual_free", "extended")),
        ]

    status = Status(length=ctypes.sizeof(Status))
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None
    return int(status.free)

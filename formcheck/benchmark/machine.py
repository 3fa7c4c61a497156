"""On what a benchmark ran."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

from formcheck.capacity import cores

__all__ = ["machine_facts"]

_PACKAGES = {"mediapipe": "mediapipe", "opencv": "opencv-python", "av": "av", "numpy": "numpy", "scipy": "scipy"}


def machine_facts() -> dict[str, Any]:
    """Cores, name of the processor (None where the system does not tell), system, Python, and versions of what does the work."""
    versions: dict[str, str | None] = {}
    for name, package in _PACKAGES.items():
        try:
            versions[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return {
        "cores": cores(),
        "cpu": _cpu_name(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _cpu_name() -> str | None:
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip() or None
    except OSError:
        pass
    return platform.processor() or None

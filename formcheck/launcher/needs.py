"""What the project needs, and whether the running Python has it."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

from formcheck.launcher.trouble import SetupError

__all__ = ["Needs", "fingerprint", "read_needs", "unmet"]

#: The requirements to run ("base") and to test ("test"), as written in `pyproject.toml`.
Needs = dict[str, list[str]]


def read_needs(root: Path) -> Needs:
    """Read the requirements out of `pyproject.toml`.

    Raises
    ------
    SetupError
        The file is missing or broken.
    """
    path = root / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        return {"base": list(project["dependencies"]), "test": list(project["optional-dependencies"]["test"])}
    except FileNotFoundError:
        raise SetupError(f"pyproject.toml is missing beside run.py in {root}: get the whole project, not run.py alone") from None
    except (KeyError, TypeError, ValueError) as error:
        raise SetupError(f"{path} cannot be read ({type(error).__name__}: {error}): get the project again") from None


def fingerprint(requirements: list[str]) -> str:
    """Return a hash that changes when the requirements do, but not with their order."""
    return hashlib.sha256(json.dumps(sorted(requirements)).encode()).hexdigest()


def unmet(requirements: list[str]) -> list[str]:
    """Return those requirements (`name` or `name>=version`) that the running Python lacks or has too old."""
    missing = []
    for requirement in requirements:
        name, _, least = requirement.partition(">=")
        try:
            present = metadata.version(name.split("[")[0].strip())
        except metadata.PackageNotFoundError:
            missing.append(requirement)
            continue
        if _release(present) < _release(least.split(",")[0].strip()):
            missing.append(requirement)
    return missing


def _release(version: str | None) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", version or "")
    return tuple(int(part) for part in match.group().split(".")) if match else ()

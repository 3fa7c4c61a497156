"""What the project needs, and whether the running Python has it."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
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
    """Return those requirements (`name`, `name>=version` or `name>=version,<version`) that this Python lacks, or has too old or new."""
    present = dict(_present()) if requirements else {}
    missing = []
    for requirement in requirements:
        name, _, bounds = requirement.partition(">=")
        name = name.split("[")[0].strip()
        least, _, below = bounds.partition(",<")
        version = present.get(_normal(name)) or _version(name)
        if version is None or _release(version) < _release(least.strip()) or (below and _release(version) >= _release(below.strip())):
            missing.append(requirement)
    return missing


def _present() -> Iterator[tuple[str, str]]:
    """Name and version of what is installed as wheels, as the names of its folders tell; the first place on the path comes last.

    At every start this is asked of fifteen packages, and reading what each says of itself takes longer than all else.
    """
    for place in reversed(sys.path):
        # What was half removed has lost its METADATA.
        for described in Path(place or ".").glob("*.dist-info/METADATA"):
            name, _, version = described.parent.name.removesuffix(".dist-info").rpartition("-")
            yield _normal(name), version


def _version(name: str) -> str | None:
    """The version of a package that was installed in some other way; None when it is not there."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, OSError):
        # Of what was half removed, some finders of packages complain that a file is missing.
        return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _release(version: str | None) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", version or "")
    return tuple(int(part) for part in match.group().split(".")) if match else ()

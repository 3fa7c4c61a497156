"""What is stored on this computer, said and deleted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from formcheck.errors import OutputError
from formcheck.history.recovery import abandoned
from formcheck.web.services import Services

__all__ = ["delete_everything", "stored"]


def stored(services: Services) -> dict[str, Any]:
    """Number and size of everything kept, by kind; sizes in bytes."""
    folder = services.folder
    profiles, _ = services.profiles.all()
    return {
        "folder": str(folder),
        "sessions": len(services.history.sessions()),
        "sessions_bytes": _size(folder / "sessions") + _size(folder / "history.sqlite3"),
        "profiles": len(profiles),
        "results": len(list(services.results.iterdir())) if services.results.is_dir() else 0,
        "results_bytes": _size(services.results),
        "unfinished": len(list(services.history.journals.glob("*"))) if services.history.journals.is_dir() else 0,
        "unfinished_bytes": _size(services.history.journals),
        "exercises": len(list(services.exercises.glob("*.toml"))) if services.exercises.is_dir() else 0,
    }


def delete_everything(services: Services) -> int:
    """Delete sessions, profiles, results, sessions that broke off, own exercises and films that wait; return how many sessions.

    A session that is going on goes on.

    Raises
    ------
    OutputError
        Something could not be deleted.
    """
    rows = services.history.sessions()
    for row in rows:
        services.history.delete(row)
    profiles, _ = services.profiles.all()
    for path in abandoned(services.history.journals):
        path.unlink(missing_ok=True)
    for profile in profiles:
        services.profiles.delete(profile.name)
    for folder in (services.results, services.uploads, services.exercises):
        try:
            if folder.is_dir():
                shutil.rmtree(folder)
        except OSError as error:
            raise OutputError(f"{folder}: could not be deleted ({(error.strerror or str(error)).lower()}); delete it by hand.") from error
    return len(rows)


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file()) if path.is_dir() else 0

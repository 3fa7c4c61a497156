"""Where the user's data is kept."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["DATA_DIR_VARIABLE", "data_folder", "private_folder"]

DATA_DIR_VARIABLE = "FORMCHECK_DATA_DIR"


def data_folder() -> Path:
    """``$FORMCHECK_DATA_DIR`` when that is set, else the user's data directory of this system."""
    chosen = os.environ.get(DATA_DIR_VARIABLE, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("formcheck", appauthor=False))


def private_folder(folder: Path) -> None:
    """Make a folder that its owner alone may read; OSError where that cannot be done."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)

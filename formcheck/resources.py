"""Where the files that come with formcheck are: inside the installed package, or in the folders of a checkout."""

from __future__ import annotations

from pathlib import Path

from formcheck.errors import InputError

__all__ = ["SAMPLE_NAME", "models_dir", "sample_path"]

#: The video `demo` analyses: the right hip turns inwards five times, twice too far, and the last time only in part.
SAMPLE_NAME = "hip-internal-rotation-too-far.mp4"

_PACKAGE = Path(__file__).resolve().parent


def models_dir() -> Path:
    """Return the folder of the pose model bundles; raise `InputError` when the installation is not whole."""
    return _find("models")


def sample_path() -> Path:
    """Return the sample video; raise `InputError` when the installation is not whole."""
    return _find(f"samples/{SAMPLE_NAME}")


def _find(name: str) -> Path:
    for folder in (_PACKAGE / "bundled", _PACKAGE.parent):
        if (folder / name).exists():
            return folder / name
    raise InputError(f"{name} is missing from the installation: install formcheck again")

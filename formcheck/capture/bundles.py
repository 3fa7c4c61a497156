"""The pose model bundles: where they are, and that they are what they should be."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from formcheck.errors import InputError
from formcheck.resources import models_dir

__all__ = ["DEFAULT_MODEL", "MODELS_VARIABLE", "SHA256", "ModelBundle", "bundle"]

#: Name of the environment variable that names another folder of bundles.
MODELS_VARIABLE = "FORMCHECK_MODELS"

#: For recordings: it shrinks the movement least, and a recording can wait.
DEFAULT_MODEL = "heavy"

#: What each bundle must be, by name; from the quickest to the most exact.
SHA256 = MappingProxyType(
    {
        "lite": "9306f39fa433d8049b996d780a6817e82848766057f113c4a8f5dc06d6bbd3c8",
        "full": "8770454425a222ddd19fbd7b9620a847bd9f392aac4ef53c1cdaab1a9660544a",
        "heavy": "6e4bd11a30260ffb05ae8060dd8c7a7fb9ae8eef1aff919a1eca7a8574ac8f50",
    }
)

_MEND = "restore it with 'git checkout -- models', or install formcheck again"


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """A pose model that is whole: its name, its file, and the sha256 of that file in hexadecimal."""

    name: str
    path: Path
    sha256: str


def bundle(name: str = DEFAULT_MODEL) -> ModelBundle:
    """Find a pose model and check it; nothing is ever downloaded.

    The bundles come with formcheck. The environment variable FORMCHECK_MODELS may name another folder that holds the same files.

    Parameters
    ----------
    name
        "lite", "full" or "heavy".

    Raises
    ------
    InputError
        There is no such model, its file is missing, cannot be read, or is not the one it should be.
    """
    expected = SHA256.get(name)
    if expected is None:
        raise InputError(f"{name}: no such pose model; choose one of {', '.join(SHA256)}.")
    path = _folder() / f"pose_landmarker_{name}.task"
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise InputError(f"{path}: the pose model '{name}' is missing; {_MEND}.") from None
    except OSError as error:
        raise InputError(f"{path}: the pose model '{name}' cannot be read ({error.strerror}); {_MEND}.") from error
    if found != expected:
        raise InputError(f"{path}: the pose model '{name}' was altered: its sha256 is {found}, not {expected}; {_MEND}.")
    return ModelBundle(name, path, found)


def _folder() -> Path:
    chosen = os.environ.get(MODELS_VARIABLE)
    return Path(chosen) if chosen else models_dir()

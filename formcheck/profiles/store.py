"""Where profiles are kept: one JSON file a person, readable by its owner alone, never half written."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from formcheck.errors import InputError, OutputError, UsageError
from formcheck.profiles.names import checked_name, file_name, same_name_key
from formcheck.profiles.profile import SCHEMA_VERSION, Profile

__all__ = ["DATA_DIR_VARIABLE", "ProfileStore", "default_folder", "profile_text", "read_profile", "write_atomically"]

DATA_DIR_VARIABLE = "FORMCHECK_DATA_DIR"
#: A profile of a thousand measurements takes half of this; what is larger is none.
_MOST_BYTES = 20_000_000


def default_folder() -> Path:
    """The folder of profiles: in ``$FORMCHECK_DATA_DIR`` when that is set, else in the user's data directory of this system."""
    chosen = os.environ.get(DATA_DIR_VARIABLE, "").strip()
    if chosen:
        return Path(chosen).expanduser() / "profiles"
    import platformdirs

    return Path(platformdirs.user_data_dir("formcheck", appauthor=False)) / "profiles"


def profile_text(profile: Profile) -> str:
    """A profile as its file holds it."""
    return profile.model_dump_json(by_alias=True, indent=2) + "\n"


def read_profile(path: Path) -> Profile:
    """Read and check the file of a profile.

    Raises
    ------
    InputError
        It cannot be read, is damaged, or was written by a newer formcheck: which file, and what to do. Nothing is changed.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: is no profile of formcheck, it is far too large; move it away.")
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: the profile cannot be read ({(error.strerror or str(error)).lower()}).") from error
    except (ValueError, RecursionError) as error:
        raise InputError(_damaged(path, "it is not valid JSON")) from error
    version = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise InputError(_damaged(path, "its number 'schema' is missing"))
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{path}: the profile was written by a newer formcheck (format {version}, known is {SCHEMA_VERSION}); "
            "update formcheck, or use another name. It was left as it is."
        )
    try:
        return Profile.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise InputError(_damaged(path, _first_fault(error))) from error


@dataclass(frozen=True)
class ProfileStore:
    """The profiles in one folder. The folder is made when the first one is saved."""

    folder: Path = field(default_factory=default_folder)

    def path_of(self, name: str) -> Path:
        """Where the profile of this name is kept, or would be.

        Raises
        ------
        UsageError
            It is no name.
        """
        try:
            return self.folder / file_name(checked_name(name))
        except ValueError as error:
            raise UsageError(str(error)) from error

    def find(self, name: str) -> Profile | None:
        """The profile of a name, capitals aside; None when there is none.

        Raises
        ------
        UsageError
            It is no name.
        InputError
            Its file cannot be read, is damaged or newer.
        """
        path = self.path_of(name)
        if not os.path.lexists(path):
            return None
        profile = read_profile(path)
        if same_name_key(profile.name) != same_name_key(checked_name(name)):
            raise InputError(_damaged(path, f"it holds the name {profile.name!r}"))
        return profile

    def load(self, name: str) -> Profile:
        """The profile of a name, which must be there.

        Raises
        ------
        UsageError
            It is no name, or there is no such profile: with those there are.
        InputError
            Its file cannot be read, is damaged or newer.
        """
        profile = self.find(name)
        if profile is not None:
            return profile
        names = [known.name for known in self.all()[0]]
        known = f"known are {', '.join(names)}." if names else "there are none yet."
        raise UsageError(f"no profile {checked_name(name)!r}; {known} To make one: profile make NAME VIDEO.")

    def to_extend(self, name: str) -> Profile:
        """The profile that a new measurement of this name goes into: the one there is, or an empty one.

        Raises
        ------
        UsageError
            It is no name, or there is one that differs only in capitals.
        InputError
            Its file cannot be read, is damaged or newer; it is kept as it is.
        """
        there = self.find(name)
        wanted = checked_name(name)
        if there is None:
            return Profile(name=wanted)
        if there.name != wanted:
            raise UsageError(
                f"there is a profile {there.name!r} already, which differs from {wanted!r} only in capitals; write {there.name!r}."
            )
        return there

    def all(self) -> tuple[list[Profile], list[InputError]]:
        """Every profile that can be read, by name, and what is wrong with the files of the others.

        Raises
        ------
        InputError
            The folder cannot be read.
        """
        try:
            paths = sorted(path for path in self.folder.iterdir() if path.suffix == ".json") if self.folder.exists() else []
        except OSError as error:
            raise InputError(f"{self.folder}: the folder of profiles cannot be read ({(error.strerror or str(error)).lower()}).") from error
        profiles: list[Profile] = []
        wrong: list[InputError] = []
        for path in paths:
            try:
                profiles.append(read_profile(path))
            except InputError as error:
                wrong.append(error)
        return sorted(profiles, key=lambda one: same_name_key(one.name)), wrong

    def save(self, profile: Profile) -> Path:
        """Keep a profile in place of its former state, whole or not at all, and return its file.

        Raises
        ------
        OutputError
            It cannot be written; the former state is still there.
        """
        path = self.path_of(profile.name)
        try:
            _private_folder(self.folder)
            write_atomically(path, profile_text(profile))
        except OSError as error:
            raise OutputError(
                f"{path}: the profile could not be written ({(error.strerror or str(error)).lower()}); nothing was changed. "
                f"Make room, or choose another folder with {DATA_DIR_VARIABLE}."
            ) from error
        return path

    def delete(self, name: str) -> Path:
        """Remove the file of a profile, history and all; also one that is damaged. Returns the path that was.

        Raises
        ------
        UsageError
            It is no name, or there is no such profile.
        OutputError
            The file cannot be removed.
        """
        path = self.path_of(name)
        if not os.path.lexists(path):
            self.load(name)
        try:
            path.unlink()
        except OSError as error:
            raise OutputError(f"{path}: the profile could not be deleted ({(error.strerror or str(error)).lower()}).") from error
        return path


def write_atomically(path: Path, text: str) -> None:
    """Put a text file in place, readable by its owner alone: after a failure at any moment either the old file or the new one is there.

    Raises
    ------
    OSError
        It cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=".formcheck-", suffix=".partial", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    # The new name lies in the folder; some systems cannot sync one, and the file itself is safe by then.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def _damaged(path: Path, what: str) -> str:
    return f"{path}: the profile is damaged: {what}. It was left as it is; move it away, or delete it with: profile delete NAME."


def _first_fault(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}: {message[:1].lower()}{message[1:]}" if where else message

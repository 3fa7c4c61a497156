"""Where profiles are kept: in the database of the history, one document a person. Exported, they are JSON files."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from formcheck.errors import InputError, UsageError
from formcheck.history.documents import Document, Documents
from formcheck.history.places import data_folder
from formcheck.history.store import History
from formcheck.profiles.names import checked_name, same_name_key
from formcheck.profiles.profile import SCHEMA_VERSION, ComfortRange, Profile

__all__ = ["ProfileStore", "parsed", "profile_text", "read_profile", "write_atomically"]

#: A profile of a thousand measurements takes half of this; what is larger is none.
_MOST_BYTES = 20_000_000


def profile_text(profile: Profile) -> str:
    """A profile as its file holds it."""
    return profile.model_dump_json(by_alias=True, indent=2) + "\n"


def read_profile(path: Path) -> Profile:
    """Read and check the file of an exported profile.

    Raises
    ------
    InputError
        It cannot be read, is damaged, or was written by a newer formcheck: which file, and what to do. Nothing is changed.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path}: is no profile of formcheck, it is far too large.")
        text = path.read_text("utf-8")
    except OSError as error:
        raise InputError(f"{path}: the profile cannot be read ({(error.strerror or str(error)).lower()}).") from error
    except UnicodeDecodeError as error:
        raise InputError(_damaged(f"{path}: the profile", "it is not valid JSON")) from error
    return parsed(text, f"{path}: the profile")


def parsed(text: str, what: str) -> Profile:
    """Check the text of a profile; ``what`` names it in errors.

    Raises
    ------
    InputError
        It is damaged, or was written by a newer formcheck.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(_damaged(what, "it is not valid JSON")) from error
    version = data.get("schema") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise InputError(_damaged(what, "its number 'schema' is missing"))
    if version > SCHEMA_VERSION:
        raise InputError(
            f"{what} was written by a newer formcheck (format {version}, known is {SCHEMA_VERSION}); "
            "update formcheck, or use another name. It was left as it is."
        )
    try:
        return Profile.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise InputError(_damaged(what, _first_fault(error))) from error


@dataclass(frozen=True)
class ProfileStore:
    """The profiles in the database of one data folder, which is made when the first one is saved.

    Every method raises `InputError` when the database is damaged or of a newer formcheck, and `OutputError` when it cannot be used.
    """

    folder: Path = field(default_factory=data_folder)

    @property
    def database(self) -> Path:
        """Where they are."""
        return History(self.folder).database

    def find(self, name: str) -> Profile | None:
        """The profile of a name, capitals aside; None when there is none.

        Raises
        ------
        UsageError
            It is no name.
        InputError
            It is damaged or newer.
        """
        document = self._documents.find(_key(name))
        return _profile(document, self.database) if document is not None else None

    def load(self, name: str) -> Profile:
        """The profile of a name, which must be there.

        Raises
        ------
        UsageError
            It is no name, or there is no such profile: with those there are.
        InputError
            It is damaged or newer.
        """
        profile = self.find(name)
        if profile is None:
            raise self._unknown(name)
        return profile

    def to_extend(self, name: str) -> Profile:
        """The profile that a new measurement of this name goes into: the one there is, or an empty one.

        Raises
        ------
        UsageError
            It is no name, or there is one that differs only in capitals.
        InputError
            It is damaged or newer; it is kept as it is.
        """
        return _extended(self.find(name), name)

    def all(self) -> tuple[list[Profile], list[InputError]]:
        """Every profile that can be read, by name, and what is wrong with the others."""
        profiles: list[Profile] = []
        wrong: list[InputError] = []
        for document in self._documents.all():
            try:
                profiles.append(_profile(document, self.database))
            except InputError as error:
                wrong.append(error)
        return sorted(profiles, key=lambda one: same_name_key(one.name)), wrong

    def save(self, profile: Profile) -> None:
        """Keep a profile in place of its former state, whole or not at all."""
        self._documents.change(_key(profile.name), lambda _: _document(profile))

    def extend(self, name: str, ranges: Sequence[ComfortRange]) -> Profile:
        """Add measurements to a profile, which is made when there is none, and return it. Two processes at once both have theirs kept.

        Raises
        ------
        UsageError
            It is no name, or there is a profile that differs only in capitals.
        InputError
            The profile is damaged or newer; it is kept as it is.
        """
        made: list[Profile] = []

        def changed(document: Document | None) -> Document:
            there = _profile(document, self.database) if document is not None else None
            made.append(_extended(there, name).with_ranges(ranges))
            return _document(made[0])

        self._documents.change(_key(name), changed)
        return made[0]

    def delete(self, name: str) -> None:
        """Remove a profile, history and all; also one that is damaged.

        Raises
        ------
        UsageError
            It is no name, or there is no such profile.
        """
        if not self._documents.delete(_key(name)):
            raise self._unknown(name)

    def is_there(self, name: str) -> bool:
        """Whether there is a profile of this name, readable or not; UsageError when it is no name."""
        return self._documents.find(_key(name)) is not None

    @property
    def _documents(self) -> Documents:
        return Documents(self.database)

    def _unknown(self, name: str) -> UsageError:
        names = [known.name for known in self.all()[0]]
        known = f"known are {', '.join(names)}." if names else "there are none yet."
        return UsageError(f"no profile {checked_name(name)!r}; {known} To make one: profile make NAME VIDEO.")


def _key(name: str) -> str:
    try:
        return same_name_key(checked_name(name))
    except ValueError as error:
        raise UsageError(str(error)) from error


def _extended(there: Profile | None, name: str) -> Profile:
    wanted = checked_name(name)
    if there is None:
        return Profile(name=wanted)
    if there.name != wanted:
        raise UsageError(
            f"there is a profile {there.name!r} already, which differs from {wanted!r} only in capitals; write {there.name!r}."
        )
    return there


def _document(profile: Profile) -> Document:
    return Document(same_name_key(profile.name), profile.name, profile_text(profile))


def _profile(document: Document, database: Path) -> Profile:
    profile = parsed(document.content, f"{database}: the profile of {document.name}")
    if same_name_key(profile.name) != document.key:
        raise InputError(_damaged(f"{database}: the profile of {document.name}", f"it holds the name {profile.name!r}"))
    return profile


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


def _damaged(what: str, why: str) -> str:
    return f"{what} is damaged: {why}. It was left as it is; delete it with: profile delete NAME."


def _first_fault(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}: {message[:1].lower()}{message[1:]}" if where else message

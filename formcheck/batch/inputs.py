"""Which films are meant: files, folders with all that is in them, and patterns, in one order and each file once."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from formcheck.batch.remote import find, is_remote
from formcheck.errors import InputError

__all__ = ["ENDINGS", "NamedFilm", "NoFilmError", "find_films", "has_magic", "names_several", "word_of"]

#: Endings of what is taken out of a folder: films, and recorded landmarks. A file that is named itself may have any.
ENDINGS = frozenset(
    (
        *(".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".mkv", ".webm", ".avi", ".gif", ".apng", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts"),
        *(".flv", ".wmv", ".asf", ".ogv", ".mjpg", ".mjpeg", ".h264", ".264", ".h265", ".265", ".hevc", ".ivf", ".dv", ".mxf", ".nut"),
        ".npz",
    )
)
#: The file by which a result folder is known.
_SESSION = "session.json"
_MAGIC = re.compile(r"[*?\[]")
_HIDDEN = getattr(stat, "FILE_ATTRIBUTE_HIDDEN", 2)


@dataclass(frozen=True, slots=True)
class NamedFilm:
    """A film that is to be looked at.

    Attributes
    ----------
    address
        Its path or address, as it was named or found below a folder that was.
    size_bytes, mtime_ns
        Of the file; -1 when there is none or it cannot be asked. Of an address the second is a number that changes with the content.
    """

    address: str
    size_bytes: int = -1
    mtime_ns: int = -1


class NoFilmError(InputError):
    """A word that means no film, or a folder that cannot be looked into; ``address`` is what it was."""

    def __init__(self, address: Path | str, why: str) -> None:
        super().__init__(f"{address}: {why}")
        self.address = str(address)


def has_magic(name: str) -> bool:
    """Whether a name has signs of a pattern in it."""
    return _MAGIC.search(name) is not None


def word_of(text: str) -> Path | str:
    """A word of the command line: a path, or an address as it is, which a path would spoil."""
    return text if is_remote(text) else Path(text)


def names_several(named: Sequence[Path | str]) -> bool:
    """Whether these words mean a number of films, however many there are: a folder, a pattern, or more than one name."""
    if len(named) != 1:
        return True
    [word] = named
    if isinstance(word, str):
        return has_magic(word) or word.endswith("/") or Path(word).suffix.lower() not in ENDINGS
    return _is_folder(word) or _is_pattern(word)


def find_films(named: Sequence[Path | str]) -> Iterator[NamedFilm | NoFilmError]:
    """Find the films that the words of a command line mean.

    They come in the order of the words, and within a folder or pattern in that of their names. A file that several words mean comes once.
    In folders, hidden entries and result folders of formcheck are passed by; links are followed, each folder once.

    Yields
    ------
    NamedFilm or NoFilmError
        A film, or what is wrong with a word: a folder or pattern without films, a folder that cannot be read. A word that is no folder and
        no pattern is taken for a file, there or not; an address is asked for.
    """
    seen: set[str] = set()
    for word in named:
        if isinstance(word, str):
            for one in _at_address(word):
                if isinstance(one, NoFilmError) or one.address not in seen:
                    yield one
                seen.add(one.address)
            continue
        for found in _meant_by(word):
            if isinstance(found, NoFilmError):
                yield found
                continue
            real = os.path.normcase(os.path.realpath(found))
            if real not in seen:
                seen.add(real)
                yield _film(str(found))


def _at_address(word: str) -> Iterator[NamedFilm | NoFilmError]:
    try:
        for film in find(word, ENDINGS):
            size_bytes = -1 if film.size_bytes is None else film.size_bytes
            yield NamedFilm(film.address, size_bytes, _number_of(film.mark))
    except InputError as error:
        yield NoFilmError(word, str(error).removeprefix(f"{word}: "))


def _number_of(mark: str) -> int:
    """A mark of the content in place of a time; where there is none, a number that is never the same, so that the film is looked at."""
    return int.from_bytes(hashlib.sha256(mark.encode()).digest()[:7]) if mark else time.time_ns()


def _meant_by(word: Path) -> Iterator[Path | NoFilmError]:
    if _is_folder(word):
        if (word / _SESSION).exists():
            yield NoFilmError(word, "is a folder of results; name the landmarks.npz in it to analyse them again.")
            return
        yield from _or_none(_in_folder(word, set()), word, "is a folder without videos or recordings; name the one that holds them.")
    elif _is_pattern(word):
        yield from _or_none(_matching(word), word, "matches no video or recording; check the pattern.")
    else:
        yield word


def _or_none(found: Iterator[Path | NoFilmError], word: Path, why: str) -> Iterator[Path | NoFilmError]:
    nothing = True
    for one in found:
        nothing = False
        yield one
    if nothing:
        yield NoFilmError(word, why)


def _film(address: str) -> NamedFilm:
    try:
        state = Path(address).stat()
    except (OSError, ValueError):
        return NamedFilm(address)
    return NamedFilm(address, state.st_size, state.st_mtime_ns)


def _is_pattern(word: Path) -> bool:
    return has_magic(str(word)) and not os.path.lexists(word)


def _entries(folder: Path) -> list[Path] | NoFilmError:
    """What is in a folder, sorted by name, without what is hidden."""
    try:
        return sorted((entry for entry in folder.iterdir() if not _is_hidden(entry)), key=lambda entry: entry.name)
    except OSError as error:
        return NoFilmError(folder, f"cannot be read ({(error.strerror or str(error)).lower()}); change its permissions.")


def _is_hidden(entry: Path) -> bool:
    if entry.name.startswith("."):
        return True
    try:
        return os.name == "nt" and bool(getattr(entry.lstat(), "st_file_attributes", 0) & _HIDDEN)
    except OSError:
        return False


def _is_folder(entry: Path) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_film(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS


def _in_folder(folder: Path, seen: set[str]) -> Iterator[Path | NoFilmError]:
    """Every film in a folder and below; ``seen`` holds the folders that were walked through, by their real names."""
    for place in _folders(folder, seen, results=False):
        if isinstance(place, NoFilmError):
            yield place
        else:
            yield from (entry for entry in place[1] if _is_film(entry) and not _is_folder(entry))


def _folders(folder: Path, seen: set[str], *, results: bool) -> Iterator[tuple[Path, list[Path]] | NoFilmError]:
    """A folder and all below it with what is in them, each real folder once; result folders only when they are wanted."""
    real = os.path.normcase(os.path.realpath(folder))
    if real in seen:
        return
    seen.add(real)
    entries = _entries(folder)
    if isinstance(entries, NoFilmError):
        yield entries
        return
    if not results and any(entry.name == _SESSION for entry in entries):
        return
    yield folder, entries
    for entry in entries:
        if _is_folder(entry):
            yield from _folders(entry, seen, results=results)


def _matching(pattern: Path) -> Iterator[Path | NoFilmError]:
    """The films that a pattern means: ``*``, ``?`` and ``[a-z]`` within a name, ``**`` for any folders between."""
    parts = pattern.parts[1:] if pattern.anchor else pattern.parts
    # A pattern that says how names end means what it says; another one is for films.
    exact = bool(pattern.suffix) and not has_magic(pattern.suffix)
    seen: set[str] = set()
    for found in _expanded(Path(pattern.anchor), parts):
        if isinstance(found, NoFilmError):
            yield found
        elif _is_folder(found):
            if not (found / _SESSION).exists():
                yield from _in_folder(found, seen)
        elif exact or _is_film(found):
            yield found


def _expanded(folder: Path, parts: tuple[str, ...]) -> Iterator[Path | NoFilmError]:
    part, rest = parts[0], parts[1:]
    if part == "**":
        # Only who says landmarks.npz means what is in result folders.
        for place in _folders(folder, set(), results=bool(rest) and not has_magic(rest[-1])):
            if isinstance(place, NoFilmError):
                yield place
            elif rest:
                yield from _expanded(place[0], rest)
            else:
                yield from (entry for entry in place[1] if not _is_folder(entry))
    elif has_magic(part):
        entries = _entries(folder)
        # Of a folder on the way that may not be read nobody knows whether it matters.
        for entry in [] if isinstance(entries, NoFilmError) else entries:
            if fnmatch(entry.name, part):
                yield from _followed(entry, rest)
    else:
        yield from _followed(folder / part, rest)


def _followed(path: Path, rest: tuple[str, ...]) -> Iterator[Path | NoFilmError]:
    if not rest:
        if os.path.lexists(path):
            yield path
    elif _is_folder(path):
        yield from _expanded(path, rest)

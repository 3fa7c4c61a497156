"""Films by address: ``s3://``, ``file://`` and whatever else fsspec reads; found in folders, told apart, fetched under their own name.

What an address needs (keys, the place of an S3 server of one's own) is where its own tools look for it: the environment and files
of whoever runs formcheck, and of each worker. None of it is taken from an address, sent to a worker or written into a result.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from formcheck.errors import FormcheckError, InputError, UsageError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["RemoteFile", "UnreachedError", "check_protocol", "facts", "fetched", "find", "is_remote", "name_of"]

#: A scheme has two letters or more, so that ``C:\\film.mp4`` stays a path.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
#: Read only as single files: their folders are pages, and what a page links to was not named by anybody here.
_NO_FOLDERS = frozenset({"http", "https"})
_PATTERN = re.compile(r"[*?\[]")
_CHUNK_BYTES = 1 << 20
#: What the various kinds call a mark of the content, the surest first.
_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "checksum", "LastModified", "last_modified", "mtime", "created")
#: The file by which a result folder is known.
_SESSION = "session.json"


class UnreachedError(InputError):
    """A film could not be fetched, which is no fault of the film: another time it may be there."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """What can be known of a file without reading it.

    Attributes
    ----------
    address
        As it was named.
    size_bytes
        None where the other side does not say.
    mark
        Changes when the content does: the ETag, a checksum, or the time of the last change; "" where none of them is told.
    """

    address: str
    size_bytes: int | None
    mark: str


def is_remote(text: str) -> bool:
    """Whether this is an address for fsspec rather than a path."""
    return _SCHEME.match(text) is not None


def name_of(address: str) -> str:
    """The file name at the end of an address, without query and fragment where it is a web address."""
    scheme = _scheme(address)
    rest = address[len(scheme) + 3 :]
    if scheme in _NO_FOLDERS:
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    return PurePosixPath(rest.replace("\\", "/")).name or "video"


def check_protocol(address: str) -> None:
    """Refuse an address of a kind that cannot be read on this computer, without asking whether the file is there.

    Raises
    ------
    UsageError
        The protocol is not known or needs a package, or this is an address within an address.
    """
    _open(address)


def find(address: str, endings: Collection[str]) -> Iterator[RemoteFile]:
    """Every film that an address stands for: the file itself, the films in a folder and below, or what a pattern fits.

    They come in the order of their names, the files of a folder before the folders in it, and one folder at a time, so that a million
    are no burden. Hidden entries and result folders of formcheck are passed by.

    Parameters
    ----------
    address
        ``s3://clinic/2026/``, ``s3://clinic/2026/*.mp4``, ``s3://clinic/2026/a.mp4``.
    endings
        Endings, with their dot and in small letters, that make a file in a folder a film. A pattern takes whatever file it fits.

    Raises
    ------
    UsageError
        The protocol is not known, needs a package, or has no folders.
    InputError
        There is no such file or folder, it holds no film, or it cannot be reached.
    """
    files, path = _open(address)
    if _scheme(address) in _NO_FOLDERS:
        if address.endswith("/"):
            raise UsageError(f"{address}: web addresses are read one film at a time, not as folders; name each film in full.")
        yield RemoteFile(address, None, "")
        return
    pattern = _PATTERN.search(address) is not None
    with _told(address):
        if not pattern and not address.endswith("/"):
            told = files.info(path)
            if told["type"] == "file":
                yield _known(address, told)
                return
        found = sorted(files.glob(path, detail=True).items()) if pattern else None
    films = _below(files, path, endings) if found is None else (one for one in found if one[1]["type"] == "file")
    nothing = True
    while (film := _next(films, address)) is not None:
        nothing = False
        yield _known(str(files.unstrip_protocol(film[0])), film[1])
    if nothing:
        raise InputError(f"{address}: {'nothing fits this pattern' if pattern else 'holds no film'}.")


def facts(address: str) -> RemoteFile:
    """Size and mark of one file.

    Raises
    ------
    UsageError
        The protocol is not known or needs a package.
    InputError
        There is no such file, or it cannot be reached.
    """
    files, path = _open(address)
    with _told(address):
        told = files.info(path)
    if told.get("type") == "directory":
        raise InputError(f"{address}: is a folder; name the film in it, or the folder with / at its end to take all of them.")
    return _known(address, told)


@contextmanager
def fetched(address: str, folder: Path) -> Iterator[Path]:
    """Within the block, the file under its own name on this machine: a copy in ``folder``, or itself where it lies on a disk here.

    The copy is removed afterwards, so that one disk serves any number of films.

    Raises
    ------
    UsageError
        The protocol is not known or needs a package.
    InputError
        There is no such file, it cannot be reached, or there is no room for it.
    """
    files, path = _open(address)
    if _scheme(address) in {"file", "local"}:
        yield Path(path)
        return
    target = folder / name_of(address)
    try:
        with _told(address), files.open(path, "rb") as source, target.open("wb") as copy:
            while part := source.read(_CHUNK_BYTES):
                copy.write(part)
        yield target
    finally:
        target.unlink(missing_ok=True)


def _scheme(address: str) -> str:
    match = _SCHEME.match(address)
    if match is None:
        raise ValueError(f"{address!r} is no address")
    return match.group(1).lower()


def _known(address: str, told: Mapping[str, Any]) -> RemoteFile:
    size = told.get("size")
    mark = next((str(told[name]) for name in _MARKS if told.get(name)), "")
    return RemoteFile(address, int(size) if size is not None else None, mark.strip('"'))


def _below(files: AbstractFileSystem, folder: str, endings: Collection[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The films in a folder and below, each with what is known of it."""
    entries = sorted(((str(entry["name"]), entry) for entry in files.ls(folder, detail=True)), key=itemgetter(0))
    names = {name: PurePosixPath(name).name for name, _ in entries if name.rstrip("/") != folder.rstrip("/")}
    if _SESSION in names.values():
        return
    shown = [(name, entry) for name, entry in entries if name in names and not names[name].startswith(".")]
    yield from ((name, entry) for name, entry in shown if entry["type"] == "file" and PurePosixPath(name).suffix.lower() in endings)
    for name, entry in shown:
        if entry["type"] == "directory":
            yield from _below(files, name, endings)


def _next(films: Iterator[tuple[str, Mapping[str, Any]]], address: str) -> tuple[str, Mapping[str, Any]] | None:
    with _told(address):
        return next(films, None)


def _open(address: str) -> tuple[AbstractFileSystem, str]:
    scheme = _scheme(address)
    if "::" in address:
        raise UsageError(f"{address}: addresses within addresses are not read; name the film itself.")
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError as error:
        raise UsageError(f"{address}: films by address need the package fsspec; pip install 'formcheck[cluster]'.") from error
    try:
        # What was listed before is not kept: a worker lives long, and a listing of a million names is large.
        files, path = url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        raise UsageError(f"{address}: {scheme}:// needs one more package here ({_one_line(error)}).") from error
    except ValueError as error:
        raise UsageError(f"{address}: {scheme}:// is no kind of address that can be read here ({_one_line(error)}).") from error
    return files, str(path)


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Every way of failing as one line of our own: each protocol has errors of its own, far from all of them an OSError."""
    try:
        yield
    except FormcheckError:
        raise
    except FileNotFoundError as error:
        raise UnreachedError(f"{address}: no such file.") from error
    except PermissionError as error:
        raise UnreachedError(f"{address}: may not be read ({_one_line(error)}); check the keys of this computer.") from error
    except Exception as error:
        raise UnreachedError(f"{address}: cannot be read ({_one_line(error)}).") from error


def _one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".")

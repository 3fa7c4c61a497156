"""Result folders: named after their video, and there only when whole."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from formcheck.errors import OutputError, UsageError

__all__ = ["FolderNames", "ResultFolder", "safe_name"]

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_LONGEST_NAME_BYTES = 180


def safe_name(name: str) -> str:
    """Make a folder name that every file system takes, as near to ``name`` as possible; letters of any script are kept."""
    clean = _UNSAFE.sub("_", name).strip(" .")
    while len(clean.encode("utf-8", "surrogateescape")) > _LONGEST_NAME_BYTES:
        clean = clean[:-1]
    clean = clean.rstrip(" .") or "video"
    if clean.split(".")[0].casefold() in _RESERVED or clean.startswith("-"):
        clean = f"_{clean}"
    return clean


class FolderNames:
    """One folder name per input: the stem of the video, numbered from 2 where it would come twice.

    ``results/walk/landmarks.npz`` is named after the folder it lies in, ``walk-replay``, since every recording has the same file name.
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._number: dict[str, int] = {}

    def take(self, name: str) -> None:
        """Keep a name for somebody else."""
        self._taken.add(name.casefold())

    def name(self, path: Path) -> str:
        """Give the next input its name; nobody else gets it."""
        wanted = safe_name(f"{path.resolve().parent.name}-replay" if path.name == "landmarks.npz" else path.stem)
        key = wanted.casefold()
        name, number = wanted, self._number.get(key, 1)
        while name.casefold() in self._taken:
            number += 1
            name = f"{wanted}-{number}"
        self._number[key] = number
        self.take(name)
        return name


class ResultFolder:
    """A folder that appears whole or not at all.

    Within the ``with`` block files are written into `staging`, a hidden folder beside the target. `commit` puts it in place.
    Leaving the block without `commit` removes it, and every folder that was made on the way.

    Parameters
    ----------
    target
        The folder to make.
    replace
        Whether an existing target gives way. It does so only in `commit`.

    Raises
    ------
    UsageError
        The target exists and ``replace`` is false.
    OutputError
        The place cannot be written to.
    """

    def __init__(self, target: Path, *, replace: bool = False) -> None:
        self.target = target
        self.staging = Path()
        self._replace = replace
        self._made: list[Path] = []
        self._open = False

    def __enter__(self) -> ResultFolder:
        self.refuse_existing()
        parent = self.target.parent
        try:
            self._make_parents(parent)
            self.staging = Path(tempfile.mkdtemp(prefix=".formcheck-", suffix=".partial", dir=parent))
            self.staging.chmod(0o777 & ~_umask())
        except OSError as error:
            self._remove_made()
            raise OutputError(f"{parent}: cannot write results there ({_reason(error)}); choose another folder with --out.") from error
        self._open = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._open:
            shutil.rmtree(self.staging, ignore_errors=True)
            self._remove_made()
            self._open = False
        if isinstance(error, OutputError) and str(self.staging) in str(error):
            raise OutputError(str(error).replace(str(self.staging), str(self.target))) from error
        if isinstance(error, OSError):
            raise OutputError(f"{self.target}: the results could not be written ({_reason(error)}); nothing was left behind.") from error

    def refuse_existing(self) -> None:
        """Raise UsageError when the target is there already and must be kept."""
        if not self._replace and os.path.lexists(self.target):
            raise UsageError(f"{self.target}: results are there already; add --force to replace them, or choose another folder with --out.")

    def commit(self) -> Path:
        """Put the finished folder in place, the older one removed, and return where it is."""
        self.refuse_existing()
        old: Path | None = None
        try:
            if os.path.lexists(self.target):
                old = self.staging.with_name(f"{self.staging.name}.old")
                self.target.rename(old)
            self.staging.rename(self.target)
        except OSError as error:
            if old is not None and not os.path.lexists(self.target):
                old.rename(self.target)
            raise OutputError(f"{self.target}: the results could not be put in place ({_reason(error)}).") from error
        self._open = False
        if old is not None:
            _remove(old)
        return self.target

    def _make_parents(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for path in reversed(missing):
            path.mkdir()
            self._made.append(path)

    def _remove_made(self) -> None:
        for path in reversed(self._made):
            try:
                path.rmdir()
            except OSError:
                break
        self._made.clear()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()

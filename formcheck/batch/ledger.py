"""What was done with which film, under which settings: the ledger of a folder of results, and the list of what this run is to do.

The ledger is an SQLite file, ``formcheck-batch.sqlite``. It is written by one process, which locks it as long as it works; every film is a
transaction, so that whatever ends the process, the ledger says what was finished. Without a folder it is kept nowhere.

What this run is to do is a temporary table beside it, so that the memory does not grow with the number of films.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from formcheck.errors import InputError, OutputError, UsageError

__all__ = ["LEDGER", "Ledger", "as_stored", "key_of"]

#: Name of the file in a folder of results.
LEDGER = "formcheck-batch.sqlite"

_VERSION = 1
#: How long to wait for a run that is just ending.
_BUSY_S = 1.0

_TABLES = """
CREATE TABLE runs (run INTEGER PRIMARY KEY) STRICT;
CREATE TABLE settings (settings TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE films (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL, settings TEXT NOT NULL, address BLOB NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL, status TEXT NOT NULL, exit_code INTEGER NOT NULL, folder TEXT,
    own INTEGER NOT NULL, exercise TEXT NOT NULL, model TEXT, message TEXT NOT NULL, text TEXT NOT NULL, line TEXT NOT NULL,
    reps TEXT NOT NULL, made INTEGER NOT NULL, shown INTEGER NOT NULL, UNIQUE (key, settings)
) STRICT;
CREATE INDEX films_by_content ON films (settings, size);
CREATE INDEX films_by_key ON films (key, exercise, shown);
CREATE INDEX films_by_address ON films (address, key, exercise);
CREATE TABLE begun (key BLOB NOT NULL, folder TEXT NOT NULL, PRIMARY KEY (key, folder)) STRICT;
"""
_ASKED = """
CREATE TEMP TABLE asked (
    number INTEGER PRIMARY KEY, key BLOB, address BLOB NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    settings TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, exit_code INTEGER NOT NULL, message TEXT NOT NULL
) STRICT;
CREATE INDEX temp.asked_in_order ON asked (state);
CREATE INDEX temp.asked_by_size ON asked (state, size DESC, number);
"""


def key_of(address: str) -> bytes:
    """What tells a film from others: its absolute path, or an address of another kind as it is."""
    return os.fsencode(address if "://" in address else os.path.normpath(Path(address).absolute()))


def as_stored(text: str) -> str:
    """Text that can be kept: halves of characters, as in undecodable file names, are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Ledger:
    """An open ledger. A context manager.

    Parameters
    ----------
    folder
        The folder of results it belongs to, which is made if need be; None for a list that is forgotten afterwards.

    Attributes
    ----------
    kept
        Whether there is a file.
    run
        Number of this run, greater than that of every run before.

    Raises
    ------
    UsageError
        On entering: another run is at work in the folder.
    InputError
        The file is damaged, no ledger, or of a newer formcheck; it is left as it is.
    OutputError
        It cannot be made or written.
    """

    def __init__(self, folder: Path | None) -> None:
        self.kept = folder is not None
        self.run = 0
        self._path = folder / LEDGER if folder is not None else None
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        with self._explained():
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path or "", timeout=_BUSY_S, isolation_level=None, cached_statements=64)
            try:
                self._open()
            except BaseException:
                self._connection.close()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def db(self) -> sqlite3.Connection:
        """The connection; only inside the ``with`` block."""
        if self._connection is None:
            raise RuntimeError("a Ledger is opened with a with statement")
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it happens, or nothing."""
        with self._explained():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def _open(self) -> None:
        db = self.db
        db.row_factory = sqlite3.Row
        # One process alone: then the write-ahead log needs no shared memory, which network drives do not have.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION:
            raise InputError(
                f"{self._path}: was written by a newer formcheck (format {version}, known is {_VERSION}); update formcheck, "
                "or choose another folder with --out."
            )
        if version == 0 and db.execute("SELECT 1 FROM sqlite_master").fetchone() is not None:
            raise InputError(f"{self._path}: is the database of another program; move it away, or choose another folder with --out.")
        if self._path is not None:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
        with self.writing():
            if version == 0:
                self._make(_TABLES)
                db.execute(f"PRAGMA user_version = {_VERSION}")
            self.run = int(db.execute("INSERT INTO runs DEFAULT VALUES RETURNING run").fetchone()[0])
            self._make(_ASKED)

    def _make(self, statements: str) -> None:
        for statement in statements.split(";"):
            if statement.strip():
                self.db.execute(statement)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            folder = self._path.parent if self._path is not None else Path()
            if "locked" in str(error):
                raise UsageError(
                    f"{folder}: another formcheck is at work in this folder; wait until it is done, or choose another one with --out."
                ) from error
            raise OutputError(
                f"{self._path}: cannot be written ({str(error).lower()}); make room, or choose another folder with --out."
            ) from error
        except sqlite3.DatabaseError as error:
            raise InputError(
                f"{self._path}: the list of what was done is damaged ({str(error).lower()}). It was left as it is; move it away."
            ) from error
        except OSError as error:
            folder = self._path.parent if self._path is not None else Path()
            raise OutputError(
                f"{folder}: cannot write results there ({(error.strerror or str(error)).lower()}); choose another folder with --out."
            ) from error

"""The database of the history: opening, versions, and what can go wrong with it.

Two processes at once are safe: SQLite's write-ahead log lets one write while others read, and a writer waits for another one.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from formcheck.errors import InputError, OutputError
from formcheck.history.places import private_folder

__all__ = ["MIGRATIONS", "VERSION", "transaction"]

#: How long a writer waits for another process.
_BUSY_S = 10.0

#: What brings a database from each version to the next; a step that was released is never changed.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE sessions (
        id TEXT PRIMARY KEY, started_at TEXT NOT NULL, exercise TEXT NOT NULL, title TEXT NOT NULL, direction TEXT,
        source TEXT NOT NULL, model TEXT, duration_s REAL, ended TEXT, discomfort_before INTEGER, discomfort_after INTEGER,
        reps_left INTEGER NOT NULL, reps_right INTEGER NOT NULL, reps_both INTEGER NOT NULL, folder TEXT
    ) STRICT;
    CREATE INDEX sessions_by_time ON sessions (started_at);
    CREATE TABLE reps (
        session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, number INTEGER NOT NULL, side TEXT NOT NULL,
        direction TEXT, rejected TEXT, start_s REAL, peak_s REAL, end_s REAL, peak_deg REAL, peak_pm_deg REAL, range_deg REAL,
        range_pm_deg REAL, clean_range_deg REAL, isolation_frac REAL, out_s REAL, hold_s REAL, back_s REAL, peak_speed_deg_s REAL,
        PRIMARY KEY (session, number)
    ) STRICT;
    CREATE TABLE faults (
        session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, code TEXT NOT NULL, side TEXT, rep INTEGER,
        start_s REAL, end_s REAL, measured REAL, threshold REAL, unit TEXT
    ) STRICT;
    CREATE INDEX faults_by_session ON faults (session);
    """,
    """
    CREATE TABLE profiles (key TEXT PRIMARY KEY, name TEXT NOT NULL, content TEXT NOT NULL) STRICT;
    ALTER TABLE sessions ADD COLUMN person TEXT;
    CREATE INDEX sessions_by_person ON sessions (person);
    """,
)
VERSION = len(MIGRATIONS)


@contextmanager
def transaction(path: Path, *, write: bool = True) -> Iterator[sqlite3.Connection]:
    """Open the database, bring it to this version, and run one transaction: all of it happens, or nothing.

    Raises
    ------
    InputError
        The file is damaged, no database, or of a newer formcheck; it is left as it is.
    OutputError
        It cannot be made or written, or another process does not let go of it.
    """
    try:
        private_folder(path.parent)
        with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            # What is deleted is a person's: its bytes are overwritten, not only let go.
            connection.execute("PRAGMA secure_delete = ON")
            _bring_up(connection, path)
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise OutputError(
            f"{path}: the history cannot be used ({str(error).lower()}); close other formcheck windows, make room, "
            "or choose another folder with FORMCHECK_DATA_DIR."
        ) from error
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path}: the history is damaged ({str(error).lower()}). It was left as it is; move it away.") from error
    except OSError as error:
        raise OutputError(f"{path}: the history cannot be used ({(error.strerror or str(error)).lower()}).") from error


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection)
    if version == VERSION:
        return
    if version < VERSION:
        _write_ahead(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been quicker.
            for number in range(_version(connection), VERSION):
                for statement in MIGRATIONS[number].split(";"):
                    if statement.strip():
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return
    raise InputError(
        f"{path}: the history was written by a newer formcheck (format {version}, known is {VERSION}); update formcheck. "
        "It was left as it is."
    )


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; while another process does so at the same moment, SQLite does not wait by itself."""
    until_s = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until_s:
                raise
            time.sleep(0.02)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])

"""The history: sessions in a database, their files beside it. A session is there whole or not at all."""

from __future__ import annotations

import math
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from formcheck.errors import OutputError, UsageError
from formcheck.exercise.session import Fault, Rep
from formcheck.history.database import transaction
from formcheck.history.entry import Entry, RepRow, SessionRow
from formcheck.history.places import data_folder, private_folder

__all__ = ["History"]

_SESSION = (
    "INSERT OR IGNORE INTO sessions (id, started_at, exercise, title, direction, source, model, duration_s, ended, discomfort_before, "
    "discomfort_after, reps_left, reps_right, reps_both, folder, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REP_COLUMNS = (
    "start_s",
    "peak_s",
    "end_s",
    "peak_deg",
    "peak_pm_deg",
    "range_deg",
    "range_pm_deg",
    "clean_range_deg",
    "isolation_frac",
    "out_s",
    "hold_s",
    "back_s",
    "peak_speed_deg_s",
)
_REP = f"INSERT INTO reps (session, number, side, direction, rejected, {', '.join(_REP_COLUMNS)}) VALUES ({', '.join('?' * 18)})"
_FAULT = "INSERT INTO faults (session, code, side, rep, start_s, end_s, measured, threshold, unit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class History:
    """The history in one data folder; nothing is made before something is kept."""

    folder: Path = field(default_factory=data_folder)

    @property
    def database(self) -> Path:
        """The database file."""
        return self.folder / "history.sqlite3"

    @property
    def journals(self) -> Path:
        """The folder of journals of running sessions."""
        return self.folder / "journal"

    def files_of(self, row: SessionRow) -> Path | None:
        """The folder of a session's files; None when none were kept."""
        return self.folder / "sessions" / row.folder if row.folder is not None else None

    def add(self, entry: Entry) -> None:
        """Keep a session: its files first, its row last. One that is there already is left as it is.

        Raises
        ------
        OutputError
            It cannot be written; nothing of it is left.
        InputError
            The database is damaged or newer.
        """
        row = entry.row
        if self._is_there(row.id):
            return
        if row.folder is not None:
            self._write_files(row.folder, entry.files)
        with transaction(self.database) as connection:
            added = connection.execute(_SESSION, _session_values(row)).rowcount
            if added:
                connection.executemany(_REP, (_rep_values(row.id, rep) for rep in entry.reps))
                connection.executemany(_FAULT, (_fault_values(row.id, fault) for fault in entry.faults))

    def sessions(self, exercise: str | None = None, person: str | None = None) -> list[SessionRow]:
        """All sessions, the newest first; only those of an exercise or a person, capitals aside, when one is named."""
        if not self.database.exists():
            return []
        with transaction(self.database, write=False) as connection:
            rows = connection.execute("SELECT * FROM sessions").fetchall()
        found = [_session_row(row) for row in rows]
        found = [row for row in found if exercise is None or row.exercise == exercise]
        found = [row for row in found if person is None or (row.person or "").casefold() == person.casefold()]
        # Times of day of different zones sort only as times.
        return sorted(found, key=lambda row: (row.started_at, row.id), reverse=True)

    def find(self, wanted: str) -> SessionRow:
        """The session of an id, of the beginning of one that is the only one of its kind, or of "last".

        Raises
        ------
        UsageError
            There is none, or there are several.
        """
        rows = self.sessions()
        if not rows:
            raise UsageError("the history is empty; sessions of `live` are kept in it, and those of `analyse --history`.")
        if wanted == "last":
            return rows[0]
        found = [row for row in rows if row.id == wanted] or [row for row in rows if wanted and row.id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"{wanted}: no session has this id; see: history list.")
        raise UsageError(f"{wanted}: {len(found)} sessions begin so; write more of it: {', '.join(row.id for row in found[:5])}.")

    def reps(self, session_id: str) -> list[RepRow]:
        """The movements of a session in order, the rejected ones among them."""
        with transaction(self.database, write=False) as connection:
            rows = connection.execute("SELECT * FROM reps WHERE session = ? ORDER BY number", (session_id,)).fetchall()
        return [RepRow(**{name: row[name] for name in RepRow.__dataclass_fields__}) for row in rows]

    def fault_counts(self, session_id: str) -> dict[str, int]:
        """Number of mistakes of each kind in a session."""
        with transaction(self.database, write=False) as connection:
            query = "SELECT code, COUNT(*) AS number FROM faults WHERE session = ? GROUP BY code ORDER BY code"
            return {row["code"]: row["number"] for row in connection.execute(query, (session_id,))}

    def faults_by_rep(self, session_id: str) -> dict[int, int]:
        """Number of mistakes of each movement that has some, by its number."""
        with transaction(self.database, write=False) as connection:
            query = "SELECT rep, COUNT(*) AS number FROM faults WHERE session = ? AND rep IS NOT NULL GROUP BY rep"
            return {row["rep"]: row["number"] for row in connection.execute(query, (session_id,))}

    def delete(self, row: SessionRow) -> None:
        """Forget a session, its files too.

        Raises
        ------
        OutputError
            It cannot be done; what could not be removed is named.
        """
        with transaction(self.database) as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (row.id,))
        folder = self.files_of(row)
        if folder is not None and folder.exists():
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise OutputError(f"{folder}: could not be removed ({error.strerror or error}); delete it by hand.") from error

    def _is_there(self, session_id: str) -> bool:
        if not self.database.exists():
            return False
        with transaction(self.database, write=False) as connection:
            return connection.execute("SELECT 1 FROM sessions WHERE id = ?", (session_id,)).fetchone() is not None

    def _write_files(self, name: str, files: Mapping[str, bytes]) -> None:
        parent = self.folder / "sessions"
        try:
            private_folder(parent)
            half_written = Path(tempfile.mkdtemp(prefix=".partial-", dir=parent))
            try:
                for file_name, content in files.items():
                    with (half_written / file_name).open("wb") as file:
                        file.write(content)
                        file.flush()
                        os.fsync(file.fileno())
                # Left by a crash before the row was written: this one holds the same and more.
                shutil.rmtree(parent / name, ignore_errors=True)
                half_written.replace(parent / name)
            except BaseException:
                shutil.rmtree(half_written, ignore_errors=True)
                raise
        except OSError as error:
            raise OutputError(
                f"{parent / name}: the session's files could not be written ({(error.strerror or str(error)).lower()}); make room, "
                "or choose another folder with FORMCHECK_DATA_DIR."
            ) from error


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _session_values(row: SessionRow) -> tuple[str | float | None, ...]:
    return (
        row.id,
        row.started_at.isoformat(),
        row.exercise,
        row.title,
        row.direction,
        row.source,
        row.model,
        row.duration_s,
        row.ended,
        row.discomfort_before,
        row.discomfort_after,
        *(int(row.reps.get(side, 0)) for side in ("left", "right", "both")),
        row.folder,
        row.person,
    )


def _rep_values(session_id: str, rep: Rep) -> tuple[str | float | None, ...]:
    rejected = rep.rejected.value if rep.rejected is not None else None
    return (session_id, rep.number, rep.side_name, rep.direction, rejected, *(_known(getattr(rep, name)) for name in _REP_COLUMNS))


def _fault_values(session_id: str, fault: Fault) -> tuple[str | float | None, ...]:
    return (
        session_id,
        fault.code.value,
        fault.side,
        fault.rep,
        _known(fault.start_s),
        _known(fault.end_s),
        _known(fault.measured),
        _known(fault.limit),
        fault.unit,
    )


def _session_row(row: sqlite3.Row) -> SessionRow:
    values = {name: row[name] for name in row.keys() if not name.startswith("reps_")}  # noqa: SIM118
    values["started_at"] = datetime.fromisoformat(values["started_at"])
    return SessionRow(**values, reps={side: row[f"reps_{side}"] for side in ("left", "right", "both")})

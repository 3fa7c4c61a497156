"""What this run is to do: the films that were asked for, those of them that are done already, and what came of the others."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formcheck.batch.film import Action, FilmResult, FilmTask, Status
from formcheck.batch.inputs import NamedFilm, NoFilmError
from formcheck.batch.ledger import Ledger, as_stored, key_of
from formcheck.batch.remote import is_remote
from formcheck.batch.settings import SettingsKey
from formcheck.errors import UsageError
from formcheck.outputs import FolderNames
from formcheck.poses import is_recording

__all__ = ["Agenda", "FilmEnd", "Tally"]

#: What was said of the film itself and holds for the same content.
_LASTING = "('done', 'unreadable', 'not_measurable')"
_BLOCK = 500


@dataclass(frozen=True, slots=True)
class FilmEnd:
    """How a film ended, now or in an earlier run (``skipped``); as in `FilmResult`, and the folder of its results, where it has one."""

    address: str
    status: Status
    exit_code: int
    message: str
    line: dict[str, Any]
    text: str = ""
    notes: tuple[str, ...] = ()
    folder: Path | None = None
    skipped: bool = False
    interrupted: bool = False
    kept_as: tuple[str, str] | None = None


@dataclass(slots=True)
class Tally:
    """How many films were done, skipped because they were done before, ended with a failure now or then, or were not looked at."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    left: int = 0
    codes: set[int] = field(default_factory=set)


class Agenda:
    """The films of one run, in the ledger's temporary table.

    Parameters
    ----------
    ledger
        Open, and this run's alone.
    action
        What is done with each film.
    place
        Where result folders go; for ``analyse``.
    force
        Whether everything is done again.
    keep_for
        In whose history analysed films are kept.
    """

    def __init__(self, ledger: Ledger, action: Action, place: Path | None, *, force: bool = False, keep_for: str | None = None) -> None:
        self._ledger = ledger
        self._action = action
        self._place = place
        self._force = force
        self._keep_for = keep_for

    def ask(
        self, films: Iterable[NamedFilm | NoFilmError], videos: SettingsKey, recordings: SettingsKey, names: Callable[[str], str]
    ) -> None:
        """Take down what is asked for; ``names`` gives the result folder of a film that has none yet."""
        with self._ledger.writing() as db:
            for one in (videos, recordings):
                db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (one.key, one.content))
            for film in films:
                if isinstance(film, NoFilmError):
                    nothing = (None, os.fsencode(film.address), -1, -1, "", "")
                    values: tuple[Any, ...] = (*nothing, "wrong", film.exit_code, as_stored(str(film)))
                else:
                    settings = recordings if is_recording(Path(film.address)) else videos
                    key = key_of(film.address)
                    name = self._name(db, key, film.address, names)
                    values = (key, os.fsencode(film.address), film.size_bytes, film.mtime_ns, settings.key, name, "todo", 0, "")
                db.execute("INSERT INTO asked VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def folder_names(self, *, apart: bool) -> FolderNames:
        """Names for result folders; ``apart`` from those that other films have in the ledger."""
        names = FolderNames()
        if apart:
            for row in self._ledger.db.execute("SELECT folder FROM films WHERE own AND folder IS NOT NULL UNION SELECT folder FROM begun"):
                names.take(row["folder"])
        return names

    def wrong(self) -> Iterator[tuple[str, str]]:
        """(word, what was wrong with it) of those that mean no film."""
        for row in self._ledger.db.execute("SELECT address, message FROM asked WHERE state = 'wrong' ORDER BY number"):
            yield os.fsdecode(row["address"]), row["message"]

    def skip_done(self) -> Iterator[FilmEnd]:
        """Leave out, and give, what was done before with the same settings and has not been touched since: nothing is read for that."""
        after = 0
        while not self._force:
            rows = self._ledger.db.execute(
                "SELECT asked.number, asked.address AS now, films.* FROM asked JOIN films ON films.key = asked.key "
                "AND films.settings = asked.settings AND films.size = asked.size AND films.mtime_ns = asked.mtime_ns "
                f"WHERE asked.number > ? AND films.sha256 != '' AND films.status IN {_LASTING} ORDER BY asked.number LIMIT {_BLOCK}",
                (after,),
            ).fetchall()
            if not rows:
                return
            after = rows[-1]["number"]
            standing = [row for row in rows if self._stands(row)]
            with self._ledger.writing() as db:
                for row in standing:
                    self._skip(db, row["number"], row, row["now"])
            for row in standing:
                yield self._end_of(row, os.fsdecode(row["now"]))

    def waiting(self) -> tuple[int, int]:
        """How many films are to be done, and their bytes."""
        row = self._ledger.db.execute("SELECT count(*), total(max(size, 0)) FROM asked WHERE state = 'todo'").fetchone()
        return int(row[0]), int(row[1])

    def tasks(self, *, longest_first: bool) -> Iterator[FilmTask]:
        """The films that are to be done, one after the other, each noted as begun when it is given."""
        order = "size DESC, number" if longest_first else "number"
        query = f"SELECT * FROM asked WHERE state = 'todo' ORDER BY {order} LIMIT 1"
        while (row := self._ledger.db.execute(query).fetchone()) is not None:
            ours = self._force or self._is_ours(row)
            with self._ledger.writing() as db:
                db.execute("UPDATE asked SET state = 'given' WHERE number = ?", (row["number"],))
                if self._place is not None and (ours or not os.path.lexists(self._place / row["name"])):
                    db.execute("INSERT OR IGNORE INTO begun VALUES (?, ?)", (row["key"], row["name"]))
            yield FilmTask(
                row["number"],
                os.fsdecode(row["address"]),
                row["name"],
                self._action,
                self._known(row),
                replace=ours,
                hashed=self._ledger.kept,
                keep_for=self._keep_for,
                size_bytes=max(0, row["size"]),
            )

    def close(self, result: FilmResult) -> FilmEnd:
        """Take down what came of a film."""
        asked = self._ledger.db.execute("SELECT * FROM asked WHERE number = ?", (result.number,)).fetchone()
        if result.status == "known":
            return self._close_known(asked, result)
        with self._ledger.writing() as db:
            db.execute(
                "UPDATE asked SET state = 'ended', exit_code = ?, message = ? WHERE number = ?",
                (result.exit_code, as_stored(result.message), result.number),
            )
            # What was refused leaves everything as it was.
            if result.exit_code != UsageError.exit_code:
                self._record(db, asked, result)
            db.execute("DELETE FROM begun WHERE key = ?", (asked["key"],))
        return FilmEnd(
            result.address,
            result.status,
            result.exit_code,
            result.message,
            result.line,
            result.text,
            result.notes,
            self._place / asked["name"] if self._place is not None and result.exit_code == 0 else None,
            interrupted=result.interrupted,
            kept_as=result.kept_as,
        )

    def failures(self) -> Iterator[tuple[str, str]]:
        """(address, reason) of everything that failed, in the order in which it was asked for."""
        for row in self._ledger.db.execute("SELECT address, message FROM asked WHERE exit_code != 0 ORDER BY number"):
            yield os.fsdecode(row["address"]), row["message"]

    def left(self) -> Iterator[str]:
        """The films that were not looked at."""
        for row in self._ledger.db.execute("SELECT address FROM asked WHERE state IN ('todo', 'given') ORDER BY number"):
            yield os.fsdecode(row["address"])

    def tally(self) -> Tally:
        """How many ended how."""
        tally = Tally()
        for row in self._ledger.db.execute("SELECT state, exit_code, count(*) AS films FROM asked GROUP BY state, exit_code"):
            if row["state"] in ("todo", "given"):
                tally.left += row["films"]
                continue
            tally.codes.add(row["exit_code"])
            kind = "failed" if row["exit_code"] else "skipped" if row["state"] == "skipped" else "done"
            setattr(tally, kind, getattr(tally, kind) + row["films"])
        return tally

    # --- what the ledger knows

    def _name(self, db: sqlite3.Connection, key: bytes, address: str, names: Callable[[str], str]) -> str:
        if self._place is None:
            return ""
        row = db.execute(
            "SELECT folder FROM films WHERE key = ?1 AND own AND folder IS NOT NULL "
            "UNION ALL SELECT folder FROM begun WHERE key = ?1 LIMIT 1",
            (key,),
        ).fetchone()
        return str(row["folder"]) if row is not None else names(address)

    def _is_ours(self, asked: sqlite3.Row) -> bool:
        """Whether what may be in the film's folder is an unfinished work of an earlier run, or was made of it as it is now named."""
        row = self._ledger.db.execute(
            "SELECT 1 FROM begun WHERE key = ?1 AND folder = ?2 UNION ALL SELECT 1 FROM films "
            "WHERE key = ?1 AND folder = ?2 AND own AND status != 'done' AND settings = ?3 LIMIT 1",
            (asked["key"], asked["name"], asked["settings"]),
        ).fetchone()
        return row is not None

    def _known(self, asked: sqlite3.Row) -> frozenset[str]:
        if self._force or not self._ledger.kept:
            return frozenset()
        return frozenset(row["sha256"] for row in self._of_content(asked) if self._stands(row))

    def _of_content(self, asked: sqlite3.Row, sha256: str | None = None) -> list[sqlite3.Row]:
        """Records of earlier runs of contents as long as this film's, its own first."""
        return self._ledger.db.execute(
            f"SELECT * FROM films WHERE settings = ?1 AND size = ?2 AND made < ?3 AND sha256 != '' AND status IN {_LASTING} "
            "AND (?4 IS NULL OR sha256 = ?4) ORDER BY key != ?5, id",
            (asked["settings"], asked["size"], self._ledger.run, sha256, asked["key"]),
        ).fetchall()

    def _stands(self, record: sqlite3.Row) -> bool:
        """Whether what a record says is still there."""
        if self._place is None or record["status"] != "done":
            return True
        return record["folder"] is not None and (self._place / record["folder"] / "session.json").exists()

    def _close_known(self, asked: sqlite3.Row, result: FilmResult) -> FilmEnd:
        # Should the results have been taken away meanwhile, the next run makes them again.
        records = sorted(self._of_content(asked, result.sha256), key=lambda row: not self._stands(row))
        # Its own record, else that of a file that is gone, which was moved here, else another file's.
        record = next((row for row in records if row["key"] == asked["key"]), None)
        moved = next((row for row in records if _is_gone(row["key"])), None)
        with self._ledger.writing() as db:
            if record is None:
                db.execute("DELETE FROM films WHERE key = ? AND settings = ?", (asked["key"], asked["settings"]))
            if record is None and moved is not None:
                db.execute("UPDATE films SET key = ? WHERE id = ?", (asked["key"], moved["id"]))
            elif record is None:
                self._copy(db, records[0]["id"], asked["key"])
            db.execute(
                "UPDATE films SET mtime_ns = ?, address = ? WHERE key = ? AND settings = ?",
                (asked["mtime_ns"], asked["address"], asked["key"], asked["settings"]),
            )
            record = db.execute("SELECT * FROM films WHERE key = ? AND settings = ?", (asked["key"], asked["settings"])).fetchone()
            self._skip(db, asked["number"], record, asked["address"])
            db.execute("DELETE FROM begun WHERE key = ?", (asked["key"],))
        return self._end_of(record, result.address)

    def _skip(self, db: sqlite3.Connection, number: int, record: sqlite3.Row, address: bytes) -> None:
        db.execute(
            "UPDATE asked SET state = 'skipped', exit_code = ?, message = ? WHERE number = ?",
            (record["exit_code"], record["message"], number),
        )
        # The tables show what was asked for last.
        db.execute(
            "UPDATE films SET shown = ?1, address = ?2 WHERE id = ?3 AND (address != ?2 OR shown < "
            "(SELECT max(shown) FROM films AS other WHERE other.key = films.key AND other.exercise = films.exercise))",
            (self._ledger.run, address, record["id"]),
        )

    def _copy(self, db: sqlite3.Connection, record: int, key: bytes) -> None:
        names = [row["name"] for row in db.execute("PRAGMA table_info(films)") if row["name"] not in ("id", "key", "own")]
        columns = ", ".join(names)
        db.execute(f"INSERT INTO films (key, own, {columns}) SELECT ?, 0, {columns} FROM films WHERE id = ?", (key, record))

    def _record(self, db: sqlite3.Connection, asked: sqlite3.Row, result: FilmResult) -> None:
        if not result.sha256:
            # A film that cannot even be read now says nothing about what was measured in it before.
            old = db.execute("SELECT status FROM films WHERE key = ? AND settings = ?", (asked["key"], asked["settings"])).fetchone()
            if old is not None and old["status"] == "done":
                return
        folder = asked["name"] if self._place is not None and self._has_made(db, asked, result) else None
        if folder is not None:
            db.execute("UPDATE films SET folder = NULL, own = 0 WHERE folder = ? AND key != ?", (folder, asked["key"]))
            db.execute("UPDATE films SET folder = NULL, own = 0 WHERE folder = ? AND settings != ?", (folder, asked["settings"]))
        db.execute(
            "INSERT OR REPLACE INTO films (key, settings, address, size, mtime_ns, sha256, status, exit_code, folder, own, exercise, "
            "model, message, text, line, reps, made, shown) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(asked[name] for name in ("key", "settings", "address", "size", "mtime_ns")),
                result.sha256,
                result.status,
                result.exit_code,
                folder,
                int(folder is not None),
                as_stored(str(result.line.get("exercise", ""))),
                result.model,
                as_stored(result.message),
                as_stored(result.text) if self._action == "count" else "",
                json.dumps(result.line),
                json.dumps(result.reps),
                self._ledger.run,
                self._ledger.run,
            ),
        )

    def _has_made(self, db: sqlite3.Connection, asked: sqlite3.Row, result: FilmResult) -> bool:
        """Whether the folder of a film is there and was made of it: also when something failed after that."""
        if result.exit_code == 0 or self._place is None:
            return True
        begun = db.execute("SELECT 1 FROM begun WHERE key = ? AND folder = ?", (asked["key"], asked["name"])).fetchone()
        return begun is not None and os.path.lexists(self._place / asked["name"])

    def _end_of(self, record: sqlite3.Row, address: str) -> FilmEnd:
        folder = self._place / record["folder"] if self._place is not None and record["status"] == "done" else None
        line = json.loads(record["line"]) | {"path": address, "skipped": True}
        if folder is not None:
            line["folder"] = str(folder)
        return FilmEnd(address, record["status"], record["exit_code"], record["message"], line, record["text"], folder=folder, skipped=True)


def _is_gone(key: bytes) -> bool:
    """Whether the file of a record is no more; of an address nobody looks."""
    name = os.fsdecode(key)
    return not is_remote(name) and not os.path.lexists(name)

"""Folders full of recordings, good and broken, for tests of many films at once."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from formcheck.batch.film import FilmTask
from formcheck.batch.ledger import LEDGER
from formcheck.exercise import library
from formcheck.exercise.analyzer import AnalysisOptions
from formcheck.pipeline import Job
from tests.builders import example_recording
from tests.cli_support import nobody


def job(**options: Any) -> Job:
    """What is to be done with recordings: no pose model is needed."""
    return Job(library.load("hip-internal-rotation"), AnalysisOptions(**options), None)


def recording(path: Path, reps: int = 2, duration_s: float = 10.0, note: str = "") -> Path:
    """Write a recording; those of another note have other contents, and measure the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = example_recording(duration_s, reps)
    replace(whole, source={**whole.source, "note": note or path.name}).save(path)
    return path


def copies(folder: Path, films: int, reps: int = 2, duration_s: float = 20.0) -> None:
    """Fill a folder with so many recordings that measure the same, each of a content of its own, named 0.npz and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    content = _bytes(folder / "whole", example_recording(duration_s, reps))
    for number in range(films):
        # What comes after the end of an archive is not read.
        (folder / f"{number}.npz").write_bytes(content + f"{number}".encode())


def many(folder: Path, films: int, *, measured_every: int = 1) -> dict[str, int]:
    """Fill a folder with so many films, spread over folders: every tenth broken, the others with a person, or with nobody in view.

    Returns how many there are of each: done, not_measurable, unreadable.
    """
    kinds = {"done": 0, "not_measurable": 0, "unreadable": 0}
    person, empty = (_bytes(folder / name, whole) for name, whole in (("person", example_recording(4.0, 1)), ("empty", nobody(0.5))))
    for number in range(films):
        place = folder / f"day-{number % 7}"
        place.mkdir(exist_ok=True)
        if number % 10 == 9:
            kinds["unreadable"] += 1
            _broken(place, number, person)
        else:
            seen = number % measured_every == 0
            kinds["done" if seen else "not_measurable"] += 1
            (place / f"{number}.npz").write_bytes((person if seen else empty) + f"{number}".encode())
    return kinds


def _bytes(path: Path, whole: Any) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole.save(path)
    content = path.read_bytes()
    path.unlink()
    return content


def _broken(place: Path, number: int, person: bytes) -> None:
    kind = number // 10 % 3
    if kind == 0:
        (place / f"{number}.npz").write_bytes(b"")
    elif kind == 1:
        (place / f"{number}.npz").write_text(f"This is no recording: {number}.\n")
    else:
        (place / f"{number}.npz").write_bytes(person[: 500 + number % 1000])


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but the ledger, which says which run was the first."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(LEDGER))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def films_in_ledger(folder: Path) -> list[sqlite3.Row]:
    """The films of a ledger that nobody is at, by their addresses."""
    connection = sqlite3.connect(folder / LEDGER)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute("SELECT * FROM films ORDER BY address, settings").fetchall()
    finally:
        connection.close()


class Deadly(str):
    """An address on which the process that is to work on it dies: it is killed when it opens what it was sent.

    With a file as ``once``, it dies only as long as there is no such file, and makes it.
    """

    once: str

    def __new__(cls, address: str, once: Path | None = None) -> Deadly:
        made = super().__new__(cls, address)
        made.once = str(once) if once is not None else ""
        return made

    def __reduce__(self) -> tuple[Callable[..., str], tuple[str, str]]:
        return _die, (str(self), self.once)


def _die(address: str, once: str) -> str:
    if not once or not Path(once).exists():
        if once:
            Path(once).touch()
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return address


def task(number: int, address: str | Path, **changed: Any) -> FilmTask:
    """A film to be counted."""
    whole: dict[str, Any] = {"folder_name": f"film-{number}", "action": "count"}
    return FilmTask(number, address if isinstance(address, str) else str(address), **(whole | changed))

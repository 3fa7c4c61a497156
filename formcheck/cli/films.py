"""What the terminal gets to see of a run over films: each one when it is done, and at the end what failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from formcheck.cli.console import INTERRUPTED, complain, say, say_wrapped, worst
from formcheck.cli.display import FilmsDisplay

if TYPE_CHECKING:
    from formcheck.batch.agenda import Agenda, FilmEnd
    from formcheck.batch.film import FilmProgress, FilmTask

__all__ = ["FilmsTeller"]

_UNSEEN = "stopped before it was looked at"
#: Films that were not looked at are named up to so many.
_MOST_UNSEEN = 10


class FilmsTeller:
    """Says on stdout what came of each film, on stderr what went wrong, and finds the exit code of all.

    Parameters
    ----------
    display
        Shows how far it is.
    action, exercise
        What is done with each film.
    several
        Whether a number of films was meant: then the end is summed up.
    quiet, as_json
        As on the command line.
    """

    def __init__(
        self, display: FilmsDisplay, action: Literal["count", "analyse"], exercise: str, *, several: bool, quiet: bool, as_json: bool
    ) -> None:
        self.progress: FilmProgress | None = display.at if display.shown else None
        self._display = display
        self._action = action
        self._exercise = exercise
        self._several = several
        self._quiet = quiet
        self._as_json = as_json
        self._codes: set[int] = set()

    @property
    def exit_code(self) -> int:
        """The worst of all films."""
        return worst(sorted(self._codes))

    def wrong(self, word: str, message: str) -> None:
        """A word means no film."""
        if self._as_json:
            self._say_nothing_of(word, message)
        complain(message)

    def begins(self, films: int, size_bytes: int) -> None:
        """So many films are to be done."""
        self._display.begins(films, size_bytes)

    def begun(self, task: FilmTask) -> None:
        """Somebody works on a film."""
        self._display.begun(task)

    def ended(self, end: FilmEnd, task: FilmTask | None) -> None:
        """A film is done, or was done before."""
        self._display.ended(task, failed=end.exit_code != 0)
        with self._display.away(said=bool(end.notes or end.message)):
            self._say(end)
            for note in end.notes:
                complain(f"{end.address}: {note}")
            if end.message:
                complain(f"{_with_address(end.address, end.message)}{' (as before; --force tries again)' if end.skipped else ''}")
        if end.interrupted:
            self._codes.add(INTERRUPTED)

    def closes(self, agenda: Agenda, tables: Sequence[Path]) -> None:
        """Everything is done, or stopped."""
        self._display.close()
        tally = agenda.tally()
        self._codes |= tally.codes
        if tally.left:
            self._codes.add(INTERRUPTED)
            self._say_unseen(agenda, tally.left)
        if not self._several or self._quiet:
            return
        if tally.failed:
            complain("failed:")
            for address, why in agenda.failures():
                complain(f"  {_with_address(address, why)}")
        left = f", {tally.left} not looked at" if tally.left else ""
        where = f"; tables: {', '.join(str(path) for path in tables)}" if tables else ""
        complain(f"{tally.done} done, {tally.skipped} skipped, {tally.failed} failed{left}{where}.")

    def _say(self, end: FilmEnd) -> None:
        if self._as_json:
            say(json.dumps(end.line))
        elif end.message or (self._quiet and self._action == "analyse"):
            return
        elif self._action == "count":
            say(f"{end.address}: {end.text}")
        elif end.skipped:
            say_wrapped(f"{end.address}: was analysed before with the same settings, and is skipped; --force does it again.")
            say(f"Report: {end.folder / 'report.html' if end.folder is not None else ''}")
        else:
            say_wrapped(end.address)
            say_wrapped(end.text)
            if end.folder is not None:
                say()
                say(f"Report: {end.folder / 'report.html'}")
            say()
        if end.kept_as is not None and not self._quiet and not self._as_json:
            say(f"In the history as {end.kept_as[0]}, of {end.kept_as[1]}.")

    def _say_nothing_of(self, address: str, why: str) -> None:
        from formcheck.batch.lines import line_of

        say(json.dumps(line_of(address, self._exercise, None, why)))

    def _say_unseen(self, agenda: Agenda, left: int) -> None:
        for address in agenda.left():
            if self._as_json:
                self._say_nothing_of(address, _UNSEEN)
            if left <= _MOST_UNSEEN:
                complain(f"{address}: {_UNSEEN}.")
        if left > _MOST_UNSEEN:
            complain(f"{left} films were {_UNSEEN.replace('it was', 'they were')}; the same words go on with them.")


def _with_address(address: str, message: str) -> str:
    return message if address in message else f"{address}: {message}"

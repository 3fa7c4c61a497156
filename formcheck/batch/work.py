"""A whole run over many films: what is done is skipped, the rest is given to a runner, and the tables are written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from formcheck.batch.agenda import Agenda, FilmEnd
from formcheck.batch.film import Action, FilmProgress, FilmResult, FilmTask, Runner, failure
from formcheck.batch.inputs import find_films
from formcheck.batch.ledger import Ledger
from formcheck.batch.processes import ThisProcess, runner_for
from formcheck.batch.settings import settings_of
from formcheck.batch.tables import write_tables
from formcheck.errors import FormcheckError, OutputError
from formcheck.outputs import ResultFolder
from formcheck.pipeline import Job

__all__ = ["Teller", "Wanted", "do_films", "put_in_place"]

RunnerOf = Callable[[Job, Path | None, int, int], Runner]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a run.

    Attributes
    ----------
    named
        Files, folders and patterns, by path, or as text by address.
    action, job
        What is done with each film.
    place
        Where result folders go; None for ``count``.
    ledger
        The folder whose ledger and tables are kept; None: nothing is remembered.
    workers
        How many films at once.
    apart
        Whether result folders keep clear of those of other films that the ledger knows.
    force
        Whether everything is done again, and existing results give way.
    keep_for
        In whose history analysed films are kept.
    parquet
        Whether the tables are written as Parquet too.
    folder_name
        Name of the result folder of the one film; None: each has its own.
    runner_of
        Makes who does the work, of the job, the place, how many at once, and how many films there are.
    """

    named: Sequence[Path | str]
    action: Action
    job: Job
    place: Path | None = None
    ledger: Path | None = None
    workers: int = 1
    apart: bool = False
    force: bool = False
    keep_for: str | None = None
    parquet: bool = False
    folder_name: str | None = None
    runner_of: RunnerOf = runner_for


class Teller(Protocol):
    """Who is told how a run goes."""

    #: Told how far each film is; None: nobody wants to know.
    progress: FilmProgress | None

    def wrong(self, word: str, message: str) -> None:
        """A word of the command line means no film."""

    def begins(self, films: int, size_bytes: int) -> None:
        """So many films are to be done; what was done before has been told."""

    def begun(self, task: FilmTask) -> None:
        """Somebody works on a film."""

    def ended(self, end: FilmEnd, task: FilmTask | None) -> None:
        """A film is done, or was done before; then there is no task."""

    def closes(self, agenda: Agenda, tables: Sequence[Path]) -> None:
        """Everything is done, or stopped; the tables were written."""


def do_films(wanted: Wanted, teller: Teller, stop: threading.Event) -> None:
    """Do the films, or after ``stop`` was set as much as was begun.

    Raises
    ------
    UsageError
        Another run is at work in the folder.
    InputError, OutputError
        The ledger or the tables cannot be read or written.
    KeyboardInterrupt
        Given up at once; the ledger says what was done.
    """
    job = wanted.job
    videos, recordings = (settings_of(job, wanted.action, recording=one, keep_for=wanted.keep_for) for one in (False, True))
    with Ledger(wanted.ledger) as ledger:
        agenda = Agenda(ledger, wanted.action, wanted.place, force=wanted.force, keep_for=wanted.keep_for)
        names = agenda.folder_names(apart=wanted.apart)
        agenda.ask(find_films(wanted.named), videos, recordings, lambda address: wanted.folder_name or names.name(Path(address)))
        for word, message in agenda.wrong():
            teller.wrong(word, message)
        for end in agenda.skip_done():
            teller.ended(end, None)
        films, size_bytes = agenda.waiting()
        if films:
            teller.begins(films, size_bytes)
            try:
                _work(wanted, agenda, teller, stop, films)
            except FormcheckError:
                _tables(wanted, ledger)
                raise
        teller.closes(agenda, _tables(wanted, ledger))


def _tables(wanted: Wanted, ledger: Ledger) -> Sequence[Path]:
    return write_tables(ledger, wanted.ledger, parquet=wanted.parquet) if wanted.ledger is not None else ()


def _work(wanted: Wanted, agenda: Agenda, teller: Teller, stop: threading.Event, films: int) -> None:
    runner = wanted.runner_of(wanted.job, wanted.place, wanted.workers, films)
    given: dict[int, FilmTask] = {}

    def tasks() -> Iterator[FilmTask]:
        # Of several at once the last ones should be short, so that nobody waits long for the others.
        for task in agenda.tasks(longest_first=not isinstance(runner, ThisProcess)):
            given[task.number] = task
            teller.begun(task)
            yield task

    def finished(result: FilmResult) -> None:
        task = given.pop(result.number)
        if result.files is not None and wanted.place is not None:
            result = put_in_place(result, task, wanted.job, wanted.place)
        teller.ended(agenda.close(result), task)

    runner.run(tasks(), finished, stop, teller.progress)


def put_in_place(result: FilmResult, task: FilmTask, job: Job, place: Path) -> FilmResult:
    """Write the result folder of a film that was done elsewhere, whole or not at all, and give its result as of a film done here."""
    try:
        with ResultFolder(place / task.folder_name, replace=task.replace) as folder:
            for name, content in result.files or ():
                if Path(name).name != name:
                    raise OutputError(f"{folder.target}: a worker sent a file with a path in its name, {name!r}; nothing was written.")
                (folder.staging / name).write_bytes(content)
            target = folder.commit()
    except FormcheckError as error:
        return replace(failure(task, job, str(error), error.exit_code), sha256=result.sha256)
    return replace(result, files=None, line=result.line | {"folder": str(target)})

"""One film of many: what is asked, the one function that does it, and what comes back. Everything here can be sent to another process."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from formcheck.batch.lines import count_line, line_of
from formcheck.batch.remote import UnreachedError, fetched, is_remote
from formcheck.errors import InputError, NotMeasurableError, OutputError, describe, exit_code_of
from formcheck.pipeline import Job, Outcome, analyse_video, count_video
from formcheck.progress import Progress, ProgressCallback

__all__ = [
    "STOPPED",
    "Action",
    "FilmProgress",
    "FilmResult",
    "FilmTask",
    "Runner",
    "Status",
    "content_hash",
    "failure",
    "sharing",
    "work_film",
]

Action = Literal["count", "analyse"]
#: ``known``: the content was done before, nothing was done now. ``stopped``: the user ended it, what there is is a part.
#: ``unreadable`` and ``not_measurable`` are said of the film itself, ``failed`` of everything else, which another try may mend.
Status = Literal["done", "known", "unreadable", "not_measurable", "failed", "stopped"]

#: Exit code of a film that the user stopped before anything came of it.
STOPPED = 130

_NEVER = threading.Event()


@dataclass(frozen=True, slots=True)
class FilmTask:
    """One film to be done.

    Attributes
    ----------
    number
        Which one it is of this run; comes back in the result.
    address
        The film as it was named.
    folder_name
        Name of its result folder, for ``analyse``.
    action
        What is to be done.
    known
        sha256 of contents that were done with these settings already: a film that has one of them is not done again.
    replace
        Whether an existing result folder gives way.
    hashed
        Whether the sha256 of the content is wanted; without it nothing is known either.
    keep_for
        The person in whose history an analysed film is kept; None: in nobody's.
    size_bytes
        Of the file, as a measure of how long it will take; 0 when it is not known.
    path
        Where the film lies on a disk, for whoever does not see it at its address; None: at its address.
    """

    number: int
    address: str
    folder_name: str
    action: Action
    known: frozenset[str] = frozenset()
    replace: bool = False
    hashed: bool = True
    keep_for: str | None = None
    size_bytes: int = 0
    path: str | None = None


@dataclass(frozen=True, slots=True)
class FilmResult:
    """What came of one film.

    Attributes
    ----------
    number, address
        Those of the task.
    sha256
        Of the content, in hexadecimal; empty when it was not wanted or could not be read.
    status, exit_code
        How it ended.
    message
        What went wrong, in a line; empty when nothing did.
    line
        The values of `formcheck.batch.lines.line_of`; empty when the film is known.
    reps
        The rows of ``reps.csv``.
    model
        Name of the pose model the landmarks come from, where it is known.
    notes
        Sentences about what is missing.
    text
        What a terminal shows of it: the counts, or the summary.
    files
        Name and content of each file of the result folder, from a worker that does not share the disk; None when the folder is in place.
    interrupted
        Whether the user stopped the work.
    kept_as
        Id in the history and the person, if it was kept there.
    """

    number: int
    address: str
    sha256: str
    status: Status
    exit_code: int
    message: str = ""
    line: dict[str, Any] = field(default_factory=dict)
    reps: tuple[tuple[Any, ...], ...] = ()
    model: str | None = None
    notes: tuple[str, ...] = ()
    text: str = ""
    files: tuple[tuple[str, bytes], ...] | None = None
    interrupted: bool = False
    kept_as: tuple[str, str] | None = None


FilmProgress = Callable[[FilmTask, Progress], None]


class Runner(Protocol):
    """Somebody who does films: in this process, in several, on other computers."""

    def run(
        self,
        tasks: Iterable[FilmTask],
        finished: Callable[[FilmResult], None],
        stop: threading.Event,
        progress: FilmProgress | None = None,
    ) -> None:
        """Do the films, and return when all are done or, after ``stop`` was set, those that were begun.

        ``tasks`` is asked for the next one only when somebody is free, in the thread that called; ``finished`` and ``progress`` are called
        in that thread too. A film that was begun comes back exactly once, whatever happens to who works on it. KeyboardInterrupt ends at
        once: nobody works on after it.
        """
        ...


def work_film(
    task: FilmTask, job: Job, place: Path | None, progress: ProgressCallback | None = None, stop: threading.Event = _NEVER
) -> FilmResult:
    """Do one film; what is wrong with it is in the result, never raised.

    Parameters
    ----------
    task, job
        The film, and what is to be done with it.
    place
        Where the result folders go; only ``analyse`` needs it.
    progress
        Told how far it is.
    stop
        When set, what was measured until then is all there is.

    Raises
    ------
    KeyboardInterrupt
        Stopped before anything was measured, or at once by the user.
    """
    sha256, path = "", Path(task.path or task.address)
    try:
        with _on_disk(task) as path:
            if task.hashed:
                sha256 = content_hash(path)
                if sha256 and sha256 in task.known:
                    return FilmResult(task.number, task.address, sha256, "known", 0)
            return _worked(task, path, job, place, sha256, progress, stop)
    except Exception as error:
        message = describe(error).replace(str(path), task.address)
        status = _status_of(error, (str(path), task.address), stop)
        return replace(failure(task, job, message, exit_code_of(error), status, stop.is_set()), sha256=sha256)


def failure(task: FilmTask, job: Job, message: str, exit_code: int, status: Status = "failed", interrupted: bool = False) -> FilmResult:
    """The result of a film of which nothing came."""
    line = line_of(task.address, job.spec.id, None, message)
    return FilmResult(task.number, task.address, "", status, exit_code, message, line, interrupted=interrupted)


def content_hash(path: Path) -> str:
    """sha256 of a file in hexadecimal; empty when it cannot be read, which whoever reads it as a film says better."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def sharing(job: Job, threads: int) -> Job:
    """The same job with so many threads for each film, where films are measured in several."""
    return replace(job, workers=threads)


@contextmanager
def _on_disk(task: FilmTask) -> Iterator[Path]:
    """Within the block, the film as a file: where it lies, or fetched from its address for as long."""
    if task.path is not None or not is_remote(task.address):
        yield Path(task.path or task.address)
        return
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder, fetched(task.address, Path(folder)) as path:
        yield path


def _worked(
    task: FilmTask,
    path: Path,
    job: Job,
    place: Path | None,
    sha256: str,
    progress: ProgressCallback | None,
    stop: threading.Event,
) -> FilmResult:
    from formcheck.report.summary import summary
    from formcheck.report.tables import rep_rows

    kept_as: tuple[str, str] | None = None
    if task.action == "count":
        outcome = count_video(path, job, progress=progress, stop=stop, named=task.address)
        text = count_line(outcome.report)
    else:
        outcome = _analysed(task, path, job, place, progress, stop)
        text = summary(outcome.report)
        if task.keep_for is not None:
            from formcheck.keeping import keep_recorded

            row = keep_recorded(path, outcome, task.keep_for)
            kept_as = (row.id, str(row.person))
    return FilmResult(
        task.number,
        task.address,
        sha256,
        "stopped" if outcome.interrupted else "done",
        0,
        line=line_of(task.address, job.spec.id, outcome),
        reps=tuple(tuple(row) for row in rep_rows(outcome.report)),
        model=str(name) if (name := outcome.report.model.get("name")) is not None else None,
        notes=(*outcome.notes, *_stopped(outcome)),
        text=text,
        interrupted=outcome.interrupted,
        kept_as=kept_as,
    )


def _analysed(
    task: FilmTask, path: Path, job: Job, place: Path | None, progress: ProgressCallback | None, stop: threading.Event
) -> Outcome:
    from formcheck.outputs import ResultFolder

    if place is None:
        raise ValueError("an analysis needs a place for its folder")
    folder = ResultFolder(place / task.folder_name, replace=task.replace)
    folder.refuse_existing()
    return analyse_video(path, folder, job, progress=progress, stop=stop, named=task.address)


def _stopped(outcome: Outcome) -> tuple[str, ...]:
    if outcome.stopped_s is None:
        return ()
    return (f"stopped early at {outcome.stopped_s:.1f} s; the results are of what was measured until then.",)


def _status_of(error: Exception, names: tuple[str, ...], stop: threading.Event) -> Status:
    """Whether the film itself is at fault: the next try with the same content then ends the same way."""
    if isinstance(error, NotMeasurableError):
        return "stopped" if stop.is_set() else "not_measurable"
    # A pose model or a library that cannot be loaded is an input too, but the message does not begin with the film.
    of_film = isinstance(error, InputError) and not isinstance(error, OutputError | UnreachedError) and str(error).startswith(names)
    return "unreadable" if of_film else "failed"

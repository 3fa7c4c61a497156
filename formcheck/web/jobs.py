"""Films that wait to be analysed, are, or were: one at a time, in a thread, by the same pipeline as `analyse`."""

from __future__ import annotations

import math
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from formcheck.capacity import cores
from formcheck.errors import FormcheckError
from formcheck.exercise.analyzer import AnalysisOptions
from formcheck.history.places import private_folder
from formcheck.history.store import History
from formcheck.keeping import keep_recorded
from formcheck.outputs import ResultFolder
from formcheck.pipeline import Job as Work
from formcheck.pipeline import Outcome, analyse_video
from formcheck.profiles.calibration import calibrated, without_limit
from formcheck.profiles.judging import limits_deg
from formcheck.profiles.store import ProfileStore
from formcheck.progress import Progress
from formcheck.web.exercises import OwnExercises
from formcheck.web.texts import text_of
from formcheck.web.uploads import discard

__all__ = ["Film", "FilmJob", "JobQueue", "JobState", "TooManyJobs", "work_of"]

MOST_JOBS = 50


class JobState(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_OPEN = frozenset({JobState.QUEUED, JobState.WORKING})


class TooManyJobs(FormcheckError):
    """The list is full."""


@dataclass(frozen=True, slots=True)
class Film:
    """What is to be done with one film: the options of `analyse`, checked by `work_of`."""

    name: str
    path: Path
    exercise: str = "hip-internal-rotation"
    side: str = "auto"
    direction: str | None = None
    model: str = "heavy"
    person: str = "me"
    uses_profile: bool = False
    mirrored: bool = False
    in_history: bool = True
    measures_range: bool = False


@dataclass(frozen=True, slots=True)
class FilmJob:
    """One film and how far it is. ``part`` 0 to 1 of the whole, ``left_s`` NaN while it cannot be told."""

    id: str
    film: Film
    state: JobState = JobState.QUEUED
    stage: str = ""
    part: float = 0.0
    left_s: float = math.nan
    error: str | None = None
    notes: tuple[str, ...] = ()
    session: str | None = None
    verdict: str | None = None

    @property
    def as_json(self) -> dict[str, Any]:
        """The job as the page is told of it."""
        return {
            "id": self.id,
            "name": self.film.name,
            "exercise": self.film.exercise,
            "state": self.state.value,
            "stage": self.stage,
            "part": round(self.part, 4),
            "left_s": round(self.left_s, 1) if math.isfinite(self.left_s) else None,
            "error": self.error,
            "notes": list(self.notes),
            "session": self.session,
            "verdict": self.verdict,
            "measures_range": self.film.measures_range,
            "report": f"/results/{self.id}/report.html" if self.state is JobState.DONE else None,
        }


def work_of(film: Film, profiles: ProfileStore, exercises: OwnExercises) -> Work:
    """What the pipeline is to do with a film, every option checked.

    Raises
    ------
    FormcheckError
        An option is wrong, or the profile or model cannot be read.
    """
    from formcheck.capture.bundles import bundle

    spec = exercises.load(film.exercise)
    options = AnalysisOptions(film.side, film.direction, None, mirrored=film.mirrored)  # type: ignore[arg-type]
    options.checked(spec)
    person = profiles.load(film.person) if film.uses_profile else None
    if person is not None:
        options = replace(options, limits_deg=limits_deg(person, spec), profile=person.name)
    if film.measures_range:
        profiles.to_extend(film.person)
        return Work(without_limit(spec), options, bundle(film.model), workers=_spare_cores())
    return Work(spec, options, bundle(film.model), profile=person, workers=_spare_cores())


def _spare_cores() -> int:
    """One core is left to whoever stands in front of the camera meanwhile."""
    return max(1, cores() - 1)


Analyse = Callable[[Film, Path, Callable[[Progress], None], threading.Event], Outcome]


@dataclass
class JobQueue:
    """Films in the order in which they came. Safe between threads; `close` when the server ends.

    Parameters
    ----------
    results
        Where each job's results go, in a folder of its name.
    history, profiles, exercises
        The user's data.
    analyse
        Analyses one film into a folder; by default the pipeline.
    """

    results: Path
    history: History
    profiles: ProfileStore
    exercises: OwnExercises
    analyse: Analyse | None = None
    _jobs: dict[str, FilmJob] = field(default_factory=dict)
    _stops: dict[str, threading.Event] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None
    _closing: bool = False

    def add(self, film: Film) -> FilmJob:
        """Take a film in, which belongs to the queue from now on.

        Raises
        ------
        TooManyJobs
            There are too many already.
        """
        job = FilmJob(secrets.token_hex(8), film)
        with self._news:
            if len(self._jobs) >= MOST_JOBS:
                raise TooManyJobs(f"there are {MOST_JOBS} films in the list; remove some that are done.")
            self._jobs[job.id] = job
            self._stops[job.id] = threading.Event()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="films", daemon=True)
                self._thread.start()
            self._news.notify_all()
        return job

    @property
    def jobs(self) -> list[FilmJob]:
        """All of them, the newest first."""
        with self._news:
            return list(reversed(self._jobs.values()))

    def find(self, job_id: str) -> FilmJob | None:
        """One of them, None when there is none of this name."""
        with self._news:
            return self._jobs.get(job_id)

    def cancel(self, job_id: str) -> FilmJob | None:
        """Stop it if it is not over; what was measured until then is not kept."""
        with self._news:
            job = self._jobs.get(job_id)
            if job is not None and job.state in _OPEN:
                self._stops[job_id].set()
                if job.state is JobState.QUEUED:
                    self._end(job_id, state=JobState.CANCELLED)
            return self._jobs.get(job_id)

    def remove(self, job_id: str) -> bool:
        """Forget it, with its results; one that is being worked on is stopped first. False when there is none of this name."""
        self.cancel(job_id)
        with self._news:
            self._news.wait_for(lambda: job_id not in self._jobs or self._jobs[job_id].state not in _OPEN, timeout=30.0)
            if self._jobs.pop(job_id, None) is None:
                return False
            self._stops.pop(job_id, None)
        shutil.rmtree(self.results / job_id, ignore_errors=True)
        return True

    def close(self) -> None:
        """Stop all work, and remove the films that were not looked at."""
        with self._news:
            self._closing = True
            for stop in self._stops.values():
                stop.set()
            self._news.notify_all()
            waiting = [job.film.path for job in self._jobs.values() if job.state is JobState.QUEUED]
        if self._thread is not None:
            self._thread.join(10.0)
        for path in waiting:
            discard(path)

    def _work(self) -> None:
        while True:
            with self._news:
                job = self._next()
                while job is None and not self._closing:
                    self._news.wait()
                    job = self._next()
                if job is None or self._closing:
                    return
                self._change(job.id, state=JobState.WORKING)
                stop = self._stops[job.id]
            self._one(job, stop)

    def _one(self, job: FilmJob, stop: threading.Event) -> None:
        def progress(now: Progress) -> None:
            with self._news:
                self._change(job.id, stage=now.stage, part=now.fraction, left_s=now.remaining_s)

        folder = self.results / job.id
        try:
            private_folder(self.results)
            outcome = (self.analyse or self._pipeline)(job.film, folder, progress, stop)
            if stop.is_set():
                shutil.rmtree(folder, ignore_errors=True)
                self._end(job.id, state=JobState.CANCELLED)
                return
            self._done(job, outcome)
        except FormcheckError as error:
            self._fail(job, stop, str(error))
        # The pipeline's word for having been stopped before there was anything to keep.
        except KeyboardInterrupt:
            self._fail(job, stop, "the analysis was stopped.")
        # A film must never end the queue.
        except Exception as error:
            self._fail(job, stop, f"the analysis failed ({type(error).__name__}: {error}).")

    def _done(self, job: FilmJob, outcome: Outcome) -> None:
        from formcheck.report.summary import summarise

        if job.film.measures_range:
            found = calibrated(outcome.report, datetime.now().astimezone().replace(microsecond=0))
            self.profiles.extend(job.film.person, found.ranges)
            ranges = [f"{one.side}, {one.direction}: {one.comfortable_deg:.0f}°" for one in found.ranges]
            verdict = text_of("films.range_kept", person=job.film.person, ranges="; ".join(ranges))
            self._end(job.id, state=JobState.DONE, part=1.0, notes=(*outcome.notes, *found.notes), verdict=verdict)
            return
        session = keep_recorded(job.film.path, outcome, job.film.person, self.history).id if job.film.in_history else None
        self._end(job.id, state=JobState.DONE, part=1.0, session=session, notes=outcome.notes, verdict=summarise(outcome.report).verdict)

    def _fail(self, job: FilmJob, stop: threading.Event, why: str) -> None:
        if stop.is_set():
            self._end(job.id, state=JobState.CANCELLED)
            return
        # What was uploaded has a name of ours on the disk; the person knows another one.
        self._end(job.id, state=JobState.FAILED, error=why.replace(str(job.film.path), job.film.name))

    def _pipeline(self, film: Film, folder: Path, progress: Callable[[Progress], None], stop: threading.Event) -> Outcome:
        return analyse_video(film.path, ResultFolder(folder), work_of(film, self.profiles, self.exercises), progress=progress, stop=stop)

    def _next(self) -> FilmJob | None:
        return next((job for job in self._jobs.values() if job.state is JobState.QUEUED), None)

    def _end(self, job_id: str, **what: Any) -> None:
        with self._news:
            job = self._jobs.get(job_id)
            if job is not None:
                discard(job.film.path)
                self._change(job_id, **what, left_s=math.nan)
            self._news.notify_all()

    def _change(self, job_id: str, **what: Any) -> None:
        if job_id in self._jobs:
            self._jobs[job_id] = replace(self._jobs[job_id], **what)

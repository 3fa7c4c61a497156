"""`analyse`, `count` and `demo`: one film or many, each with its own exit code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from formcheck.cli.console import INTERRUPTED, complain, stop_on_ctrl_c
from formcheck.cli.display import FilmsDisplay
from formcheck.cli.films import FilmsTeller
from formcheck.cli.options import DEFAULT_SAMPLE_FPS
from formcheck.errors import UsageError

if TYPE_CHECKING:
    from formcheck.batch.work import RunnerOf, Wanted
    from formcheck.exercise.analyzer import AnalysisOptions
    from formcheck.exercise.spec import ExerciseSpec
    from formcheck.pipeline import Job
    from formcheck.profiles.profile import Profile

__all__ = ["Settings", "job_of", "run_analyse", "run_count", "run_demo"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the command line, checked by its parser except for ``exercise``, ``limit_deg`` and ``profile``.

    ``tables`` is the folder for the tables of ``count``; ``workers`` None: as many as this computer can follow; ``scheduler`` is the
    address of that of a cluster.
    """

    exercise: str
    side: Literal["auto", "left", "right", "both"] = "auto"
    direction: str | None = None
    model: str = "heavy"
    limit_deg: float | None = None
    profile: str | None = None
    out: Path = Path("results")
    quiet: bool = False
    annotated: bool = True
    force: bool = False
    as_json: bool = False
    mirrored: bool = False
    breath: bool = True
    history: bool = False
    pacer: bool = False
    parquet: bool = False
    opensim: bool = False
    picture: Literal["png", "svg"] | None = None
    workers: int | None = None
    sample_fps: float = DEFAULT_SAMPLE_FPS
    scheduler: str | None = None
    tables: Path | None = None


def run_count(videos: list[str], settings: Settings) -> int:
    """Count the repetitions of each video and print a line for it. Returns the exit code."""
    if settings.parquet and settings.tables is None:
        raise UsageError("--parquet writes the tables of all films, and needs a folder for them; add --out.")
    return _run(_words(videos), settings, "count", None, settings.tables)


def run_analyse(videos: list[str], settings: Settings) -> int:
    """Analyse each video into a folder of its own and print a summary. Returns the exit code."""
    from formcheck.batch.inputs import names_several
    from formcheck.batch.ledger import LEDGER

    # A single film leaves nothing but its folder, unless many were done here before.
    words = _words(videos)
    kept = names_several(words) or (settings.out / LEDGER).exists()
    return _run(words, settings, "analyse", settings.out, settings.out if kept else None)


def run_demo(settings: Settings) -> int:
    """Analyse the bundled sample into ``demo`` and say where the report is. Results of an earlier demo give way."""
    from formcheck.resources import sample_path

    sample = sample_path()
    ours = settings.force or _is_demo(settings.out / "demo", sample)
    return _run([sample], replace(settings, force=ours), "analyse", settings.out, None, "demo")


def _run(
    videos: list[Path | str],
    settings: Settings,
    action: Literal["count", "analyse"],
    place: Path | None,
    ledger: Path | None,
    folder_name: str | None = None,
) -> int:
    from formcheck.batch.inputs import NamedFilm, find_films, names_several

    paths = (Path(film.address) for film in find_films(videos) if isinstance(film, NamedFilm))
    first = next(paths, None)
    job = job_of(settings, paths if first is None else chain([first], paths))
    from formcheck.batch.work import Wanted
    from formcheck.capacity import default_workers

    # Words that mean no film at all leave nothing behind.
    several = names_several(videos) and first is not None
    wanted = Wanted(
        videos,
        action,
        job,
        place,
        ledger if first is not None else None,
        settings.workers or default_workers(),
        apart=several,
        force=settings.force,
        keep_for=(settings.profile or "me") if settings.history else None,
        parquet=settings.parquet,
        folder_name=folder_name,
        **_elsewhere(settings),
    )
    with FilmsDisplay(wanted=not settings.quiet) as display:
        teller = FilmsTeller(display, action, job.spec.id, several=several, quiet=settings.quiet, as_json=settings.as_json)
        return _done(wanted, teller)


def _words(videos: list[str]) -> list[Path | str]:
    from formcheck.batch.inputs import word_of

    return [word_of(video) for video in videos]


def _elsewhere(settings: Settings) -> dict[str, RunnerOf]:
    """Who does the films, where that is not this computer."""
    address = settings.scheduler
    if address is None:
        return {}
    if settings.workers is not None:
        raise UsageError("--workers is for this computer, and --scheduler for others, which bring as many workers as they have; give one.")
    if settings.history:
        raise UsageError("--history keeps what is measured on this computer; analyse without --scheduler to keep a film in the history.")
    from formcheck.batch.cluster import ClusterRunner

    return {"runner_of": lambda job, place, workers, films: ClusterRunner(address, job, place)}


def _done(wanted: Wanted, teller: FilmsTeller) -> int:
    from formcheck.batch.work import do_films

    with stop_on_ctrl_c() as stop:
        try:
            do_films(wanted, teller, stop)
        except KeyboardInterrupt:
            complain("stopped; nothing more was written.")
            return INTERRUPTED
    return teller.exit_code


def job_of(settings: Settings, videos: Iterable[Path]) -> Job:
    """What is to be done with these videos, every option checked.

    Raises
    ------
    UsageError
        An option is wrong, or there is no such exercise or profile.
    InputError
        The profile cannot be read, or there is no such pose model.
    """
    limit = settings.limit_deg
    if limit is not None and not 0 < limit <= 90:
        raise UsageError(f"--limit-deg {limit:g} is out of range; give the degrees from rest, more than 0 and at most 90.")
    if limit is not None and settings.profile is not None:
        raise UsageError("--limit-deg and --profile both say what is too far; give one of them.")
    from formcheck.exercise import library
    from formcheck.exercise.analyzer import AnalysisOptions
    from formcheck.exports import Exports

    exports = Exports(settings.parquet, settings.opensim, (settings.picture,) if settings.picture is not None else ()).checked()
    spec = library.load(settings.exercise)
    options = AnalysisOptions(settings.side, settings.direction, limit, mirrored=settings.mirrored, breath=settings.breath)
    options.checked(spec)
    person = _person(settings.profile) if settings.profile is not None else None
    if person is not None:
        options = _of_person(options, person, spec)

    from formcheck.capture.bundles import bundle
    from formcheck.pipeline import Job
    from formcheck.poses import is_recording

    needs_model = not all(is_recording(path) for path in videos)
    model = bundle(settings.model) if needs_model else None
    return Job(
        spec,
        options,
        model,
        annotated=settings.annotated,
        profile=person,
        exports=exports,
        pacer=settings.pacer,
        sample_fps=settings.sample_fps,
    )


def _person(name: str) -> Profile:
    from formcheck.profiles.store import ProfileStore

    try:
        return ProfileStore().load(name)
    except UsageError as error:
        raise UsageError(f"--profile: {error}") from error


def _of_person(options: AnalysisOptions, person: Profile, spec: ExerciseSpec) -> AnalysisOptions:
    from formcheck.profiles.judging import limits_deg

    return replace(options, limits_deg=limits_deg(person, spec), profile=person.name)


def _is_demo(target: Path, sample: Path) -> bool:
    try:
        session = json.loads((target / "session.json").read_text("utf-8"))
        return Path(session["source"]["path"]).name == sample.name
    except (OSError, ValueError, KeyError, TypeError):
        return False

"""`analyse`, `count` and `demo`: one video after the other, each with its own exit code."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from formcheck.cli.console import INTERRUPTED, complain, complain_of, describe, progress_bar, say, say_wrapped, stop_on_ctrl_c, worst
from formcheck.errors import UsageError
from formcheck.outputs import ResultFolder, folder_names

if TYPE_CHECKING:
    from formcheck.exercise.analyzer import AnalysisOptions
    from formcheck.exercise.session import SessionReport
    from formcheck.exercise.spec import ExerciseSpec
    from formcheck.pipeline import Job, Outcome
    from formcheck.profiles.profile import Profile

__all__ = ["Settings", "count_json", "count_line", "job_of", "run_analyse", "run_count", "run_demo"]

_NOTHING = {"left": 0, "right": 0, "both": 0, "total": 0}


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the command line, checked by its parser except for ``exercise``, ``limit_deg`` and ``profile``."""

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
    history: bool = False
    pacer: bool = False
    parquet: bool = False
    opensim: bool = False
    picture: Literal["png", "svg"] | None = None


def run_count(videos: list[Path], settings: Settings) -> int:
    """Count the repetitions of each video and print a line for it. Returns the exit code."""
    job = job_of(settings, videos)
    from formcheck.pipeline import count_video

    def one(index: int, stop: threading.Event) -> int:
        path = videos[index]
        with progress_bar(path.name, quiet=settings.quiet) as progress:
            outcome = count_video(path, job, progress=progress, stop=stop)
        if settings.as_json:
            say(count_json(path, job.spec.id, outcome))
        else:
            say(f"{path}: {count_line(outcome.report)}{_beyond(outcome.report)}")
        _note(path, outcome)
        return _stopped(path, outcome)

    def failed(path: Path, why: str) -> None:
        if settings.as_json:
            say(count_json(path, job.spec.id, None, why))

    return _each(videos, one, failed)


def run_analyse(videos: list[Path], settings: Settings) -> int:
    """Analyse each video into a folder of its own and print a summary. Returns the exit code."""
    return _analyse(videos, folder_names(videos), settings)


def run_demo(settings: Settings) -> int:
    """Analyse the bundled sample into ``demo`` and say where the report is. Results of an earlier demo give way."""
    from formcheck.resources import sample_path

    sample = sample_path()
    target = settings.out / "demo"
    ours = settings.force or _is_demo(target, sample)
    return _analyse([sample], ["demo"], replace(settings, force=ours))


def _analyse(videos: list[Path], names: list[str], settings: Settings) -> int:
    job = job_of(settings, videos)
    from formcheck.pipeline import analyse_video

    def one(index: int, stop: threading.Event) -> int:
        path = videos[index]
        folder = ResultFolder(settings.out / names[index], replace=settings.force)
        folder.refuse_existing()
        with progress_bar(path.name, quiet=settings.quiet) as progress:
            outcome = analyse_video(path, folder, job, progress=progress, stop=stop)
        if settings.as_json:
            say(count_json(path, job.spec.id, outcome))
        elif not settings.quiet:
            _show(path, outcome)
        _note(path, outcome)
        if settings.history:
            from formcheck.keeping import keep_recorded

            row = keep_recorded(path, outcome, settings.profile or "me")
            if not settings.quiet and not settings.as_json:
                say(f"In the history as {row.id}, of {row.person}.")
        return _stopped(path, outcome)

    def failed(path: Path, why: str) -> None:
        if settings.as_json:
            say(count_json(path, job.spec.id, None, why))

    return _each(videos, one, failed)


def _each(videos: list[Path], one: Callable[[int, threading.Event], int], failed: Callable[[Path, str], None]) -> int:
    codes = []
    with stop_on_ctrl_c() as stop:
        for index, path in enumerate(videos):
            if stop.is_set():
                failed(path, "stopped before it was looked at")
                complain(f"{path}: stopped before it was looked at.")
                codes.append(INTERRUPTED)
                continue
            try:
                codes.append(one(index, stop))
            except BrokenPipeError:
                raise
            except KeyboardInterrupt:
                complain("stopped; nothing more was written.")
                return INTERRUPTED
            except Exception as error:
                failed(path, describe(error))
                codes.append(complain_of(error, str(path)))
                if stop.is_set():
                    codes.append(INTERRUPTED)
    return worst(codes)


def _note(path: Path, outcome: Outcome) -> None:
    for note in outcome.notes:
        complain(f"{path}: {note}")


def _stopped(path: Path, outcome: Outcome) -> int:
    if outcome.stopped_s is not None:
        complain(f"{path}: stopped early at {outcome.stopped_s:.1f} s; the results are of what was measured until then.")
    return INTERRUPTED if outcome.interrupted else 0


def job_of(settings: Settings, videos: list[Path]) -> Job:
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
    options = AnalysisOptions(settings.side, settings.direction, limit, mirrored=settings.mirrored)
    options.checked(spec)
    person = _person(settings.profile) if settings.profile is not None else None
    if person is not None:
        options = _of_person(options, person, spec)

    from formcheck.capture.bundles import bundle
    from formcheck.pipeline import Job
    from formcheck.poses import is_recording

    needs_model = not all(is_recording(path) for path in videos)
    model = bundle(settings.model) if needs_model else None
    return Job(spec, options, model, annotated=settings.annotated, profile=person, exports=exports, pacer=settings.pacer)


def _person(name: str) -> Profile:
    from formcheck.profiles.store import ProfileStore

    try:
        return ProfileStore().load(name)
    except UsageError as error:
        raise UsageError(f"--profile: {error}") from error


def _of_person(options: AnalysisOptions, person: Profile, spec: ExerciseSpec) -> AnalysisOptions:
    from formcheck.profiles.judging import limits_deg

    return replace(options, limits_deg=limits_deg(person, spec), profile=person.name)


def count_line(report: SessionReport) -> str:
    """Say the repetitions in words: ``5 right, 0 left (1 partial, 2 outward not counted)``, or ``5 both`` when both legs moved as one.

    When more than one direction counts, each is said: ``8 right, 0 left: 5 inward, 3 outward``.
    """
    counts = report.counts
    both_only = "both" in report.sides or counts["both"]
    words = [f"{counts['both']} both"] if both_only else []
    if not both_only or counts["left"] or counts["right"]:
        words += [f"{counts['right']} right", f"{counts['left']} left"]
    ways = report.counts_by_direction
    counted = [f"{count['total']} {name}" for name, count in ways.items() if count["total"]]
    by_direction = f": {', '.join(counted)}" if len(counted) > 1 else ""
    others = [f"{report.partial} partial"] if report.partial else []
    others += [f"{count['wrong_direction']} {name} not counted" for name, count in ways.items() if count["wrong_direction"]]
    return ", ".join(words) + by_direction + (f" ({', '.join(others)})" if others else "")


def _beyond(report: SessionReport) -> str:
    """With a profile, how many repetitions went beyond the limit that follows from it."""
    if report.settings.get("profile") is None:
        return ""
    return f"; {report.fault_counts['over_rotation']} further than the limit"


def count_json(path: Path, exercise: str, outcome: Outcome | None, error: str | None = None) -> str:
    """One line of JSON about one input: the counts, or zeros and the error; where the results are, and when it was stopped, if so."""
    report = None if outcome is None else outcome.report
    line: dict[str, Any] = {
        "path": str(path),
        "exercise": exercise,
        "reps": _NOTHING if report is None else report.counts,
        "partial": 0 if report is None else report.partial,
        "reps_by_direction": {} if report is None else report.counts_by_direction,
        "measured_fraction": 0.0 if report is None else round(report.measured_fraction, 4),
        "error": error,
    }
    if report is not None and report.settings.get("profile") is not None:
        from formcheck.report.session_json import against_profile_json

        line |= {"over_rotation": report.fault_counts["over_rotation"], "against_profile": against_profile_json(report)}
    if outcome is not None and outcome.folder is not None:
        line["folder"] = str(outcome.folder)
    if outcome is not None and outcome.stopped_s is not None:
        line["stopped_s"] = round(outcome.stopped_s, 3)
    return json.dumps(line)


def _show(path: Path, outcome: Outcome) -> None:
    from formcheck.report.summary import summary

    say_wrapped(str(path))
    say_wrapped(summary(outcome.report))
    if outcome.folder is not None:
        say()
        say(f"Report: {outcome.folder / 'report.html'}")
    say()


def _is_demo(target: Path, sample: Path) -> bool:
    try:
        session = json.loads((target / "session.json").read_text("utf-8"))
        return Path(session["source"]["path"]).name == sample.name
    except (OSError, ValueError, KeyError, TypeError):
        return False

"""The `live` command: somebody in front of a camera, a window, and what becomes of the session."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

# Before PyAV, which brings a libxcb of its own: loaded after that one, OpenCV's windows hang for ever (PyAV issue 978).
import cv2  # noqa: F401

from formcheck.capture.camera_list import cameras, find_camera
from formcheck.capture.clock import SimulatedClock, SystemClock
from formcheck.capture.feed import Feed
from formcheck.capture.live_source import is_file, open_feed
from formcheck.cli.console import INTERRUPTED, complain, complain_of, say
from formcheck.coach.choice import Choice, ComfortRange
from formcheck.errors import FormcheckError, UsageError
from formcheck.exercise import library
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.journal import Journal
from formcheck.history.recovery import abandoned
from formcheck.history.store import History
from formcheck.live.adaptive import AdaptiveEstimator
from formcheck.live.assembly import LEGS, journal_of, kept_ranges, measured_model, people_counter
from formcheck.live.chooser import Chooser, Wishes
from formcheck.live.finishing import keep
from formcheck.live.model_choice import MODELS, ModelLadder
from formcheck.live.recorder import FilmRecorder
from formcheck.live.session import LiveSession, Parts
from formcheck.live.voice import Sounds, Speaker, Voice
from formcheck.live.window import Display, NoWindow, Window
from formcheck.profiles.store import ProfileStore

__all__ = ["LiveSettings", "list_cameras", "recover_all", "run_live"]


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What the command line asks for; see its help."""

    camera: str = "0"
    exercise: str = "hip-internal-rotation"
    legs: str | None = None
    target: int | None = None
    direction: str | None = None
    model: str | None = None
    limit_deg: float | None = None
    profile: str = "me"
    discomfort: int | None = None
    rest_s: float | None = None
    measure_range: bool = True
    breath: bool = True
    at_once: bool = False
    guided: bool = True
    mirrored: bool = True
    voice: bool = True
    sounds: bool = True
    window: bool = True
    history: bool = True
    opens: bool = True
    record: Path | None = None
    every_picture: bool = False
    quiet: bool = False


def list_cameras() -> int:
    """Print the cameras of this computer; return the exit code."""
    found = cameras()
    for camera in found:
        say(camera.label)
    if not found:
        complain("no camera was found; plug one in, or name a video file with --camera to rehearse.")
    return 0 if found else 3


def run_live(settings: LiveSettings) -> int:
    """Guide a session; return the exit code."""
    history, profiles = History(), ProfileStore()
    try:
        if settings.history:
            recover_all(history, profiles, complain)
        with ExitStack() as stack:
            session = _session(settings, history, profiles, stack)
            interrupted = _run(session)
        if session.film is not None:
            _tell_of_film(session.film)
    except FormcheckError as error:
        return complain_of(error)
    for line in session.coach.summary.lines:
        say(line)
    if session.journal is not None:
        try:
            _keep(session.journal.path, history, profiles, settings)
        except FormcheckError as error:
            complain(f"the session is in {session.journal.path}; the next start tries again to keep it.")
            return complain_of(error)
    return INTERRUPTED if interrupted else 0


def _run(session: LiveSession) -> bool:
    try:
        session.run()
    except KeyboardInterrupt:
        complain("stopped; what was measured is kept.")
        return True
    return False


def _tell_of_film(film: FilmRecorder) -> None:
    for path in film.files:
        say(f"Film: {path}")
    if film.left_out:
        complain(f"{film.left_out} pictures are not in the film: this computer was busy with the session.")
    if film.trouble is not None:
        complain(film.trouble)


def _keep(journal: Path, history: History, profiles: ProfileStore, settings: LiveSettings) -> None:
    kept = keep(journal, history, profiles)
    for note in kept.notes:
        complain(note)
    if kept.report is None:
        return
    say(f"Report: {kept.report}")
    if settings.opens and settings.window:
        webbrowser.open(kept.report.as_uri())


def recover_all(history: History, profiles: ProfileStore, told: Callable[[str], None]) -> int:
    """Offer to keep the sessions that a crash or a power cut left behind; without somebody to ask they are kept. Return how many were."""
    number = 0
    for path in abandoned(history.journals):
        when = path.name.split("-", maxsplit=1)[0]
        if sys.stdin.isatty() and not _wanted(f"A session of {when} (UTC) was not finished properly. Keep what was measured? [Y/n] "):
            path.unlink(missing_ok=True)
            continue
        try:
            kept = keep(path, history, profiles)
        except FormcheckError as error:
            told(f"{error}")
            continue
        number += kept.row is not None
        told(f"the unfinished session of {when} (UTC) " + ("is in the history now." if kept.row is not None else "held nothing to keep."))
    return number


def _wanted(question: str) -> bool:
    try:
        return input(question).strip().lower() not in ("n", "no")
    except EOFError:
        return True


def _session(settings: LiveSettings, history: History, profiles: ProfileStore, stack: ExitStack) -> LiveSession:
    first = library.load(settings.exercise)
    specs = [first, *(library.load(name) for name in library.ids() if name != first.id)]
    chooser = Chooser(specs, _wishes(settings))
    chooser.choice()
    display: Display = Window() if settings.window else NoWindow()
    told = (lambda _: None) if settings.quiet else complain
    if settings.every_picture and not is_file(_wanted_camera(settings.camera)):
        raise UsageError("--every-picture is for a film; a camera does not wait. Name a film with --camera.")
    clock = SimulatedClock() if settings.every_picture else SystemClock()
    names = [settings.camera]
    if not is_file(_wanted_camera(settings.camera)):
        listed = cameras()
        first_camera = find_camera(_wanted_camera(settings.camera), listed)
        names += [str(camera.number) for camera in listed if camera.number != first_camera.number]

    def opened(place: int, first_index: int) -> Feed:
        feed = open_feed(_wanted_camera(names[place % len(names)]), clock, first_index=first_index)
        feed.start()
        return feed

    estimator = stack.enter_context(_estimator(settings, told))

    def journal(choice: Choice) -> Journal:
        exercise = settings.exercise if choice.spec.id == first.id else choice.spec.id
        return journal_of(exercise, settings.camera, settings.profile, estimator.model, history)

    def kept(spec: ExerciseSpec, direction: str) -> tuple[ComfortRange, ...]:
        return kept_ranges(profiles, settings.profile, spec, direction, told)

    speaker = Speaker(Voice() if settings.voice else None, Sounds() if settings.sounds else None)
    film = stack.enter_context(FilmRecorder(settings.record)) if settings.record is not None else None
    parts = Parts(
        opened,
        estimator,
        display,
        speaker,
        journal if settings.history else None,
        kept,
        say,
        people_counter,
        threaded=not settings.every_picture,
        noted=told,
        film=film,
    )
    return LiveSession(
        parts,
        chooser,
        at_once=settings.at_once or not (settings.window and settings.guided),
        guided=settings.guided,
        mirrored=settings.mirrored,
    )


def _wishes(settings: LiveSettings) -> Wishes:
    legs = LEGS[settings.legs] if settings.legs is not None else None
    return Wishes(
        legs,
        settings.target,
        settings.direction,
        settings.rest_s,
        settings.limit_deg,
        settings.discomfort,
        settings.measure_range,
        settings.breath,
    )


def _wanted_camera(name: str) -> int | str:
    return int(name) if name.isdigit() else name


def _estimator(settings: LiveSettings, told: Callable[[str], None]) -> AdaptiveEstimator:
    if settings.model is not None:
        return AdaptiveEstimator(ModelLadder(settings.model, models=(settings.model,)))
    told("measuring how fast this computer is …")
    chosen = measured_model()
    told(chosen.sentence)
    return AdaptiveEstimator(ModelLadder(chosen.name, chosen.frame_s, models=MODELS))

"""Earlier sessions as somebody names them: a result folder, a ``landmarks.npz``, or a session of the history.

A session is its landmarks and its settings; from the two everything else is made again, byte for byte.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from formcheck.errors import InputError, UsageError
from formcheck.exercise import library
from formcheck.exercise.analyzer import AnalysisOptions, analyse
from formcheck.exercise.session import NotMeasured, RangeChange, SessionReport
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.store import History
from formcheck.motion.recording import PoseRecording
from formcheck.poses import replay

__all__ = ["LANDMARKS", "Chosen", "Remade", "Source", "find_source", "remade", "session_source"]

LANDMARKS = "landmarks.npz"
_SESSION = "session.json"
_DEFAULT_EXERCISE = "hip-internal-rotation"
#: Reasons that come of a comparison with a profile as it was then; a profile may have changed since, so they are taken over.
_OF_PROFILE = {"no_profile_range", "profile_other_model", "too_few_to_compare"}


@dataclass(frozen=True)
class Source:
    """Where an earlier session lies.

    Attributes
    ----------
    name
        A short name: of its folder or file, or its id in the history.
    landmarks
        The recorded landmarks.
    session
        What ``session.json`` says of it; None where there is none.
    in_history
        Whether it is kept in the history.
    day
        The day of it, where that is known.
    """

    name: str
    landmarks: Path
    session: Mapping[str, Any] | None = None
    in_history: bool = False
    day: date | None = None

    @property
    def folder(self) -> Path:
        """Where the landmarks lie."""
        return self.landmarks.parent


@dataclass(frozen=True)
class Chosen:
    """What is chosen anew in place of the settings a session had; None: as it was."""

    exercise: str | None = None
    side: Any = None
    direction: str | None = None
    limit_deg: float | None = None
    mirrored: bool | None = None


@dataclass(frozen=True, eq=False)
class Remade:
    """A session made again. ``changed``: with other settings than it had, so that its annotated video does not go with it."""

    source: Source
    recording: PoseRecording
    report: SessionReport
    changed: bool = field(default=False)


def find_source(text: str) -> Source:
    """The session that somebody means.

    Raises
    ------
    InputError
        No such file, or no landmarks in the folder, or its session.json cannot be read.
    UsageError
        Neither a file nor a session of the history.
    """
    path = Path(text)
    if path.is_dir():
        if not (path / LANDMARKS).exists():
            raise InputError(f"{path}: holds no {LANDMARKS}, so nothing can be made again from it; name a result folder.")
        return Source(path.resolve().name or "session", path / LANDMARKS, _session_beside(path))
    if path.exists() or path.suffix.lower() == ".npz" or len(path.parts) > 1:
        if not path.exists():
            raise InputError(f"{path}: no such file.")
        if path.suffix.lower() != ".npz":
            raise InputError(f"{path}: is neither a result folder nor a {LANDMARKS}; to measure a video, use: analyse.")
        named_so = path.name == LANDMARKS
        return Source(path.resolve().parent.name if named_so else path.stem, path, _session_beside(path.parent) if named_so else None)
    try:
        return session_source(History(), text)
    except UsageError as error:
        raise UsageError(f"{text}: no file or folder has this name here; {str(error).removeprefix(f'{text}: ')}") from error


def session_source(history: History, wanted: str) -> Source:
    """The session of an id, of the beginning of one, or of "last".

    Raises
    ------
    UsageError
        There is none, or there are several.
    InputError
        Its files are gone or damaged.
    """
    row = history.find(wanted)
    folder = history.files_of(row)
    if folder is None or not (folder / LANDMARKS).exists():
        raise InputError(f"{row.id}: the files of this session are gone, so nothing can be made again from it.")
    return Source(row.id, folder / LANDMARKS, _session_beside(folder), in_history=True, day=row.started_at.date())


def _session_beside(folder: Path) -> Mapping[str, Any] | None:
    path = folder / _SESSION
    try:
        session = json.loads(path.read_text("utf-8"))
        if not isinstance(session["exercise"], str) or not isinstance(session["settings"], dict):
            raise TypeError("exercise and settings are of the wrong kind")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = "cannot be read" if isinstance(error, OSError) else "is not one of formcheck's, or damaged"
        raise InputError(
            f"{path}: {why}; the settings are in it. Move it away to analyse the landmarks with settings of your own."
        ) from error
    return dict(session)


def remade(source: Source, chosen: Chosen | None = None) -> Remade:
    """Analyse the landmarks of a session again, with the settings it had except for those chosen anew.

    Raises
    ------
    InputError
        The landmarks cannot be read.
    UsageError
        Its exercise is not known here, or a chosen setting does not fit.
    NotMeasurableError
        Nothing can be measured with these settings.
    """
    chosen = chosen or Chosen()
    spec = _spec(source, chosen)
    had = _options(source)
    same_exercise = source.session is not None and source.session["exercise"] == spec.id
    options = had if same_exercise else AnalysisOptions(side=had.side, mirrored=had.mirrored, breath=had.breath)
    options = _with(options, chosen)
    changed = source.session is not None and (not same_exercise or options != had)
    recording = replay(source.landmarks).recording
    report = analyse(recording, spec, options)
    return Remade(source, recording, report if changed else _with_profile(report, source), changed)


def _spec(source: Source, chosen: Chosen) -> ExerciseSpec:
    if chosen.exercise is not None:
        return library.load(chosen.exercise)
    wanted = str(source.session["exercise"]) if source.session is not None else _DEFAULT_EXERCISE
    if wanted not in library.ids():
        raise UsageError(f"{source.name}: its exercise {wanted!r} is not one of formcheck's own; name its file with --exercise FILE.toml.")
    return library.load(wanted)


def _with(options: AnalysisOptions, chosen: Chosen) -> AnalysisOptions:
    if chosen.side is not None:
        options = replace(options, side=chosen.side)
    if chosen.direction is not None:
        options = replace(options, direction=chosen.direction)
    if chosen.limit_deg is not None:
        options = replace(options, limit_deg=chosen.limit_deg, limits_deg={}, profile=None)
    if chosen.mirrored is not None:
        options = replace(options, mirrored=chosen.mirrored)
    return options


def _options(source: Source) -> AnalysisOptions:
    """The settings in ``session.json`` as they were chosen; damage in them is an `InputError`."""
    if source.session is None:
        return AnalysisOptions()
    settings = source.session["settings"]
    try:
        own = {
            (str(side), str(direction)): float(limit)
            for side, limits in (settings.get("limits_deg") or {}).items()
            for direction, limit in limits.items()
        }
        side = str(settings.get("side", "auto"))
        if side not in ("auto", "left", "right", "both"):
            raise ValueError(f"side {side!r}")
        limit, profile = settings.get("limit_deg"), settings.get("profile")
        return AnalysisOptions(
            side,  # type: ignore[arg-type]
            str(settings["direction"]) if settings.get("direction") is not None else None,
            float(limit) if limit is not None else None,
            own,
            str(profile) if profile is not None else None,
            bool(settings.get("mirrored", False)),
            bool(settings.get("breath", True)),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{source.folder / _SESSION}: its settings are damaged ({error}); move it away.") from error


def _with_profile(report: SessionReport, source: Source) -> SessionReport:
    """The same report with what was said of the person's profile at the time."""
    if source.session is None or report.settings.get("profile") is None:
        return report
    try:
        compared = tuple(_change(one) for one in source.session["summary"].get("against_profile", ()))
        notes = [NotMeasured(**one) for one in source.session["quality"]["not_measured"] if one["code"] in _OF_PROFILE]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{source.folder / _SESSION}: what it says of the profile is damaged ({error}); move it away.") from error
    together = sorted([*report.not_measured, *notes], key=lambda item: (item.start_s, item.what)) if notes else report.not_measured
    return replace(report, against_profile=compared, not_measured=tuple(together))


def _change(values: Mapping[str, Any]) -> RangeChange:
    known: dict[str, Any] = {name: math.nan if value is None and name != "changed" else value for name, value in values.items()}
    return RangeChange(**{name: known[name] for name in RangeChange.__dataclass_fields__})

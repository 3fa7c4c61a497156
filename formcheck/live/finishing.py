"""From the journal of a session that is over to its report and its place in the history; the same way after a crash.

What counts is the rest and the set of each leg: their frames are analysed together, by the same functions as a film, so that live and
recorded agree. The repetitions for the comfortable range, and what moved while the session waited, are left out.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.capture.bundles import SHA256
from formcheck.coach.stages import REST_STILL_S
from formcheck.drawing import write_results
from formcheck.errors import FormcheckError, InputError, NotMeasurableError
from formcheck.exercise import library
from formcheck.exercise.analyzer import analyse
from formcheck.exercise.options import AnalysisOptions
from formcheck.exercise.session import SessionReport
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.entry import Entry, SessionRow, entry_of
from formcheck.history.recovery import Recovered, read_journal
from formcheck.history.store import History
from formcheck.motion.recording import PoseRecording
from formcheck.profiles.calibration import calibrated, without_limit
from formcheck.profiles.store import ProfileStore

__all__ = ["Kept", "keep"]

_COUNTED_STAGES = frozenset({"rest", "set"})
#: From the least exact model to the most exact.
_EXACTNESS = tuple(SHA256)
#: What of a rest is looked at: the stillness that ended it, and half a second for its beginning.
_REST_KEPT_S = REST_STILL_S + 0.5
_RANGE_STAGES = frozenset({"rest", "range"})


@dataclass(frozen=True)
class Kept:
    """What became of a session.

    Attributes
    ----------
    row
        Its place in the history; None: there was nothing to keep.
    report
        The page; None when nothing could be measured.
    notes
        Sentences about what could not be done.
    """

    row: SessionRow | None = None
    report: Path | None = None
    notes: tuple[str, ...] = ()


def keep(journal: Path, history: History, profiles: ProfileStore) -> Kept:
    """Put the session of a journal into the history, then remove the journal. Done twice, it is there once.

    Raises
    ------
    InputError, OutputError
        The journal cannot be read, or the history not be written; the journal is still there.
    """
    found = read_journal(journal)
    if not found.recording.time_s.size:
        journal.unlink(missing_ok=True)
        return Kept(notes=("nothing had been measured yet, so nothing was kept.",))
    spec = library.load(str(found.header.get("exercise")))
    recording = _spans(found, _COUNTED_STAGES)
    notes: list[str] = []
    entry = None
    if recording is not None:
        entry = _entry(found, recording, spec, notes)
        history.add(entry)
    notes += _keep_range(found, spec, profiles)
    journal.unlink(missing_ok=True)
    if entry is None:
        return Kept(notes=("the session ended before a set began, so nothing was kept.", *notes))
    folder = history.files_of(entry.row)
    page = folder / "report.html" if folder is not None and (folder / "report.html").exists() else None
    return Kept(entry.row, page, tuple(notes))


def _entry(found: Recovered, recording: PoseRecording, spec: ExerciseSpec, notes: list[str]) -> Entry:
    session_id = str(found.header["id"])
    started_at = datetime.fromisoformat(str(found.header["started_at"]))
    discomfort = _discomfort(found.records)
    ended = _ended(found)
    try:
        report = analyse(recording, spec, _options(found, spec))
    except NotMeasurableError as error:
        notes.append(f"nothing of the set could be measured: {error}")
        counts = {"left": 0, "right": 0, "both": 0}
        row = SessionRow(
            session_id,
            started_at,
            spec.id,
            spec.title,
            None,
            "live",
            _model(found),
            _length_s(recording),
            ended,
            *discomfort,
            counts,
            session_id,
            _person(found),
        )
        return Entry(row, files=_files(recording, None, found))
    files = _files(recording, report, found)
    return entry_of(report, session_id, started_at, source="live", ended=ended, discomfort=discomfort, files=files, person=_person(found))


def _files(recording: PoseRecording, report: SessionReport | None, found: Recovered) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="formcheck-") as name:
        folder = Path(name)
        if report is not None:
            write_results(folder, recording, report, {})
        else:
            recording.save(folder / "landmarks.npz")
        (folder / "records.json").write_text(json.dumps([found.header, *found.records], indent=1, allow_nan=False), "utf-8")
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _spans(found: Recovered, stages: frozenset[str]) -> PoseRecording | None:
    """The frames of some stages, without those in which the session waited; time begins at 0. None: there are fewer than two."""
    whole = found.recording
    time_s = whole.time_s
    wanted = _wanted(found.records, stages, time_s)
    # A rest of a leg whose set never began says nothing.
    if wanted.sum() < 2 or not any(stage in stages - {"rest"} for _, _, stage in _stages(found.records)):
        return None
    first = float(time_s[wanted][0])
    chest = _wanted(found.records, stages, whole.breath_time_s) & (whole.breath_time_s >= first)
    return replace(
        whole,
        time_s=time_s[wanted] - first,
        image_xy=whole.image_xy[wanted],
        world_xyz=whole.world_xyz[wanted],
        visibility=whole.visibility[wanted],
        people_time_s=np.empty(0),
        people=np.empty(0, np.int64),
        breath_time_s=whole.breath_time_s[chest] - first,
        breath_flow_px=whole.breath_flow_px[chest],
        source={
            **whole.source,
            **_models(found, first),
            "path": "live session",
            "duration_s": round(_length_s(whole, wanted), 3),
            "fps": _fps(time_s[wanted]),
        },
    )


def _wanted(records: Iterable[Mapping[str, Any]], stages: frozenset[str], time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which of these times lie in some stages, and in no wait."""
    records = list(records)
    wanted = np.zeros(len(time_s), bool)
    for start, end, stage in _stages(records):
        if stage in stages:
            # Whoever moved when the coach waited for stillness did no repetition.
            since = max(start, end - _REST_KEPT_S) if stage == "rest" else start
            wanted |= (time_s >= since) & (time_s < end)
    return np.asarray(wanted & ~_waiting(records, time_s))


def _stages(records: Iterable[Mapping[str, Any]]) -> list[tuple[float, float, str]]:
    """(start, end, stage) of each stage, seconds of the session's clock."""
    changes = [(float(r["time_s"]), str(r["stage"])) for r in records if r.get("kind") == "stage_changed"]
    ends = [time_s for time_s, _ in changes[1:]] + [math.inf]
    return [(start, end, stage) for (start, stage), end in zip(changes, ends, strict=True)]


def _waiting(records: Iterable[Mapping[str, Any]], time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    waits = np.zeros(len(time_s), bool)
    since: float | None = None
    for record in records:
        if record.get("kind") == "paused":
            since = float(record["time_s"]) if since is None else since
        elif record.get("kind") in ("resumed", "stage_changed") and since is not None:
            waits |= (time_s >= since) & (time_s < float(record["time_s"]))
            since = None
        elif record.get("kind") == "rep_finished" and record.get("rejected") == "held":
            # Begun before the wait or within it: the coach said that it does not count.
            waits |= (time_s >= float(record["start_s"])) & (time_s <= float(record["end_s"]))
    return waits | (time_s >= since) if since is not None else waits


def _options(found: Recovered, spec: ExerciseSpec) -> AnalysisOptions:
    settings = next((dict(r["settings"]) for r in found.records if r.get("kind") == "session_started"), {})
    direction = str(settings.get("direction") or spec.default_direction)
    limits = {
        (str(record["side"]), direction): float(record["limit_deg"])
        for record in found.records
        if record.get("kind") == "range_calibrated" and record.get("limit_deg") is not None
    }
    chosen = settings.get("limit_deg")
    profile = found.header.get("profile")
    return AnalysisOptions(
        direction=direction,
        limit_deg=float(chosen) if chosen is not None else None,
        limits_deg={} if chosen is not None else limits,
        profile=str(profile) if profile is not None and limits and chosen is None else None,
        breath=bool(settings.get("breath", True)),
    )


def _keep_range(found: Recovered, spec: ExerciseSpec, profiles: ProfileStore) -> list[str]:
    """Keep the comfortable ranges that were measured in this session under the person's name."""
    name = found.header.get("profile")
    measured = {str(r["side"]) for r in found.records if r.get("kind") == "range_calibrated" and r.get("source") == "measured"}
    recording = _spans(found, _RANGE_STAGES)
    if name is None or not measured or recording is None:
        return []
    settings = next((dict(r["settings"]) for r in found.records if r.get("kind") == "session_started"), {})
    try:
        report = analyse(recording, without_limit(spec), AnalysisOptions(direction=settings.get("direction")))
        now = datetime.fromisoformat(str(found.header["started_at"]))
        ranges = [one for one in calibrated(report, now).ranges if one.side in measured]
        if ranges:
            profiles.extend(str(name), ranges)
    except FormcheckError as error:
        return [f"the comfortable range was not kept: {error}"]
    return []


def _discomfort(records: Iterable[Mapping[str, Any]]) -> tuple[int | None, int | None]:
    before = after = None
    for record in records:
        if record.get("kind") == "discomfort_given":
            if record.get("when") == "before":
                before = int(record["level"])
            else:
                after = int(record["level"])
    return before, after


def _ended(found: Recovered) -> str:
    return next((str(r["reason"]) for r in found.records if r.get("kind") == "finished"), "recovered")


def _person(found: Recovered) -> str | None:
    name = found.header.get("profile")
    return str(name) if name is not None else None


def _model(found: Recovered) -> str | None:
    """The least exact of the models that were used: by its limits everything is judged."""
    name = found.header.get("model_name")
    if name is None:
        return None
    used = [str(name), *(str(r["model"]) for r in found.records if r.get("kind") == "model_changed")]
    return min(used, key=lambda one: _EXACTNESS.index(one) if one in _EXACTNESS else len(_EXACTNESS))


def _models(found: Recovered, first_s: float) -> dict[str, str]:
    """What the recording says of its model where it changed on the way; ``first_s`` is when the recording begins."""
    changes = [r for r in found.records if r.get("kind") == "model_changed"]
    name = _model(found)
    if not changes or name is None:
        return {}
    parts = [str(found.header["model_name"]), *(f"{r['model']} from {max(0.0, float(r['time_s']) - first_s):.1f} s" for r in changes)]
    return {"model_name": name, "model_sha256": SHA256.get(name, ""), "model_changes": ", ".join(parts)}


def _length_s(recording: PoseRecording, where: npt.NDArray[np.bool_] | None = None) -> float:
    time_s = recording.time_s if where is None else recording.time_s[where]
    return float(time_s[-1] - time_s[0]) if len(time_s) else 0.0


def _fps(time_s: npt.NDArray[np.float64]) -> float:
    if len(time_s) < 2:
        raise InputError("the recording holds fewer than two pictures.")
    return round(1.0 / float(np.median(np.diff(time_s))), 2)

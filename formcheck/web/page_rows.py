"""What stands on the pages, as plain words: sessions, movements, exercises, profiles, and what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from formcheck.coach.choice import choice
from formcheck.exercise.session import FaultCode, Rejection
from formcheck.exercise.spec import ExerciseSpec
from formcheck.history.entry import RepRow, SessionRow
from formcheck.history.store import History
from formcheck.live.assembly import LEGS
from formcheck.profiles.profile import Profile
from formcheck.report.words import DASH, REJECTION_WORDS, angle_text, clean_text, fault_title, leg, sentence
from formcheck.web.services import Services
from formcheck.web.storage import stored
from formcheck.web.texts import text_of

__all__ = ["exercise_card", "live_facts", "profile_card", "session_page", "session_rows", "storage_rows"]

_NAN = float("nan")
_ENDED = ("pain", "discomfort", "recovered", "finished", "closed")


def session_rows(rows: Sequence[SessionRow]) -> list[dict[str, str]]:
    """A line for each session, in their order."""
    return [
        {
            "id": row.id,
            "when": f"{row.started_at.astimezone():%Y-%m-%d %H:%M}",
            "title": clean_text(row.title),
            "person": clean_text(row.person or text_of("history.nobody")),
            "reps": _counts(row),
            "source": text_of(f"history.source.{row.source}") if row.source in ("live", "recorded") else clean_text(row.source),
            "ending": text_of(f"history.ended.{row.ended}") if row.ended in _ENDED else "",
        }
        for row in rows
    ]


def session_page(history: History, row: SessionRow) -> dict[str, Any]:
    """Everything on the page of one session."""
    folder = history.files_of(row)
    files = [
        name for name in ("reps.csv", "frames.csv", "session.json", "landmarks.npz") if folder is not None and (folder / name).is_file()
    ]
    others = [other for other in history.sessions(row.exercise) if other.id != row.id and other.folder is not None]
    return {
        "row": session_rows([row])[0],
        "has_report": folder is not None and (folder / "report.html").is_file(),
        "files": files,
        "reps": [_rep(rep) for rep in history.reps(row.id)],
        "faults": [(_fault(code), number) for code, number in history.fault_counts(row.id).items()],
        "discomfort": [(DASH if level is None else str(level)) for level in (row.discomfort_before, row.discomfort_after)],
        "model": clean_text(row.model or DASH),
        "others": session_rows(others[:30]),
    }


def exercise_card(spec: ExerciseSpec, own: bool) -> dict[str, Any]:
    """Everything on the page of one exercise."""
    told: dict[str, str] = {}
    for rule in spec.faults:
        told.setdefault(fault_title(rule.code), rule.message)
    return {
        "spec": spec,
        "own": own,
        "told": told,
        "gaps": [(fault_title(gap.code), gap.reason) for gap in spec.not_measurable],
    }


def live_facts(spec: ExerciseSpec) -> dict[str, Any]:
    """What can be chosen for a live session of an exercise."""
    usual = choice(spec)
    together = spec.reps.both_legs
    legs = [
        name for name, sides in LEGS.items() if (together != "together" or sides == (None,)) and (together != "never" or sides != (None,))
    ]
    return {
        "legs": legs,
        "directions": list(spec.directions),
        "direction": usual.direction,
        "target": usual.target,
        "most": spec.target.max_reps,
        "camera": spec.view.camera,
    }


def profile_card(profile: Profile) -> dict[str, Any]:
    """A person and how far is comfortable for them."""
    ranges = []
    for key in profile.keys:
        one = profile.present(key)
        if one is not None:
            ranges.append(
                {
                    "what": f"{clean_text(one.exercise_title)}, {clean_text(key.direction)}, {leg(key.side)}",
                    "range": angle_text(one.comfortable_deg, one.known_pm_deg),
                    "limit": angle_text(one.limit.limit_deg, _NAN),
                    "when": one.measured_on,
                }
            )
    return {"name": clean_text(profile.name), "key": profile.name, "ranges": ranges}


def storage_rows(services: Services) -> dict[str, Any]:
    """What is stored, in words."""
    facts = stored(services)
    return {
        "folder": clean_text(str(facts["folder"])),
        "rows": [
            (text_of("data.sessions"), str(facts["sessions"]), _megabytes(facts["sessions_bytes"])),
            (text_of("data.results"), str(facts["results"]), _megabytes(facts["results_bytes"])),
            (text_of("data.unfinished"), str(facts["unfinished"]), _megabytes(facts["unfinished_bytes"])),
            (text_of("data.profiles"), str(facts["profiles"]), DASH),
            (text_of("data.exercises"), str(facts["exercises"]), DASH),
        ],
    }


def _counts(row: SessionRow) -> str:
    parts = [f"{number} {side}" for side, number in row.reps.items() if number]
    return ", ".join(parts) if parts else text_of("history.no_reps")


def _rep(rep: RepRow) -> dict[str, str]:
    far = _NAN if rep.range_deg is None else rep.range_deg
    return {
        "number": str(rep.number),
        "side": rep.side,
        "start": DASH if rep.start_s is None else f"{rep.start_s:.1f} s",
        "range": angle_text(far, _NAN if rep.range_pm_deg is None else rep.range_pm_deg),
        "tempo": " · ".join(DASH if value is None else f"{value:.1f}" for value in (rep.out_s, rep.hold_s, rep.back_s)),
        "result": text_of("session.counted") if rep.rejected is None else sentence(_rejection(rep.rejected)),
    }


def _rejection(code: str) -> str:
    try:
        return REJECTION_WORDS[Rejection(code)]
    except (ValueError, KeyError):
        return code.replace("_", " ")


def _fault(code: str) -> str:
    try:
        return fault_title(FaultCode(code))
    except ValueError:
        return code.replace("_", " ")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"

"""One session as the history keeps it."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from formcheck.exercise.session import Fault, Rep, SessionReport

__all__ = ["Entry", "RepRow", "SessionRow", "entry_of", "new_id"]


def new_id(now: datetime) -> str:
    """An id that sorts by time and is never given twice: 20261123T164105-3fa9c1 (UTC)."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True)
class RepRow:
    """One movement of a session, as in `Rep`; None: not measured."""

    number: int
    side: str
    direction: str | None
    rejected: str | None
    start_s: float | None
    end_s: float | None
    range_deg: float | None
    range_pm_deg: float | None
    clean_range_deg: float | None
    isolation_frac: float | None
    out_s: float | None
    hold_s: float | None
    back_s: float | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session in a list.

    Attributes
    ----------
    id, started_at
        Its id, and when it began: an aware time.
    source
        "live", or "recorded" for an analysed video.
    ended
        completed, finished (early), pain, discomfort, closed, or "recovered" after a crash.
    reps
        Counted repetitions by "left", "right", "both".
    folder
        Where its files are, as a name in the folder of sessions; None: none were kept.
    person
        Whose session it is: the name of a profile, whether there is one of that name or not.
    """

    id: str
    started_at: datetime
    exercise: str
    title: str
    direction: str | None
    source: str
    model: str | None
    duration_s: float | None
    ended: str | None
    discomfort_before: int | None
    discomfort_after: int | None
    reps: Mapping[str, int]
    folder: str | None
    person: str | None = None


@dataclass(frozen=True)
class Entry:
    """What is put into the history: the row, and the parts of the report that go with it."""

    row: SessionRow
    reps: tuple[Rep, ...] = ()
    faults: tuple[Fault, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


def entry_of(
    report: SessionReport,
    session_id: str,
    started_at: datetime,
    *,
    source: str,
    ended: str | None = None,
    discomfort: tuple[int | None, int | None] = (None, None),
    files: Mapping[str, bytes] | None = None,
    person: str | None = None,
) -> Entry:
    """The entry of a report.

    Parameters
    ----------
    discomfort
        Before and after, 0 to 10 each; None: not said.
    files
        Name to content of what is kept beside the database.
    """
    counts = report.counts
    duration = report.source.get("duration_s")
    direction: Any = report.settings.get("direction")
    row = SessionRow(
        session_id,
        started_at,
        report.exercise,
        report.title,
        str(direction) if direction is not None else None,
        source,
        str(report.model["name"]) if report.model.get("name") is not None else None,
        float(duration) if isinstance(duration, int | float) and math.isfinite(duration) else None,
        ended,
        *discomfort,
        {side: counts[side] for side in ("left", "right", "both")},
        session_id if files else None,
        person,
    )
    return Entry(row, report.reps, report.faults, dict(files or {}))

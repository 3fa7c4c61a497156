"""How one leg's exercise went over the sessions, and whether its range changed by more than measuring can be off.

A session's range is the median of its counted repetitions without a mistake other than going too far, of three at least; its error is
that of the median of the errors, which the repetitions of one session share, and of the scatter of the repetitions (docs/profiles.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from formcheck.history.entry import RepRow, SessionRow
from formcheck.profiles.calibration import MIN_REPS, usual_range
from formcheck.profiles.change import Change, change_between

__all__ = ["Point", "Regularity", "Trend", "regularity_of", "trend_of"]


@dataclass(frozen=True, slots=True)
class Point:
    """One session of one leg. NaN: fewer than three repetitions, or the range was not measured."""

    session: SessionRow
    reps: int
    range_deg: float
    pm_deg: float
    faults: int


@dataclass(frozen=True)
class Trend:
    """One person's exercise and leg over time, the oldest first.

    ``change`` compares the last session with a range against the first one with the same pose model; None when there are not two.
    """

    person: str | None
    exercise: str
    title: str
    side: str
    points: tuple[Point, ...]
    change: Change | None


@dataclass(frozen=True, slots=True)
class Regularity:
    """How regularly one person trained, by days on which there was a session.

    Attributes
    ----------
    sessions, days
        Sessions, and days with at least one.
    weeks
        From the first day to the last, in weeks, a week at least.
    longest_pause_days
        Most days from one day with a session to the next; 0 when there is one day only.
    """

    person: str | None
    sessions: int
    days: int
    weeks: float
    longest_pause_days: int

    @property
    def days_a_week(self) -> float:
        """Days with a session in a week."""
        return self.days / self.weeks


def regularity_of(rows: Sequence[SessionRow]) -> list[Regularity]:
    """For each person, in the order in which they come."""
    people: dict[str, list[SessionRow]] = {}
    for row in rows:
        people.setdefault((row.person or "").casefold(), []).append(row)
    found = []
    for mine in people.values():
        days = sorted({row.started_at.astimezone().date() for row in mine})
        pauses = [(later - sooner).days for sooner, later in pairwise(days)]
        weeks = max(((days[-1] - days[0]).days + 1) / 7.0, 1.0)
        found.append(Regularity(mine[0].person, len(mine), len(days), weeks, max(pauses, default=0)))
    return found


def trend_of(sessions: Sequence[tuple[SessionRow, Sequence[RepRow], Mapping[int, int]]]) -> list[Trend]:
    """The trends in some sessions, each given with its movements and the number of mistakes in each of them."""
    # Persons as the history knows them: capitals make no other one.
    kinds = {
        ((row.person or "").casefold(), row.exercise, rep.side): (row.person, row.title)
        for row, reps, _ in sessions
        for rep in reps
        if rep.rejected is None
    }
    return [_trend(key, *shown, sessions) for key, shown in kinds.items()]


def _trend(
    key: tuple[str, str, str],
    person: str | None,
    title: str,
    sessions: Sequence[tuple[SessionRow, Sequence[RepRow], Mapping[int, int]]],
) -> Trend:
    folded, exercise, side = key
    points = []
    for row, reps, faults in sorted(sessions, key=lambda item: item[0].started_at):
        mine = [rep for rep in reps if rep.side == side and rep.rejected is None]
        if row.exercise == exercise and (row.person or "").casefold() == folded and mine:
            points.append(_point(row, mine, sum(faults.get(rep.number, 0) for rep in mine)))
    measured = [point for point in points if math.isfinite(point.range_deg)]
    same = [point for point in measured if point.session.model == measured[-1].session.model] if measured else []
    change = None
    if len(same) > 1:
        first, last = same[0], same[-1]
        change = change_between(first.range_deg, first.pm_deg, last.range_deg, last.pm_deg)
    return Trend(person, exercise, title, side, tuple(points), change)


def _point(row: SessionRow, reps: Sequence[RepRow], faults: int) -> Point:
    known = [(rep.range_deg, rep.range_pm_deg) for rep in reps if rep.range_deg is not None]
    if len(known) < MIN_REPS:
        return Point(row, len(reps), math.nan, math.nan, faults)
    usual = usual_range([value for value, _ in known], [math.nan if pm is None else pm for _, pm in known])
    return Point(row, len(reps), usual.median_deg, usual.pm_deg, faults)

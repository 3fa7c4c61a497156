"""How the exercises went over weeks, from the history to sentences and a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formcheck.history.entry import SessionRow
from formcheck.history.store import History
from formcheck.profiles.trend import Trend, regularity_of, trend_of
from formcheck.report.progress import ProgressLeg, ProgressPoint, write_progress_page

__all__ = ["change_words", "regularity_lines", "trends_of", "write_weeks"]


def trends_of(history: History, rows: Sequence[SessionRow]) -> list[Trend]:
    """The trends in these sessions, one for each person, exercise and leg."""
    return trend_of([(row, history.reps(row.id), history.faults_by_rep(row.id)) for row in rows])


def write_weeks(history: History, rows: Sequence[SessionRow], path: Path) -> None:
    """Write the page of these sessions.

    Raises
    ------
    OSError
        It cannot be written.
    """
    legs = []
    for trend in trends_of(history, rows):
        points = tuple(
            ProgressPoint(one.session.started_at.astimezone(), one.reps, one.range_deg, one.pm_deg, one.faults, one.session.model or "")
            for one in trend.points
        )
        legs.append(ProgressLeg(trend.person or "nobody named", trend.title, trend.side, points, change_words(trend)))
    write_progress_page(legs, regularity_lines(rows), path)


def regularity_lines(rows: Sequence[SessionRow]) -> list[str]:
    """On how many days, how often, and the longest pause: a sentence for each person."""
    people = regularity_of(rows)
    lines = []
    for one in people:
        who = f"{one.person or 'nobody named'}: " if len(people) > 1 else ""
        sessions = f"{one.sessions} session{'' if one.sessions == 1 else 's'} on {one.days} day{'' if one.days == 1 else 's'}"
        pace = f", {one.days_a_week:.1f} days a week" if one.days > 1 else ""
        pause = f", at most {one.longest_pause_days} days from one to the next" if one.longest_pause_days > 1 else ""
        lines.append(f"{who}{sessions}{pace}{pause}.")
    return lines


def change_words(trend: Trend) -> str:
    """Whether the range changed, in a sentence."""
    change = trend.change
    if change is None:
        return "Too few sessions with the same pose model to speak of a change."
    if change.changed is None:
        return "Whether the range changed cannot be told: how far it may be off is not known."
    if not change.changed:
        off = f"{change.difference_deg:+.0f}°, where {change.detectable_deg:.0f}° would be a change"
        return f"The range did not change by more than measuring can be off ({off})."
    way = "more" if change.difference_deg > 0 else "less"
    return (
        f"The range is {abs(change.difference_deg):.0f}° {way} than in the first session (over {change.detectable_deg:.0f}° is a change)."
    )

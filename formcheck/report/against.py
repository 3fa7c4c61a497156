"""A session beside a person's own comfortable range, in words: for the terminal and the page alike."""

from __future__ import annotations

import math

from formcheck.exercise.session import RangeChange, SessionReport
from formcheck.report.units import angle_unit
from formcheck.report.words import about_text, angle_text, clean_text, degrees, degrees_up, leg, sentence

__all__ = ["against_profile_lines", "change_words", "own_limit_words"]


def against_profile_lines(report: SessionReport) -> tuple[str, ...]:
    """A sentence or two for each leg that was compared with the person's profile; empty when none was."""
    return tuple(_line(change) for change in report.against_profile)


def change_words(difference_deg: float, detectable_deg: float, changed: bool | None, than: str) -> str:
    """Whether a difference is a change: ``no change beyond the measurement error (±6°)``.

    ``than`` is what it is measured against, such as "than on 2026-05-03". NaN: not known.
    """
    if changed is None or not (math.isfinite(difference_deg) and math.isfinite(detectable_deg)):
        return "whether it changed cannot be told, since the measurement error is not known"
    error = f"the measurement error (±{_up(detectable_deg)})"
    if not changed:
        return f"no change beyond {error}"
    return f"{degrees(abs(difference_deg))} {'more' if difference_deg > 0 else 'less'} {than}, more than {error}"


def own_limit_words(limit_deg: float, capped: bool) -> str:
    """The limit that follows from a comfortable range: ``the limit is 29°``, and why it is no larger when it was capped."""
    words = f"the limit is {degrees(limit_deg)}"
    return f"{words}, the most formcheck allows anybody" if capped else words


def _line(change: RangeChange) -> str:
    than = f"than on {change.measured_on}"
    what = change_words(change.difference_deg, change.pm_deg, change.changed, than)
    # Its ± is in what is said of the difference.
    today = about_text(change.today_deg, change.today_pm_deg)
    comfortable = angle_text(change.comfortable_deg, change.comfortable_pm_deg)
    who = f"{leg(change.side)}, {clean_text(change.direction)}"
    first = f"{who}: {today} today, {comfortable} was comfortable on {change.measured_on}: {what}."
    return f"{sentence(first)} {sentence(own_limit_words(change.limit_deg, change.limit_capped))}"


def _up(value_deg: float) -> str:
    # Rounded up: a difference that is shown as 6 must not look larger than an error shown as 5 that it is within.
    return degrees(math.ceil(value_deg - 1e-9)) if angle_unit() == "deg" else degrees_up(value_deg)

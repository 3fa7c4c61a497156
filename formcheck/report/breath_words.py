"""The breath of a session in words: for the terminal, and beside its curve on the page. Nothing is said that was not measured."""

from __future__ import annotations

import math
from collections.abc import Iterable

from formcheck.exercise.breath_report import BreathReport
from formcheck.exercise.session import Fault, FaultCode, NotMeasured, SessionReport
from formcheck.report.words import clean_text, clock, joined, plural, sentence

__all__ = [
    "BREATH_CODES",
    "MOST_SPANS",
    "breath_gaps",
    "breath_holds",
    "breath_line",
    "breath_measured",
    "breath_plot_text",
    "breath_unmeasured",
    "pace_text",
    "step_text",
]

#: The mistakes of the breath, which are also the names under which it was not measured.
BREATH_CODES = frozenset({FaultCode.BREATH_HOLD, FaultCode.BREATH_OUT_OF_STEP})

#: Most stretches of time that are named one by one.
MOST_SPANS = 6


def breath_measured(report: SessionReport) -> bool:
    """Whether anything of the breath could be told."""
    return report.breath is not None and report.breath.measured_fraction > 0


def breath_line(report: SessionReport) -> str:
    """All that was measured of the breath in one line; nothing where nothing was."""
    if report.breath is None or not breath_measured(report):
        return ""
    holds = breath_holds(report)
    asked = f"Breath held at {joined([clock(fault.start_s) for fault in holds])}?" if holds else ""
    return " ".join(part for part in (pace_text(report.breath), step_text(report, report.breath), asked) if part)


def breath_unmeasured(report: SessionReport) -> str:
    """One sentence with the reason where nothing of the breath could be told; nothing where some was, or it was not looked for."""
    if report.breath is None or breath_measured(report):
        return ""
    lost: dict[str, float] = {}
    for item in report.not_measured:
        if item.what in BREATH_CODES:
            lost[item.reason] = lost.get(item.reason, 0.0) + item.end_s - item.start_s
    if not lost:
        return "The breath could not be measured in this video."
    reason = clean_text(max(lost, key=lambda why: lost[why])).strip()
    return sentence(f"The breath could not be measured: {reason[:1].lower()}{reason[1:]}")


def pace_text(breath: BreathReport) -> str:
    """``12 breaths a minute, told in 97 % of the time.``; without the pace where there were too few breaths for one."""
    share = f"{max(math.floor(100 * breath.measured_fraction), 1)} % of the time"
    if not math.isfinite(breath.rate_per_min):
        return f"The breath could be told in {share}, with too few whole breaths for a pace."
    return f"{plural(round(breath.rate_per_min), 'breath')} a minute, told in {share}."


def step_text(report: SessionReport, breath: BreathReport) -> str:
    """``In step in 5 of 6 repetitions.``, and of how many repetitions the breath could be told where that was not all of them."""
    counted = report.counts["total"]
    if not counted:
        return ""
    if breath.step is None:
        told = f"in {len(breath.reps)} of {plural(counted, 'repetition')}" if breath.reps else "in none of the repetitions"
        return f"How it goes with the movement could be told {told}, which is too few to judge."
    steps = [rep.step for rep in breath.reps].count("in_step")
    of = plural(len(breath.reps), "repetition")
    rest = f" whose breath could be told ({counted} were counted)" if len(breath.reps) != counted else ""
    return f"In step with the movement in {steps} of {of}{rest}."


def breath_holds(report: SessionReport) -> list[Fault]:
    """The stretches without breath that are asked about."""
    return [fault for fault in report.faults if fault.code is FaultCode.BREATH_HOLD]


def breath_gaps(report: SessionReport) -> list[NotMeasured]:
    """The longer stretches in which the breath could not be told, in order of time."""
    found = (item for item in report.not_measured if item.what == FaultCode.BREATH_HOLD)
    return sorted(found, key=lambda item: (item.start_s, item.end_s))


def breath_plot_text(report: SessionReport) -> str:
    """The curve of the breath in words, for those who do not see it."""
    return " ".join(["Curve of the breath under the movements, over the same time as the angle.", breath_line(report), *_gap_words(report)])


def _gap_words(report: SessionReport) -> Iterable[str]:
    gaps = breath_gaps(report)
    if gaps:
        yield f"Not measured {joined([f'{clock(item.start_s)} to {clock(item.end_s)}' for item in gaps[:MOST_SPANS]])}."

"""A session in plain words: what the terminal prints and the page begins with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from formcheck.exercise.session import Fault, FaultCode, Rejection, Rep, SessionReport
from formcheck.report.against import against_profile_lines
from formcheck.report.breath_words import BREATH_CODES, breath_line, breath_unmeasured
from formcheck.report.palette import importance
from formcheck.report.ranges import clean_lines, direction_lines, range_lines
from formcheck.report.words import (
    REJECTION_WORDS,
    angle_text,
    checks_text,
    clean_text,
    clock,
    degrees,
    fault_title,
    joined,
    leg,
    plural,
    sentence,
    subject,
    towards,
)

__all__ = ["NOT_MEDICAL", "SAFETY", "Advice", "LegCount", "SessionSummary", "summarise", "summary"]

SAFETY = "Stop if it hurts. Comfortable is far enough."
NOT_MEDICAL = "formcheck is a fitness aid, not a medical device."

#: Mistakes that one change mends are one thing to work on, under the name of the first.
_SAME_ADVICE = {FaultCode.FAST_RETURN: FaultCode.TOO_FAST}
_MOST_ADVICE = 2
_MOST_LINES = 8
#: Peaks whose spread stays within this share of their mean are called even.
_EVEN_SPREAD = 0.15


@dataclass(frozen=True, slots=True)
class LegCount:
    """Counted repetitions of one leg ("left", "right" or "both") and a remark that holds them against the target."""

    side: str
    count: int
    note: str

    @property
    def name(self) -> str:
        """Heading: "Left leg", "Right leg" or "Both legs together"."""
        return "Both legs together" if self.side == "both" else sentence(leg(self.side)).rstrip(".")


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to work on: its name, what to do, and in which repetitions it was seen."""

    title: str
    message: str
    where: str


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The parts of a summary, each in whole sentences. An empty tuple: nothing to say of it."""

    verdict: str
    target: str
    legs: tuple[LegCount, ...]
    work_on: tuple[Advice, ...]
    went_well: tuple[str, ...]
    not_counted: tuple[str, ...]
    not_measured: tuple[str, ...]
    against_profile: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    looked_for: str = ""
    breath: str = ""


def summarise(report: SessionReport) -> SessionSummary:
    """Put a session into words. Nothing is said that was not measured."""
    least, most = report.target_reps
    return SessionSummary(
        verdict=_verdict(report),
        target=f"A set is {least} to {most} per leg.",
        legs=tuple(LegCount(side, count, _note(count, report.target_reps)) for side, count in _legs(report)),
        work_on=_work_on(report),
        went_well=tuple(_went_well(report)),
        not_counted=(*(_not_counted(rep) for rep in report.reps if not rep.counted), *_other_way(report)),
        not_measured=tuple(_not_measured(report)),
        against_profile=against_profile_lines(report),
        directions=direction_lines(report),
        ranges=(*range_lines(report), *clean_lines(report)),
        breath=breath_line(report),
        looked_for=f"Looked for: {checks_text(report.checked)}." if report.checked else "",
    )


def summary(report: SessionReport) -> str:
    """Give the summary as lines of text for a terminal, without colours."""
    words = summarise(report)
    lines = [f"{clean_text(report.title)}: {words.verdict}", *words.directions, ""]
    lines += [f"  {item.name}: {item.count} ({item.note})" for item in words.legs]
    lines += [f"  Breath: {words.breath}"] if words.breath else []
    if words.work_on:
        lines += ["", "To work on:" if len(words.work_on) == 1 else "Two things to work on:"]
        lines += [f"  {number}. {sentence(item.title)} {item.message} ({item.where})" for number, item in enumerate(words.work_on, 1)]
    for heading, sentences in (
        ("How far, in the median:", words.ranges),
        ("What went well:", words.went_well),
        ("Beside your comfortable range:", words.against_profile),
        ("Not counted:", words.not_counted),
        ("Not measured:", words.not_measured),
    ):
        if sentences:
            lines += ["", heading, *(f"  - {line}" for line in sentences[:_MOST_LINES])]
            if len(sentences) > _MOST_LINES:
                lines.append(f"  - and {len(sentences) - _MOST_LINES} more in the report.")
    lines += ["", words.looked_for] if words.looked_for else []
    return "\n".join([*lines, "", f"{SAFETY} {NOT_MEDICAL}"])


def _verdict(report: SessionReport) -> str:
    total = report.counts["total"]
    if not report.reps:
        return "no repetition was found in this video."
    if not total:
        return f"no full repetition was counted; {plural(len(report.reps), 'movement was', 'movements were')} seen."
    marked = sum(bool(rep.faults) for rep in report.reps if rep.counted)
    if not marked:
        return f"{plural(total, 'repetition')}, and nothing to correct{' in what was looked for' if report.checked else ''}."
    if marked == total:
        return f"{plural(total, 'repetition')}, {'with' if total == 1 else 'each with'} something to work on."
    return f"{plural(total, 'repetition')}, {total - marked} of them with nothing to correct."


def _legs(report: SessionReport) -> list[tuple[str, int]]:
    counts = report.counts
    chosen = report.settings.get("side", "auto")
    together = bool(counts["both"]) or "both" in report.sides or (bool(report.reps) and all(rep.side is None for rep in report.reps))
    legs = [("both", counts["both"])] if together else []
    for side in ("left", "right"):
        if counts[side] or (not together and chosen in (side, "auto", "both")):
            legs.append((side, counts[side]))
    return legs


def _note(count: int, target: tuple[int, int]) -> str:
    least, most = target
    if count == 0:
        return "none in this video"
    if count < least:
        return f"a set is {least} to {most}"
    if count <= most:
        return f"a full set of {least} to {most}"
    return f"more than the {least} to {most} of a set: that is plenty"


def _work_on(report: SessionReport) -> tuple[Advice, ...]:
    groups: dict[FaultCode, list[Fault]] = {}
    for fault in report.faults:
        groups.setdefault(_SAME_ADVICE.get(fault.code, fault.code), []).append(fault)
    often = {code: len({fault.rep if fault.rep is not None else fault.start_s for fault in faults}) for code, faults in groups.items()}
    order = sorted(groups, key=lambda code: (-often[code], importance(code)))
    return tuple(_advice(groups[code]) for code in order[:_MOST_ADVICE])


def _advice(faults: list[Fault]) -> Advice:
    first = max(faults, key=lambda fault: sum(other.code is fault.code for other in faults))
    return Advice(fault_title(first.code), sentence(clean_text(first.message)), _where(faults))


def _where(faults: list[Fault]) -> str:
    numbers = sorted({fault.rep for fault in faults if fault.rep is not None})
    if not numbers:
        of_breath = all(fault.code in BREATH_CODES for fault in faults)
        return f"at {joined([clock(fault.start_s) for fault in faults])}" if of_breath else "between repetitions"
    if len(numbers) > 6:
        return f"in {len(numbers)} repetitions"
    return f"in {'repetition' if len(numbers) == 1 else 'repetitions'} {joined([str(number) for number in numbers])}"


def _went_well(report: SessionReport) -> Iterable[str]:
    reps = [rep for rep in report.reps if rep.counted]
    if not reps:
        return
    codes, checked = {fault.code for fault in report.faults}, set(report.checked)
    limits = {report.limit_of(rep.side_name) for rep in reps}
    within = FaultCode.OVER_ROTATION in checked and FaultCode.OVER_ROTATION not in codes
    if within and all(map(math.isfinite, limits)) and all(math.isfinite(rep.range_deg) for rep in reps):
        of = f"limit of {degrees(limits.pop())}" if len(limits) == 1 else "limit of its leg"
        yield f"Every repetition stayed within the {of}."
    hurried = {FaultCode.TOO_FAST, FaultCode.FAST_RETURN}
    if checked & hurried and not codes & hurried and all(math.isfinite(rep.out_s + rep.back_s) for rep in reps):
        out, back = (sum(getattr(rep, name) for rep in reps) / len(reps) for name in ("out_s", "back_s"))
        yield f"A calm tempo: {out:.1f} s out and {back:.1f} s back on average."
    if (
        FaultCode.JERKY in checked
        and FaultCode.JERKY not in codes
        and all(rep.smoothness.reason is None and rep.smoothness.mid_dip > 0 for rep in reps)
    ):
        yield "No stop and no jolt on the way in any repetition."
    if all(rep.isolation_frac == 1 for rep in reps):
        yield "Every repetition was clean all the way: nothing that was watched moved along."
    ranges = [rep.range_deg for rep in reps]
    if len(reps) >= 3 and all(map(math.isfinite, ranges)) and max(ranges) - min(ranges) <= 2 * _EVEN_SPREAD * sum(ranges) / len(ranges):
        yield "The repetitions were all about the same size."


def _not_counted(rep: Rep) -> str:
    assert rep.rejected is not None
    way = f", {towards(rep.direction)}, {angle_text(rep.range_deg, rep.range_pm_deg)}"
    more = way if rep.rejected is Rejection.WRONG_DIRECTION and math.isfinite(rep.range_deg) else ""
    return f"Movement {rep.number} at {clock(rep.start_s)}, {leg(rep.side_name)}: {REJECTION_WORDS[rep.rejected]}{more}."


def _other_way(report: SessionReport) -> Iterable[str]:
    """A hint for whoever did the exercise in the other direction all along, as its printed guide may say."""
    wrong = {rep.direction for rep in report.reps if rep.rejected is Rejection.WRONG_DIRECTION}
    if len(wrong) == 1 and not report.counts["total"]:
        other, counted = clean_text(wrong.pop()), clean_text(str(report.settings["direction"]))
        yield f"All of it went {other}, and {counted} was counted; to count it, use --direction {other}."


def _not_measured(report: SessionReport) -> Iterable[str]:
    grouped: dict[tuple[str, str], int] = {}
    # Where nothing of the breath was told, one line says so for both of its checks.
    unmeasured = breath_unmeasured(report)
    for item in report.not_measured:
        if unmeasured and item.what in BREATH_CODES:
            continue
        key = (item.what, item.reason)
        grouped[key] = grouped.get(key, 0) + 1
    for (what, reason), times in grouped.items():
        yield f"{subject(clean_text(what))}: {sentence(clean_text(reason))}" + (f" ({times} times)" if times > 1 else "")
    if unmeasured:
        yield unmeasured
    if report.measured_fraction < 0.995:
        yield f"The legs could be measured in {100 * report.measured_fraction:.0f} % of the video."

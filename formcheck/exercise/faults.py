"""The kinds of fault rules. Each looks at one repetition and answers with a fault and its evidence, or with nothing.

A kind is code, its limits are data: `formcheck.exercise.spec` holds the tables, `KINDS` says which class reads which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from formcheck.exercise.channels import Channels
from formcheck.exercise.reps import Attempt
from formcheck.exercise.session import Fault, FaultCode, NotMeasured
from formcheck.exercise.smoothness import Evenness
from formcheck.exercise.spec import DeviationRule, FeetApartRule, FootRule, JerkRule, LimitRule, PhaseRule
from formcheck.exercise.validity import Off
from formcheck.motion.filters import median_step_s, true_runs
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side

__all__ = ["KINDS", "Evidence", "Finding", "faults_of"]

#: Landmarks missing for more than this part of a repetition: what needs them is not judged.
MAX_MISSING = 0.5
#: A limit must be this many times the noise of what it limits.
NOISE_MARGIN = 4.0
#: With the trunk bent further than this the hip line tilts with it, and a hike cannot be told apart.
HIKE_MAX_BEND_DEG = 6.0


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that a rule may look at for one repetition; ``off`` the codes of the mistakes that this view cannot show, and why."""

    time_s: Float
    number: int
    attempt: Attempt
    evenness: Evenness
    channels: Channels
    limit_deg: float
    off: Mapping[str, Off] = field(default_factory=dict)

    @property
    def window(self) -> slice:
        """Frames of the repetition, first to last."""
        tempo = self.attempt.tempo
        return slice(int(np.searchsorted(self.time_s, tempo.start_s)), int(np.searchsorted(self.time_s, tempo.end_s, "right")))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule measured on one repetition: a fault when ``over``; ``unseen`` gives the reason when it could not look."""

    measured: float = float("nan")
    limit: float = float("nan")
    unit: str = ""
    start_s: float = float("nan")
    end_s: float = float("nan")
    over: bool = False
    side: Side | None = None
    unseen: str | None = None


def _watched(evidence: Evidence, value: Float, rule: _Held, unit: str, side: Side | None = None, absolute: bool = False) -> Finding:
    """Look for a stretch in which a channel, (N,), or its size, is over its limits."""
    if NOISE_MARGIN * evidence.channels.rest_noise(value) > rule.on:
        return Finding(unseen="the picture is too noisy to tell so small a change")
    inside = value[evidence.window]
    return _sustained(evidence.time_s[evidence.window], np.abs(inside) if absolute else inside, rule, unit, side)


@dataclass(frozen=True, slots=True)
class _Held:
    """Two thresholds and a time: over ``off``, and over ``on`` for ``hold_s`` in all."""

    on: float
    off: float
    hold_s: float


def _sustained(time: Float, inside: Float, rule: _Held, unit: str, side: Side | None = None) -> Finding:
    """The longest stretch in which a value stays over ``off`` and reaches ``on`` for ``hold_s`` in all."""
    on, off, hold_s = rule.on, rule.off, rule.hold_s
    if len(inside) == 0 or np.isnan(inside).mean() > MAX_MISSING:
        return Finding(unseen="the landmarks it needs were hidden")
    step = median_step_s(time) if len(time) > 1 else hold_s
    with np.errstate(invalid="ignore"):
        above_off, above_on = inside > off, inside > on
    largest = float(np.nanmax(inside))
    best: tuple[int, int] | None = None
    for start, stop in true_runs(above_off):
        enough = above_on[start:stop].sum() * step >= hold_s - 1e-9
        if enough and (best is None or stop - start > best[1] - best[0]):
            best = (start, stop)
    if best is None:
        return Finding(largest, on, unit, side=side)
    start, stop = best
    held = np.sort(inside[start:stop])[::-1]
    measured = float(np.mean(held[: max(1, round(hold_s / step))]))
    return Finding(measured, on, unit, float(time[start]), float(time[stop - 1]), True, side)


def limit(rule: LimitRule, evidence: Evidence) -> Finding:
    """Further from rest than the limit."""
    window, first = evidence.window, evidence.attempt.first
    change = evidence.attempt.change_deg[max(window.start - first, 0) : window.stop - first]
    return _sustained(evidence.time_s[window], change, _Held(evidence.limit_deg, evidence.limit_deg, rule.hold_s), "deg")


def jerk(rule: JerkRule, evidence: Evidence) -> Finding:
    """Uneven by one of the three signs; measured as the largest of them over its limit."""
    even = evidence.evenness
    if even.smoothness.reason:
        return Finding(unseen=even.smoothness.reason)
    tempo = evidence.attempt.tempo
    return Finding(even.excess, 1.0, "times the limit", tempo.start_s, tempo.end_s, even.jerky)


def phase(rule: PhaseRule, evidence: Evidence) -> Finding:
    """A phase shorter than it should be, or a return quicker than its share."""
    tempo = evidence.attempt.tempo
    phases = [(tempo.back_s, tempo.peak_s, tempo.end_s)]
    if rule.phase == "any":
        phases.insert(0, (tempo.out_s, tempo.start_s, tempo.peak_s))
    seen = [item for item in phases if np.isfinite(item[0])]
    if not seen:
        return Finding(unseen="the movement was not seen from end to end")
    shortest, start, end = min(seen)
    if rule.min_back_to_out is not None and np.isfinite(tempo.out_s) and tempo.out_s >= rule.min_s:
        least = max(rule.min_s, rule.min_back_to_out * tempo.out_s)
    else:
        least = rule.min_s
    return Finding(shortest, least, "s", start, end, shortest < least)


def foot(rule: FootRule, evidence: Evidence) -> Finding:
    """A foot that leaves the floor: of the leg that works, or of the one that stands."""
    found = []
    for leg in evidence.attempt.legs:
        side = leg if rule.foot == "working" else leg.other
        alone = evidence.attempt.side is not None and rule.foot == "working"
        lift = evidence.channels.foot_lift_frac(side, against_other=alone)
        found.append(_watched(evidence, lift, _Held(rule.on_frac, rule.off_frac, rule.hold_s), "shank lengths", side))
    return _worst(found)


def feet_apart(rule: FeetApartRule, evidence: Evidence) -> Finding:
    """Feet that come apart."""
    gap = evidence.channels.feet_apart_frac()
    return _watched(evidence, gap, _Held(rule.limit_frac, rule.limit_frac / 2, rule.hold_s), "shank lengths")


def deviation(rule: DeviationRule, evidence: Evidence) -> Finding:
    """A channel that leaves its rest by more than its limit."""
    channels, limit_value = evidence.channels, rule.limit
    unit = "deg" if rule.limit_deg is not None else "frac"
    sides = evidence.attempt.legs

    def look(value: Float, side: Side | None = None, absolute: bool = False) -> Finding:
        return _watched(evidence, value, _Held(limit_value, limit_value / 2, rule.hold_s), unit, side, absolute)

    if rule.channel == "trunk_side_bend":
        return look(channels.trunk_side_bend_deg(), absolute=True)
    if rule.channel == "trunk_forward":
        return look(channels.trunk_forward_deg(), absolute=True)
    if rule.channel == "trunk_shortening":
        return look(channels.trunk_shortening_frac())
    if rule.channel == "pelvis_hike":
        bend = look(channels.trunk_side_bend_deg(), absolute=True)
        if np.isfinite(bend.measured) and bend.measured > HIKE_MAX_BEND_DEG:
            return Finding(unseen="the trunk leaned, and the hip line leans with it")
        return _worst([look(channels.pelvis_hike_deg(side), side) for side in sides])
    if evidence.attempt.side is None:
        return Finding(unseen="both legs were moving")
    other = evidence.attempt.side.other
    return look(channels.knee_shift_frac(other), other)


def _worst(findings: list[Finding]) -> Finding:
    seen = [item for item in findings if item.unseen is None]
    if not seen:
        return findings[0]
    return max(seen, key=lambda item: (item.over, np.nan_to_num(item.measured)))


#: Kind of a rule, as in the TOML, to the function that looks.
KINDS: dict[str, Callable[[Any, Evidence], Finding]] = {
    "limit": limit,
    "jerk": jerk,
    "phase": phase,
    "foot": foot,
    "feet_apart": feet_apart,
    "deviation": deviation,
}


def faults_of(rules: Iterable[Any], evidence: Evidence) -> tuple[list[Fault], list[NotMeasured]]:
    """Faults of one repetition, and what could not be looked at."""
    faults: list[Fault] = []
    unseen: list[NotMeasured] = []
    tempo, attempt = evidence.attempt.tempo, evidence.attempt
    own_side = attempt.side.value if attempt.side is not None else "both"
    for rule in rules:
        hidden = evidence.off.get(rule.code.value)
        if hidden is not None:
            unseen.append(NotMeasured(rule.code.value, hidden.code, hidden.reason, tempo.start_s, tempo.end_s))
            continue
        finding = KINDS[rule.kind](rule, evidence)
        if finding.unseen is not None:
            unseen.append(NotMeasured(rule.code.value, "hidden", finding.unseen, tempo.start_s, tempo.end_s))
            continue
        if not finding.over:
            continue
        # A hurried repetition has a quick way back too: it is said once.
        if rule.code is FaultCode.FAST_RETURN and any(f.code is FaultCode.TOO_FAST for f in faults):
            continue
        side = finding.side.value if finding.side is not None else own_side
        faults.append(
            Fault(
                rule.code,
                "fault",
                side,
                evidence.number,
                finding.start_s,
                finding.end_s,
                finding.measured,
                finding.limit,
                finding.unit,
                rule.message,
            )
        )
    return faults, unseen

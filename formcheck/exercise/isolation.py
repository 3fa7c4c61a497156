"""How much of a repetition was the hip's own: the range up to where another part began to help, and the share made without help.

Which parts should be still is what the exercise's own rules say: every rule that watches a part (``foot``, ``feet_apart``,
``deviation``) is looked at, so a new exercise file gets its clean range for nothing. Definitions and their reasons:
``docs/clean-range.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise.faults import HIKE_MAX_BEND_DEG, KINDS, NOISE_MARGIN, Evidence
from formcheck.exercise.session import FaultCode, NotMeasured, Rep
from formcheck.exercise.spec import DeviationRule, FeetApartRule, FootRule
from formcheck.motion.filters import median_step_s, true_runs
from formcheck.motion.geometry import Float

__all__ = ["Help", "Watched", "helped", "isolated", "isolation_frac", "watched"]

_WATCHING = (FootRule, FeetApartRule, DeviationRule)
#: Why there is no clean range; said once for the whole session.
NOTHING_WATCHED = "This exercise has no rule that watches what should be still, so nothing can be said of it."
NOTHING_SEEN = "Nothing that should be still could be watched in this repetition."


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A part that should be still, over one repetition.

    Attributes
    ----------
    code
        The mistake it is when the part moves.
    size
        (n,) departure from rest, in the unit of the limits; NaN where it was hidden.
    on, off, hold_s
        As in the rules: over ``off``, and over ``on`` for ``hold_s`` in all.
    noise
        Standard deviation of the departure at rest.
    """

    code: FaultCode
    size: Float
    on: float
    off: float
    hold_s: float
    noise: float = 0.0

    @property
    def onset(self) -> float:
        """Level at which the part is said to begin to move: ``off``, or what stands out of its noise, but never over ``on``."""
        return max(self.off, min(NOISE_MARGIN * self.noise, self.on))


@dataclass(frozen=True, slots=True, eq=False)
class Help:
    """What moved along in one repetition.

    Attributes
    ----------
    since_s
        Seconds of the recording at which the first part began to move; NaN when none did.
    culprit
        That part's mistake, or None.
    where
        (n,) True while any part was away.
    """

    since_s: float
    culprit: FaultCode | None
    where: npt.NDArray[np.bool_]


def isolated(rep: Rep, rules: Iterable[Any], evidence: Evidence) -> tuple[Rep, NotMeasured | None]:
    """Fill in the clean range and the isolation of one counted repetition.

    Parameters
    ----------
    rep
        The repetition; one whose range was not measured is given back as it is.
    rules
        The exercise's fault rules.
    evidence
        The same that the rules looked at.

    Returns
    -------
    rep
        With ``clean_range_deg``, ``clean_until_s``, ``culprit`` and ``isolation_frac``.
    unseen
        The reason when nothing that should be still could be watched, and so the fields stay NaN; else None.
    """
    if not np.isfinite(rep.range_deg):
        return rep, None
    watching = [rule for rule in rules if isinstance(rule, _WATCHING)]
    parts = [part for rule in watching for part in watched(rule, evidence)]
    if not parts:
        if watching:
            return rep, NotMeasured("clean_range", "hidden", NOTHING_SEEN, rep.start_s, rep.end_s)
        return rep, NotMeasured("clean_range", "nothing_watched", NOTHING_WATCHED, rep.start_s, rep.end_s)
    window, first = evidence.window, evidence.attempt.first
    time = evidence.time_s[window]
    height = evidence.attempt.change_deg[max(window.start - first, 0) : window.stop - first]
    found = helped(time, parts)
    frac = isolation_frac(time, height, found.where, rep.peak_s)
    if not found.since_s < rep.peak_s:
        return replace(rep, clean_range_deg=rep.range_deg, isolation_frac=frac), None
    clean = min(max(_reached_deg(time, height, found.since_s), 0.0), rep.range_deg)
    return replace(rep, clean_range_deg=clean, clean_until_s=found.since_s, culprit=found.culprit, isolation_frac=frac), None


def watched(rule: FootRule | FeetApartRule | DeviationRule, evidence: Evidence) -> list[Watched]:
    """The parts that a rule watches in one repetition; none when the view does not show them or the rule could not look at it."""
    if rule.code.value in evidence.off or KINDS[rule.kind](rule, evidence).unseen is not None:
        return []
    if isinstance(rule, DeviationRule):
        on, off = rule.limit, rule.limit / 2
    elif isinstance(rule, FeetApartRule):
        on, off = rule.limit_frac, rule.limit_frac / 2
    else:
        on, off = rule.on_frac, rule.off_frac
    noise = evidence.channels.rest_noise
    return [
        Watched(rule.code, size[evidence.window], on, off, rule.hold_s, noise(value))
        for value, size in _departures(rule, evidence)
        if NOISE_MARGIN * noise(value) <= on
    ]


def helped(time_s: Float, parts: Iterable[Watched]) -> Help:
    """When parts that should be still were away, and which of them was the first.

    A part counts from where it last rose over its onset level before it got to its limit, in a stretch in which it stays over ``off``
    and over ``on`` for ``hold_s`` in all: a departure that never gets to the limit may be the picture's own, since landmarks are dragged
    along by a leg that moves.

    Parameters
    ----------
    time_s
        (n,) seconds.
    parts
        Departures over the same n frames.
    """
    where = np.zeros(len(time_s), bool)
    since, culprit = float("nan"), None
    step = median_step_s(time_s) if len(time_s) > 1 else float("inf")
    for part in parts:
        with np.errstate(invalid="ignore"):
            over_off, over_on, quiet = part.size > part.off, part.size > part.on, ~(part.size > part.onset)
        for start, stop in true_runs(over_off):
            held = over_on[start:stop].sum()
            if not held or held * step < part.hold_s - 1e-9:
                continue
            at_limit = start + int(np.argmax(over_on[start:stop]))
            rests = np.flatnonzero(quiet[:at_limit])
            begin = int(rests[-1]) + 1 if len(rests) else 0
            where[begin:stop] = True
            begin_s = _rise_s(time_s, part.size, begin, part.onset)
            if not since <= begin_s:
                since, culprit = begin_s, part.code
    return Help(since, culprit, where)


def isolation_frac(time_s: Float, height_deg: Float, away: npt.NDArray[np.bool_], peak_s: float) -> float:
    """Share of a repetition's way that was made while nothing was away, 0 to 1.

    The way is each degree of the range once out and once back: wavering and holding make none. A step between two frames is made with
    help by half for each of its ends that has it.

    Parameters
    ----------
    time_s, height_deg, away
        (n,) seconds, degrees from rest (NaN: not seen, bridged), and whether any part was away.
    peak_s
        The furthest point, which parts the way out from the way back.

    Returns
    -------
    float
        NaN when there is no way to speak of.
    """
    seen = np.isfinite(height_deg)
    if seen.sum() < 2:
        return float("nan")
    height = np.interp(time_s, time_s[seen], height_deg[seen])
    peak = min(int(np.searchsorted(time_s, peak_s)), len(time_s) - 1)
    steps = np.diff(np.maximum.accumulate(height[: peak + 1])), -np.diff(np.maximum.accumulate(height[peak:][::-1])[::-1])
    way = np.concatenate(steps)
    if not way.sum() > 0:
        return float("nan")
    with_help = (away[:-1].astype(float) + away[1:]) / 2
    return float(np.clip(1 - (way * with_help).sum() / way.sum(), 0.0, 1.0))


def _departures(rule: FootRule | FeetApartRule | DeviationRule, evidence: Evidence) -> list[tuple[Float, Float]]:
    """Pairs of (N,) curves that a rule watches: the channel, whose noise is known, and its departure as a size."""
    channels, attempt = evidence.channels, evidence.attempt
    if isinstance(rule, FootRule):
        alone = attempt.side is not None and rule.foot == "working"
        feet = [leg if rule.foot == "working" else leg.other for leg in attempt.legs]
        return [(lift, lift) for lift in (channels.foot_lift_frac(foot, against_other=alone) for foot in feet)]
    if isinstance(rule, FeetApartRule):
        return [(channels.feet_apart_frac(), channels.feet_apart_frac())]
    bend = channels.trunk_side_bend_deg()
    if rule.channel == "trunk_side_bend":
        return [(bend, np.abs(bend))]
    if rule.channel == "trunk_forward":
        return [(channels.trunk_forward_deg(), np.abs(channels.trunk_forward_deg()))]
    if rule.channel == "trunk_shortening":
        return [(channels.trunk_shortening_frac(), channels.trunk_shortening_frac())]
    if rule.channel == "pelvis_hike":
        with np.errstate(invalid="ignore"):
            leaning = bool((np.abs(bend[evidence.window]) > HIKE_MAX_BEND_DEG).any())
        return [] if leaning else [(hike, hike) for hike in map(channels.pelvis_hike_deg, attempt.legs)]
    shifts = [channels.knee_shift_frac(attempt.side.other)] if attempt.side is not None else []
    return [(shift, shift) for shift in shifts]


def _rise_s(time_s: Float, size: Float, begin: int, level: float) -> float:
    """When a departure rises over a level just before the frame ``begin``, by a straight line; else the time of that frame."""
    if begin == 0 or not np.isfinite(size[begin - 1]):
        return float(time_s[begin])
    low, high = size[begin - 1], size[begin]
    part = (level - low) / (high - low) if high > low else 1.0
    return float(time_s[begin - 1] + np.clip(part, 0.0, 1.0) * (time_s[begin] - time_s[begin - 1]))


def _reached_deg(time_s: Float, height_deg: Float, until_s: float) -> float:
    """Furthest that the leg had got by a moment, degrees from rest."""
    seen = np.isfinite(height_deg)
    at = float(np.interp(until_s, time_s[seen], height_deg[seen]))
    before = height_deg[seen & (time_s <= until_s)]
    return max(at, float(before.max())) if len(before) else at

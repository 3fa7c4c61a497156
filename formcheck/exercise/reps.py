"""From the movements of two legs to repetitions: paired when both moved, sized against the usual one, timed, or rejected with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from formcheck.exercise.curves import Curves
from formcheck.exercise.movements import LegCurve, Movement
from formcheck.exercise.session import Rejection
from formcheck.exercise.spec import ExerciseSpec
from formcheck.exercise.tempo import Tempo, tempo_of
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side

__all__ = ["Attempt", "attempts_of", "usual_height_deg"]

#: Two legs move as one when their movements share this part of the shorter one, and the smaller is this part of the larger.
SHARED_TIME = 0.5
SHARED_HEIGHT = 0.35
#: The leg one stands on seems to move, too, as the pelvis shifts over it: only this much makes a movement of both.
SHARED_HEIGHT_STANDING = 0.6
#: A gap this short inside a movement keeps it whole if the leg is at about the same height on both sides.
MENDABLE_GAP_S = 1.0
MENDED_HEIGHT = 0.5
#: This part of the time of a movement, and of a little before and after, must be in the posture of the exercise.
POSTURE_SHARE = 0.8
POSTURE_MARGIN_S = 0.5
#: A movement smaller than this part of the usual one is a fidget.
MENTIONED = 0.25
_REACH_S = 1.0
#: A movement is looked at with this much before and after it.
MARGIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A movement that may be a repetition. ``side`` is None for both legs; ``change_deg`` the curve it was timed on, positive outwards,
    from the frame ``first`` on, with a margin before and after.

    ``rejected`` is None for a full one; ``other_exercise`` gives the reason when it is no attempt at this exercise at all.
    """

    side: Side | None
    movement: Movement
    tempo: Tempo
    change_deg: Float
    first: int = 0
    rejected: Rejection | None = None
    other_exercise: str | None = None

    @property
    def legs(self) -> tuple[Side, ...]:
        """The legs that moved."""
        return (self.side,) if self.side is not None else tuple(Side)


def attempts_of(
    curves: Curves, legs: dict[Side, LegCurve], spec: ExerciseSpec, signs: frozenset[int], sides: frozenset[Side]
) -> list[Attempt]:
    """All attempts in order of start.

    Parameters
    ----------
    legs
        Curve of each leg.
    signs
        Signs of the angle that count; a movement in another one is in the wrong direction.
    sides
        Legs to look at.
    """
    moved = {side: _mended(curves.time_s, leg, leg.movements()) if side in sides else [] for side, leg in legs.items()}
    paired = _paired(curves, legs, moved, spec)
    usual = usual_height_deg((a.tempo.height_deg for a in paired if a.movement.sign in signs and not a.other_exercise), spec)
    judged = [_judged(attempt, usual, curves, spec, signs) for attempt in paired]
    return _without_fidgets([a for a in judged if a is not None], usual)


def usual_height_deg(heights: Iterable[float], spec: ExerciseSpec) -> float:
    """Height of the usual repetition: the median of all that could be one and are not unusually large. NaN for none."""
    large = [h for h in heights if h >= spec.reps.min_peak_deg]
    usual = [h for h in large if h <= spec.reps.max_usual_deg]
    return float(np.median(usual)) if usual else spec.reps.max_usual_deg if large else float("nan")


def _mended(time_s: Float, leg: LegCurve, movements: list[Movement]) -> list[Movement]:
    """Join the two halves of a movement that was lost from sight for a moment."""
    result: list[Movement] = []
    for movement in movements:
        before = result[-1] if result else None
        if before and before.open_stop and movement.open_start and before.sign == movement.sign:
            gap_s = time_s[movement.start] - time_s[before.stop - 1]
            left, right = leg.slow_deg[before.stop - 1], leg.slow_deg[movement.start]
            height = max(before.height_deg, movement.height_deg)
            if gap_s <= MENDABLE_GAP_S and abs(left - right) <= MENDED_HEIGHT * height:
                peak = before.peak if before.height_deg >= movement.height_deg else movement.peak
                result[-1] = replace(before, peak=peak, stop=movement.stop, height_deg=height, open_stop=movement.open_stop)
                continue
        result.append(movement)
    return result


def _paired(curves: Curves, legs: dict[Side, LegCurve], moved: dict[Side, list[Movement]], spec: ExerciseSpec) -> list[Attempt]:
    attempts = []
    used: set[int] = set()
    share = SHARED_HEIGHT_STANDING if spec.reps.both_legs == "never" else SHARED_HEIGHT
    for left in moved[Side.LEFT]:
        partner = next((r for r in moved[Side.RIGHT] if id(r) not in used and _together(curves.time_s, left, r, share)), None)
        if partner is None:
            attempts.append(_attempt(curves, {Side.LEFT: legs[Side.LEFT]}, left, moved[Side.LEFT], spec))
            continue
        used.add(id(partner))
        both = replace(
            left,
            start=min(left.start, partner.start),
            stop=max(left.stop, partner.stop),
            peak=(left.peak + partner.peak) // 2,
            height_deg=(left.height_deg + partner.height_deg) / 2,
            open_start=left.open_start and partner.open_start,
            open_stop=left.open_stop and partner.open_stop,
        )
        attempts.append(_attempt(curves, legs, both, moved[Side.LEFT] + moved[Side.RIGHT], spec))
    for right in moved[Side.RIGHT]:
        if id(right) not in used:
            attempts.append(_attempt(curves, {Side.RIGHT: legs[Side.RIGHT]}, right, moved[Side.RIGHT], spec))
    return sorted(attempts, key=lambda attempt: attempt.movement.start)


def _together(time_s: Float, a: Movement, b: Movement, share: float) -> bool:
    shared = time_s[min(a.stop, b.stop) - 1] - time_s[max(a.start, b.start)]
    shorter = min(time_s[m.stop - 1] - time_s[m.start] for m in (a, b))
    small, large = sorted((a.height_deg, b.height_deg))
    return bool(a.sign == b.sign and shared > SHARED_TIME * shorter and small >= share * large)


def _attempt(curves: Curves, legs: dict[Side, LegCurve], movement: Movement, siblings: list[Movement], spec: ExerciseSpec) -> Attempt:
    time = curves.time_s
    part = slice(*np.searchsorted(time, [time[movement.start] - MARGIN_S, time[movement.stop - 1] + MARGIN_S]))
    change = movement.sign * np.mean([leg.change_deg[part] for leg in legs.values()], axis=0)
    still = np.logical_and.reduce([leg.still[part] for leg in legs.values()])
    near = [_shifted(m, -part.start) for m in siblings if m.stop > part.start and m.start < part.stop]
    tempo = _timed(time[part], change, still, _shifted(movement, -part.start), near)
    side = next(iter(legs)) if len(legs) == 1 else None
    attempt = Attempt(side, movement, tempo, change, part.start)
    return replace(attempt, other_exercise=_other_exercise(attempt, curves, spec))


def _shifted(movement: Movement, by: int) -> Movement:
    return replace(movement, start=movement.start + by, peak=movement.peak + by, stop=movement.stop + by)


def _timed(time_s: Float, change: Float, still: np.ndarray, movement: Movement, siblings: list[Movement]) -> Tempo:
    earliest = max((max(m.stop, 0) for m in siblings if m.stop <= movement.start), default=0)
    latest = min((m.start for m in siblings if m.start >= movement.stop), default=len(time_s))
    start = max(earliest, int(np.searchsorted(time_s, time_s[movement.start] - _REACH_S)))
    stop = min(latest, int(np.searchsorted(time_s, time_s[movement.stop - 1] + _REACH_S)))
    while start < movement.start and not np.isfinite(change[start : movement.start + 1]).all():
        start += 1
    while stop > movement.stop and not np.isfinite(change[movement.stop - 1 : stop]).all():
        stop -= 1
    height = change[start:stop]
    seen = np.isfinite(height)
    if not seen.all():
        height = np.interp(time_s[start:stop], time_s[start:stop][seen], height[seen])
    # The leg rests until shortly before the first tenth of its way: a jerky start must not be drawn out by its slow mean.
    rest_before = np.flatnonzero(still[: movement.peak] & (time_s[: movement.peak] < time_s[movement.start] + 0.05))
    rest_after = np.flatnonzero(still[movement.peak :] & (time_s[movement.peak :] > time_s[movement.stop - 1] - 0.05))
    first_s = max(float(time_s[start]), float(time_s[rest_before[-1]]) - 0.2) if len(rest_before) else float(time_s[start])
    last = movement.peak + int(rest_after[0]) if len(rest_after) else stop - 1
    last_s = min(float(time_s[stop - 1]), float(time_s[last]) + 0.2) if len(rest_after) else float(time_s[stop - 1])
    tempo = tempo_of(time_s[start:stop], height, first_s, last_s)
    if seen.all():
        return tempo
    nan = float("nan")
    return replace(tempo, out_s=nan, hold_s=nan, back_s=nan, peak_speed_deg_s=nan)


def _other_exercise(attempt: Attempt, curves: Curves, spec: ExerciseSpec) -> str | None:
    inside = slice(attempt.movement.start, attempt.movement.stop)
    time = curves.time_s
    around = (time >= attempt.tempo.start_s - POSTURE_MARGIN_S) & (time <= attempt.tempo.end_s + POSTURE_MARGIN_S)
    if np.mean(curves.posture_ok[around & curves.person]) < POSTURE_SHARE:
        return "posture"
    if attempt.side is None and spec.reps.both_legs == "never":
        return "both_legs"
    if spec.reps.max_pelvis_shift_frac is not None and _pelvis_shift(attempt, curves) > spec.reps.max_pelvis_shift_frac:
        return "pelvis_moved"
    knees = [curves.knee_flexion_deg[side] for side in attempt.legs]
    if spec.reps.max_knee_flexion_deg is not None and any(_median(k[inside]) > spec.reps.max_knee_flexion_deg for k in knees):
        return "knee_bent"
    rest = spec.reps.min_rest_knee_flexion_deg
    if rest is not None and all(_median(k[inside]) < rest for k in knees):
        return "knee_straight"
    if attempt.tempo.end_s - attempt.tempo.start_s > spec.reps.max_duration_s:
        return "too_long"
    return None


def _median(value: Float) -> float:
    seen = value[np.isfinite(value)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _pelvis_shift(attempt: Attempt, curves: Curves) -> float:
    hips = curves.hip_xy[attempt.movement.start : attempt.movement.stop]
    hips = hips[np.isfinite(hips).all(axis=1)]
    shank = np.nanmean([curves.shank_px[side] for side in Side])
    if len(hips) == 0 or not shank > 0:
        return 0.0
    return float(np.percentile(np.linalg.norm(hips - hips[0], axis=1), 95) / shank)


def _judged(attempt: Attempt, usual: float, curves: Curves, spec: ExerciseSpec, signs: frozenset[int]) -> Attempt | None:
    """The attempt with its verdict, or None for a movement too small to mention."""
    height = attempt.tempo.height_deg
    full = max(spec.reps.min_peak_deg, spec.reps.min_peak_frac * usual if np.isfinite(usual) else 0.0)
    if attempt.movement.sign not in signs:
        return replace(attempt, rejected=Rejection.WRONG_DIRECTION) if height >= full else None
    if height < max(spec.reps.min_partial_deg, MENTIONED * usual if np.isfinite(usual) else 0.0):
        return None
    if attempt.movement.open_start or attempt.movement.open_stop:
        at_edge = attempt.movement.start <= 2 or attempt.movement.stop >= len(curves.time_s) - 2
        return replace(attempt, rejected=Rejection.PARTIAL if at_edge else Rejection.LOST_SIGHT)
    if height < full:
        return replace(attempt, rejected=Rejection.PARTIAL)
    if attempt.tempo.end_s - attempt.tempo.start_s < spec.reps.min_duration_s:
        return replace(attempt, rejected=Rejection.TOO_SHORT)
    return attempt


def _without_fidgets(attempts: list[Attempt], usual: float) -> list[Attempt]:
    """Leave out what the other leg does along with a larger movement, and small things of a leg that never works."""
    working = {leg for a in attempts if a.rejected is None and not a.other_exercise for leg in a.legs}
    kept = []
    for attempt in attempts:
        if attempt.rejected in (Rejection.PARTIAL, Rejection.WRONG_DIRECTION, Rejection.TOO_SHORT) and attempt.side is not None:
            along = any(_covers(other, attempt) for other in attempts if other is not attempt)
            idle = working and attempt.side not in working and not attempt.tempo.height_deg >= usual
            if along or idle:
                continue
        kept.append(attempt)
    return kept


def _covers(large: Attempt, small: Attempt) -> bool:
    a, b = large.movement, small.movement
    shared = min(a.stop, b.stop) - max(a.start, b.start)
    larger = large.tempo.height_deg > 1.5 * small.tempo.height_deg
    return large.side is not small.side and shared > SHARED_TIME * (b.stop - b.start) and larger

"""The analyzer: recorded landmarks in, a session report out. The same landmarks and options always give the same report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from formcheck.errors import NotMeasurableError, UsageError
from formcheck.exercise import notes, validity
from formcheck.exercise.channels import Channels
from formcheck.exercise.curves import ANGLE_CUTOFF_HZ, Curves, curves_of
from formcheck.exercise.faults import Evidence, faults_of
from formcheck.exercise.isolation import isolated
from formcheck.exercise.modelled import for_model
from formcheck.exercise.movements import LegCurve, leg_curve
from formcheck.exercise.preparation import prepared
from formcheck.exercise.reps import Attempt, attempts_of
from formcheck.exercise.session import Fault, NotMeasured, Phase, Rejection, Rep, SessionReport, Timeline
from formcheck.exercise.smoothness import VELOCITY_CUTOFF_HZ, Evenness, evenness_of, rest_speed_noise_deg_s
from formcheck.exercise.spec import ExerciseSpec, JerkRule, LimitRule
from formcheck.exercise.uncertainty import Intervals, intervals_of
from formcheck.motion.filters import slope, smoothed
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording

__all__ = ["HARD_LIMIT_DEG", "AnalysisOptions", "analyse"]

_PHASES = tuple(Phase)
#: No exercise is judged with a limit beyond this.
HARD_LIMIT_DEG = 45.0


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """What a user may choose for an analysis.

    ``direction`` None means the exercise's own; ``limit_deg`` None the exercise's own limit, else degrees from rest, over 0 and at most 90.
    ``limits_deg`` holds the limits of a person: by leg ("left", "right", "both") and name of the direction, before the general one;
    ``profile`` the name they are kept under. ``mirrored`` says that the film is a mirror image.
    """

    side: Literal["auto", "left", "right", "both"] = "auto"
    direction: str | None = None
    limit_deg: float | None = None
    limits_deg: Mapping[tuple[str, str], float] = field(default_factory=dict)
    profile: str | None = None
    mirrored: bool = False

    def checked(self, spec: ExerciseSpec) -> AnalysisOptions:
        """The options with the exercise's own values filled in.

        Raises
        ------
        UsageError
            A direction that the exercise does not have, or a limit out of range.
        """
        direction = self.direction or spec.default_direction
        known = [*spec.directions, "both"]
        if direction not in known:
            raise UsageError(f"{spec.id} has no direction {direction!r}; it has {', '.join(known)}.")
        for limit in (self.limit_deg, *self.limits_deg.values()):
            if limit is not None and not 0 < limit <= 90:
                raise UsageError(f"the limit must be over 0 and at most 90 degrees, got {limit:g}.")
        rule = spec.rule(LimitRule)
        own = min(rule.limit_deg, HARD_LIMIT_DEG) if rule else None
        return replace(self, direction=direction, limit_deg=self.limit_deg if self.limit_deg is not None else own)

    def limit_of(self, side: str, direction: str) -> float:
        """The over-rotation limit of a leg in a direction, of checked options: the person's own, else the general one, else infinity."""
        general = self.limit_deg if self.limit_deg is not None else float("inf")
        return self.limits_deg.get((side, direction), general)

    def signs(self, spec: ExerciseSpec) -> frozenset[int]:
        """Signs of the angle that count."""
        if self.direction == "both":
            return frozenset(spec.directions.values())
        return frozenset({spec.directions[self.direction or spec.default_direction]})

    @property
    def sides(self) -> frozenset[Side]:
        """Legs to look at."""
        return frozenset(Side) if self.side in ("auto", "both") else frozenset({Side(self.side)})


def analyse(recording: PoseRecording, spec: ExerciseSpec, options: AnalysisOptions | None = None) -> SessionReport:
    """Count, time and judge one recording.

    Raises
    ------
    NotMeasurableError
        Nobody is in view, or never in a posture and view in which this exercise can be measured: with the reason.
    UsageError
        The options do not fit the exercise.
    """
    options = (options or AnalysisOptions()).checked(spec)
    if len(recording) < 2:
        raise NotMeasurableError("the recording holds fewer than two pictures; nothing can be measured in it.")
    model = recording.source.get("model_name")
    spec = for_model(spec, str(model) if model is not None else None)
    ready = prepared(recording, options.mirrored)
    curves = curves_of(ready.measured, spec)
    notes.refuse_unmeasurable(curves, spec, ready.framing)
    camera = validity.camera_of(curves, ready.framing, spec.view.posture)
    off = validity.metrics_off(spec, camera, ready.framing)
    validity.refuse_uncountable(off)
    curves = validity.shown(curves, off)
    legs = {side: leg_curve(curves.time_s, curves.angle_deg[side], ANGLE_CUTOFF_HZ) for side in Side}
    attempts = attempts_of(curves, legs, spec, options.signs(spec), options.sides)
    if options.side == "both":
        attempts = [_of_both(a, spec) for a in attempts]
    mine = [a for a in attempts if a.other_exercise is None]
    channels = Channels(curves, _resting(legs, mine))
    intervals = intervals_of(curves, legs, spec, str(model) if model is not None else None)
    reps, faults, unseen = _judged(mine, curves, legs, channels, spec, options, intervals, off)
    reps = validity.shown_reps(reps, off)
    measured = {side: curves.leg_ok[side] & curves.posture_ok for side in Side}
    not_measured = notes.not_measured(recording, curves, spec, attempts, ready.framing, ready.swaps, off, unseen)
    return SessionReport(
        exercise=spec.id,
        title=spec.title,
        source={**recording.source, "frames": len(recording), "width": recording.image_size[0], "height": recording.image_size[1]},
        model={key: recording.source.get(f"model_{key}") for key in ("name", "sha256")},
        settings=_settings(spec, options),
        reps=tuple(reps),
        faults=tuple(faults),
        timeline=_timeline(curves, legs, channels, reps, spec, options, intervals),
        measured_fraction=_measured_fraction(measured, options, reps),
        view=notes.view(curves, recording, camera, ready.framing, ready.swaps, off),
        not_measured=tuple(not_measured),
        limit_deg=options.limit_deg if options.limit_deg is not None else float("nan"),
        target_reps=(spec.target.min_reps, spec.target.max_reps),
        shown_angle=spec.reps.angle.replace("_", " "),
        sides=tuple(sorted({rep.side_name for rep in reps if rep.counted})),
        limits_deg=_limits_of_legs(options),
        checked=_checked(spec, reps, unseen),
        directions=tuple(spec.directions),
    )


def _of_both(attempt: Attempt, spec: ExerciseSpec) -> Attempt:
    """With both legs asked for, one leg alone is a part of what should be done by two."""
    alone = attempt.side is not None and spec.reps.both_legs == "together" and attempt.rejected is None
    return replace(attempt, rejected=Rejection.PARTIAL) if alone else attempt


def _settings(spec: ExerciseSpec, options: AnalysisOptions) -> Mapping[str, Any]:
    return {
        "side": options.side,
        "direction": options.direction,
        "limit_deg": options.limit_deg,
        "limits_deg": _own_limits(options),
        "limit_source": _limit_source(spec, options),
        "profile": options.profile,
        "mirrored": options.mirrored,
        "angle_cutoff_hz": ANGLE_CUTOFF_HZ,
        "velocity_cutoff_hz": VELOCITY_CUTOFF_HZ,
        "min_peak_deg": spec.reps.min_peak_deg,
        "min_peak_frac": spec.reps.min_peak_frac,
    }


def _own_limits(options: AnalysisOptions) -> dict[str, dict[str, float]]:
    """The limits of the person's own by leg and then direction, of the directions that count; a leg without one is not there."""
    own: dict[str, dict[str, float]] = {}
    for (side, direction), limit in sorted(options.limits_deg.items()):
        if options.direction in (direction, "both"):
            own.setdefault(side, {})[direction] = limit
    return own


def _limit_source(spec: ExerciseSpec, options: AnalysisOptions) -> str | None:
    """Where the limits come from: "profile" (of the legs named in ``limits_deg``), "chosen", "exercise", or None without a limit."""
    if _own_limits(options):
        return "profile"
    if options.limit_deg is None:
        return None
    return "exercise" if options.limit_deg == AnalysisOptions().checked(spec).limit_deg else "chosen"


def _limits_of_legs(options: AnalysisOptions) -> dict[str, float]:
    return {side: min(limits.values()) for side, limits in _own_limits(options).items()}


def _resting(legs: dict[Side, LegCurve], attempts: list[Attempt]) -> npt.NDArray[np.bool_]:
    """(N,) True where no leg is in a movement and every leg that is seen is still."""
    still = np.ones(len(next(iter(legs.values())).time_s), bool)
    for leg in legs.values():
        still &= leg.still | np.isnan(leg.change_deg)
    for attempt in attempts:
        still[attempt.movement.start : attempt.movement.stop] = False
    return still


def _judged(
    attempts: list[Attempt],
    curves: Curves,
    legs: dict[Side, LegCurve],
    channels: Channels,
    spec: ExerciseSpec,
    options: AnalysisOptions,
    intervals: Intervals,
    off: Mapping[str, validity.Off],
) -> tuple[list[Rep], list[Fault], list[NotMeasured]]:
    names: dict[int, str] = {sign: name for name, sign in spec.directions.items()}
    jerk = next((rule for rule in spec.faults if isinstance(rule, JerkRule)), None)
    noise = {side: rest_speed_noise_deg_s(curves.time_s, _speed(leg), leg.still) for side, leg in legs.items()}
    reps: list[Rep] = []
    faults: list[Fault] = []
    unseen: list[NotMeasured] = []
    for number, attempt in enumerate(attempts, 1):
        tempo = attempt.tempo
        even = evenness_of(
            curves.time_s[attempt.first : attempt.first + len(attempt.change_deg)],
            attempt.change_deg,
            tempo,
            max(noise[leg] for leg in attempt.legs),
            jerk.min_phase_s if jerk else 0.8,
            jerk.slow_phase_s if jerk else 4.0,
        )
        found: list[Fault] = []
        if attempt.rejected is None:
            limit = options.limit_of(attempt.side.value if attempt.side is not None else "both", names.get(attempt.movement.sign, "other"))
            evidence = Evidence(curves.time_s, number, attempt, even, channels, limit, validity.reasons_of_faults(spec, off))
            found, hidden = faults_of(spec.faults, evidence)
            faults += found
            unseen += hidden
        rep = _rep(number, attempt, even, found, curves, legs, spec, names.get(attempt.movement.sign, "other"), intervals)
        if attempt.rejected is None:
            rep, no_clean_range = isolated(rep, spec.faults, evidence)
            unseen += [no_clean_range] if no_clean_range is not None else []
        reps.append(rep)
    return reps, faults, unseen


def _checked(spec: ExerciseSpec, reps: list[Rep], unseen: list[NotMeasured]) -> tuple[str, ...]:
    """Codes of the mistakes that could be looked for in at least one counted repetition, in the order of the rules."""
    hidden = {(item.what, item.start_s, item.end_s) for item in unseen}
    codes = dict.fromkeys(rule.code.value for rule in spec.faults)
    return tuple(code for code in codes if any(rep.counted and (code, rep.start_s, rep.end_s) not in hidden for rep in reps))


def _speed(leg: LegCurve) -> Float:
    return slope(leg.time_s, smoothed(leg.time_s, leg.change_deg, VELOCITY_CUTOFF_HZ))


def _rep(
    number: int,
    attempt: Attempt,
    even: Evenness,
    faults: list[Fault],
    curves: Curves,
    legs: dict[Side, LegCurve],
    spec: ExerciseSpec,
    direction: str,
    intervals: Intervals,
) -> Rep:
    tempo = attempt.tempo
    rest = float(np.mean([legs[leg].baseline_deg[attempt.movement.peak] for leg in attempt.legs]))
    shown = np.mean([curves.columns[f"{spec.reps.angle}_{leg.value}_deg"][attempt.movement.peak] for leg in attempt.legs])
    peak = rest + attempt.movement.sign * tempo.height_deg
    at_peak = attempt.movement.peak
    pm = max(intervals.pm_deg[f"{spec.reps.angle}_{leg.value}_deg"][at_peak] for leg in attempt.legs)
    return Rep(
        number=number,
        side=attempt.side,
        direction=direction,
        start_s=tempo.start_s,
        peak_s=tempo.peak_s,
        end_s=tempo.end_s,
        peak_deg=peak if np.isfinite(shown) else float("nan"),
        peak_pm_deg=float(pm),
        range_deg=tempo.height_deg if np.isfinite(shown) else float("nan"),
        out_s=tempo.out_s,
        hold_s=tempo.hold_s,
        back_s=tempo.back_s,
        peak_speed_deg_s=tempo.peak_speed_deg_s if np.isfinite(shown) else float("nan"),
        smoothness=even.smoothness,
        rejected=attempt.rejected,
        faults=tuple(fault.code for fault in faults),
        range_pm_deg=float(max(intervals.shown_pm_deg[leg][at_peak] for leg in attempt.legs)),
    )


def _measured_fraction(measured: dict[Side, npt.NDArray[np.bool_]], options: AnalysisOptions, reps: list[Rep]) -> float:
    """Share of the frames in which the legs that worked (or any leg, when none did) could be measured."""
    working = {rep.side for rep in reps if rep.counted and rep.side is not None}
    if any(rep.counted and rep.side is None for rep in reps):
        working = set(Side)
    sides = working or options.sides
    seen = np.logical_or.reduce([measured[side] for side in sides])
    return float(seen.mean())


def _timeline(
    curves: Curves,
    legs: dict[Side, LegCurve],
    channels: Channels,
    reps: list[Rep],
    spec: ExerciseSpec,
    options: AnalysisOptions,
    intervals: Intervals,
) -> Timeline:
    values = dict(curves.columns)
    for side in Side:
        for part, name in (("heel", "heel"), ("foot_index", "toe"), ("ankle", "ankle")):
            values[f"{name}_lift_{side.value}_frac"] = channels.part_lift_frac(side, part)
        values[f"foot_lift_{side.value}_frac"] = channels.foot_lift_frac(side, against_other=False)
    values["trunk_side_bend_deg"] = channels.trunk_side_bend_deg()
    values["trunk_shortening_frac"] = channels.trunk_shortening_frac()
    sign = spec.directions.get(options.direction or "", spec.directions[spec.default_direction])
    shown = {}
    phase = {}
    for side in Side:
        hidden = np.isnan(curves.columns[f"{spec.reps.angle}_{side.value}_deg"])
        shown[side] = np.where(hidden, np.nan, sign * legs[side].change_deg)
        phase[side] = _phases(curves.time_s, legs[side], [rep for rep in reps if rep.side in (side, None)])
    return Timeline(curves.time_s, values, shown, phase, curves.person, intervals.pm_deg, intervals.shown_pm_deg)


def _phases(time_s: Float, leg: LegCurve, reps: list[Rep]) -> npt.NDArray[np.int8]:
    phase = np.full(len(time_s), _PHASES.index(Phase.REST), np.int8)
    for rep in reps:
        half_hold = rep.hold_s / 2 if np.isfinite(rep.hold_s) else 0.0
        for name, start, end in (
            (Phase.OUT, rep.start_s, rep.peak_s - half_hold),
            (Phase.HOLD, rep.peak_s - half_hold, rep.peak_s + half_hold),
            (Phase.BACK, rep.peak_s + half_hold, rep.end_s),
        ):
            phase[(time_s >= start) & (time_s < end)] = _PHASES.index(name)
    phase[np.isnan(leg.change_deg)] = _PHASES.index(Phase.UNSEEN)
    return phase

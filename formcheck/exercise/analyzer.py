"""The analyzer: recorded landmarks in, a session report out. The same landmarks and options always give the same report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.exercise import notes, validity
from formcheck.exercise.breathing import Breathing, breathing_of
from formcheck.exercise.curves import ANGLE_CUTOFF_HZ, Curves
from formcheck.exercise.faults import faults_of
from formcheck.exercise.groundwork import Groundwork, groundwork
from formcheck.exercise.isolation import isolated
from formcheck.exercise.movements import LegCurve
from formcheck.exercise.options import HARD_LIMIT_DEG, AnalysisOptions
from formcheck.exercise.reps import Attempt
from formcheck.exercise.session import Fault, NotMeasured, Phase, Rep, SessionReport, Timeline
from formcheck.exercise.smoothness import VELOCITY_CUTOFF_HZ, Evenness
from formcheck.exercise.spec import ExerciseSpec, PhaseRule
from formcheck.exercise.uncertainty import Intervals
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording

__all__ = ["HARD_LIMIT_DEG", "AnalysisOptions", "analyse", "report_of"]

_PHASES = tuple(Phase)


def analyse(recording: PoseRecording, spec: ExerciseSpec, options: AnalysisOptions | None = None) -> SessionReport:
    """Count, time and judge one recording.

    Raises
    ------
    NotMeasurableError
        Nobody is in view, or never in a posture and view in which this exercise can be measured: with the reason.
    UsageError
        The options do not fit the exercise.
    """
    return report_of(groundwork(recording, spec, options))


def report_of(work: Groundwork) -> SessionReport:
    """Judge what was found in a recording."""
    recording, spec, options, curves = work.recording, work.spec, work.options, work.curves
    reps, faults, unseen = _judged(work)
    reps = validity.shown_reps(reps, work.off)
    measured = {side: curves.leg_ok[side] & curves.posture_ok for side in Side}
    framing, swaps = work.ready.framing, work.ready.swaps
    breathing = breathing_of(work.ready.measured, spec.breath, reps) if options.breath else None
    if breathing is not None:
        faults += breathing.faults
        unseen += breathing.not_measured
    not_measured = notes.not_measured(recording, curves, spec, work.attempts, framing, swaps, work.off, unseen)
    return SessionReport(
        exercise=spec.id,
        title=spec.title,
        source={**recording.source, "frames": len(recording), "width": recording.image_size[0], "height": recording.image_size[1]},
        model=_model_of(recording),
        settings=_settings(spec, options),
        reps=tuple(reps),
        faults=tuple(faults),
        timeline=_timeline(work, reps, breathing),
        measured_fraction=_measured_fraction(measured, options, reps),
        view=notes.view(curves, recording, work.camera, framing, swaps, work.off),
        not_measured=tuple(not_measured),
        limit_deg=options.limit_deg if options.limit_deg is not None else float("nan"),
        target_reps=(spec.target.min_reps, spec.target.max_reps),
        shown_angle=spec.reps.angle.replace("_", " "),
        sides=tuple(sorted({rep.side_name for rep in reps if rep.counted})),
        limits_deg=_limits_of_legs(options),
        checked=_checked(spec, reps, unseen) + (breathing.checked if breathing is not None else ()),
        directions=tuple(spec.directions),
        advised_s=(spec.target.out_s, spec.target.back_s),
        least_phase_s=_least_phase_s(spec),
        breath=breathing.report if breathing is not None else None,
    )


def _least_phase_s(spec: ExerciseSpec) -> Mapping[str, float]:
    """The longest of the times below which a phase is a mistake, of each phase that has one."""
    least: dict[str, float] = {}
    for rule in spec.faults:
        if isinstance(rule, PhaseRule):
            for phase in ("out", "back") if rule.phase == "any" else ("back",):
                least[phase] = max(rule.min_s, least.get(phase, 0.0))
    return least


def _settings(spec: ExerciseSpec, options: AnalysisOptions) -> Mapping[str, Any]:
    return {
        "side": options.side,
        "direction": options.direction,
        "limit_deg": options.limit_deg,
        "limits_deg": _own_limits(options),
        "limit_source": _limit_source(spec, options),
        "profile": options.profile,
        "mirrored": options.mirrored,
        "breath": options.breath,
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


def _judged(work: Groundwork) -> tuple[list[Rep], list[Fault], list[NotMeasured]]:
    curves, spec = work.curves, work.spec
    reps: list[Rep] = []
    faults: list[Fault] = []
    unseen: list[NotMeasured] = []
    for number, attempt in enumerate(work.of_this_exercise, 1):
        even = work.evenness(attempt)
        found: list[Fault] = []
        if attempt.rejected is None:
            evidence = work.evidence(number, attempt, even)
            found, hidden = faults_of(spec.faults, evidence)
            faults += found
            unseen += hidden
        rep = _rep(number, attempt, even, found, curves, work.legs, spec, work.direction_of(attempt), work.intervals)
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


def _timeline(work: Groundwork, reps: list[Rep], breathing: Breathing | None) -> Timeline:
    curves, legs, channels, spec, intervals = work.curves, work.legs, work.channels, work.spec, work.intervals
    values = dict(curves.columns)
    for side in Side:
        for part, name in (("heel", "heel"), ("foot_index", "toe"), ("ankle", "ankle")):
            values[f"{name}_lift_{side.value}_frac"] = channels.part_lift_frac(side, part)
        values[f"foot_lift_{side.value}_frac"] = channels.foot_lift_frac(side, against_other=False)
    values["trunk_side_bend_deg"] = channels.trunk_side_bend_deg()
    values["trunk_shortening_frac"] = channels.trunk_shortening_frac()
    if breathing is not None:
        values["breath"] = breathing.level
    sign = spec.directions.get(work.options.direction or "", spec.directions[spec.default_direction])
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


def _model_of(recording: PoseRecording) -> dict[str, Any]:
    """Name and hash of the pose model, and how it changed on the way where it did."""
    model = {key: recording.source.get(f"model_{key}") for key in ("name", "sha256")}
    changes = recording.source.get("model_changes")
    return model if changes is None else model | {"changes": changes}

"""A session held against a person's profile: the limits that follow from it, and today's range beside the comfortable one."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace

from formcheck.exercise import library
from formcheck.exercise.session import FaultCode, NotMeasured, RangeChange, Rep, SessionReport
from formcheck.exercise.spec import ExerciseSpec, LimitRule
from formcheck.profiles.calibration import MIN_REPS, usual_range
from formcheck.profiles.change import change_between
from formcheck.profiles.profile import ComfortRange, Profile, RangeKey

__all__ = ["held_against", "limits_deg"]


def limits_deg(profile: Profile, spec: ExerciseSpec) -> dict[tuple[str, str], float]:
    """The over-rotation limits of a person for an exercise, by leg and direction; empty when nothing is too far in it."""
    if spec.rule(LimitRule) is None:
        return {}
    present = (profile.present(key) for key in profile.keys if key.exercise == spec.id)
    return {(one.side, one.direction): one.limit.limit_deg for one in present if one is not None}


def held_against(report: SessionReport, profile: Profile, spec: ExerciseSpec) -> SessionReport:
    """The same session with today's range beside that of the profile, and with a line for what could not be compared.

    Today's range is the median of the repetitions without faults other than going too far, of at least three of them: as for the
    profile. It is not compared when the two were measured with different pose models, which read the same movement differently.
    """
    groups: dict[tuple[str, str], list[Rep]] = {}
    for rep in report.reps:
        if rep.counted:
            groups.setdefault((rep.side_name, rep.direction), []).append(rep)
    changes: list[RangeChange] = []
    notes: list[NotMeasured] = []
    for (side, direction), reps in sorted(groups.items()):
        own = profile.present(RangeKey(spec.id, direction, side))
        if own is None:
            notes += _no_range(report, profile, spec, side, direction)
            continue
        other_model = own.model and report.model.get("name") and own.model != report.model["name"]
        good = [rep for rep in reps if math.isfinite(rep.range_deg) and not set(rep.faults) - {FaultCode.OVER_ROTATION}]
        if other_model:
            notes.append(_other_model(report, own))
        elif len(good) < MIN_REPS:
            notes.append(_too_few(report, own, len(good)))
        else:
            changes.append(_change(own, good))
    together = sorted([*report.not_measured, *notes], key=lambda item: (item.start_s, item.what))
    return replace(report, against_profile=tuple(changes), not_measured=tuple(together))


def _change(own: ComfortRange, reps: list[Rep]) -> RangeChange:
    today = usual_range([rep.range_deg for rep in reps], [rep.range_pm_deg for rep in reps])
    change = change_between(own.comfortable_deg, own.known_pm_deg, today.median_deg, today.pm_deg)
    return RangeChange(
        side=own.side,
        direction=own.direction,
        comfortable_deg=own.comfortable_deg,
        comfortable_pm_deg=own.known_pm_deg,
        measured_on=own.measured_on,
        today_deg=today.median_deg,
        today_pm_deg=today.pm_deg,
        difference_deg=change.difference_deg,
        pm_deg=change.detectable_deg,
        changed=change.changed,
        limit_deg=own.limit.limit_deg,
        limit_capped=own.limit.capped,
    )


def _no_range(report: SessionReport, profile: Profile, spec: ExerciseSpec, side: str, direction: str) -> list[NotMeasured]:
    if spec.rule(LimitRule) is None:
        return []
    which = "both legs together" if side == "both" else f"the {side} leg"
    exercise = spec.id if spec.id in library.ids() else "FILE.toml"
    command = f"profile make {shlex.quote(profile.name)} VIDEO --exercise {exercise} --direction {direction}"
    used = f"the exercise's own limit of {report.limit_deg:.0f} degrees was used"
    reason = f"The profile {profile.name} holds no comfortable range of {which} going {direction}; {used}. To measure it: {command}"
    return [_note(report, "no_profile_range", reason)]


def _other_model(report: SessionReport, own: ComfortRange) -> NotMeasured:
    models = f"the profile was measured with the model {own.model}, this video with {report.model['name']}"
    reason = (
        f"{_whose(own).capitalize()}: {models}, and the two read the same movement differently; the limit may be too near or too far, "
        f"and the ranges are not compared. Use --model {own.model}, or make the range again."
    )
    return _note(report, "profile_other_model", reason)


def _too_few(report: SessionReport, own: ComfortRange, found: int) -> NotMeasured:
    reason = f"{_whose(own).capitalize()}: {MIN_REPS} repetitions done well are needed to compare with the profile, and there were {found}."
    return _note(report, "too_few_to_compare", reason, "comparison_with_profile")


def _whose(own: ComfortRange) -> str:
    return "both legs" if own.side == "both" else f"{own.side} leg"


def _note(report: SessionReport, code: str, reason: str, what: str = FaultCode.OVER_ROTATION.value) -> NotMeasured:
    time_s = report.timeline.time_s
    return NotMeasured(what, code, reason, float(time_s[0]), float(time_s[-1]))

"""What could not be measured, and why: in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from formcheck.errors import NotMeasurableError
from formcheck.exercise.curves import Curves
from formcheck.exercise.movements import LegCurve
from formcheck.exercise.reps import Attempt
from formcheck.exercise.session import NotMeasured
from formcheck.exercise.smoothness import MIN_FPS
from formcheck.exercise.spec import ExerciseSpec
from formcheck.motion.filters import median_step_s, true_runs
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from formcheck.motion.view import Posture

__all__ = ["not_measured", "refuse_unmeasurable", "view"]

#: At least this long, in all, somebody must be seen doing what the exercise needs.
MIN_MEASURABLE_S = 1.0
#: A shorter spell without a measurement is not worth a line.
MIN_SPELL_S = 0.5

_WORDS = {Posture.SEATED: "sitting", Posture.STANDING: "standing", Posture.LYING: "lying", Posture.UNKNOWN: "in another position"}

_OTHER_EXERCISE = {
    "posture": "you were not {posture} as this exercise needs",
    "both_legs": "both legs moved at once, which is not this exercise",
    "pelvis_moved": "the whole body moved along, not just the leg",
    "knee_bent": "the moving knee was bent, and this exercise keeps it straight",
    "knee_straight": "the knees were straight, and this exercise bends them",
    "too_long": "the leg stayed away too long for a repetition",
}


def refuse_unmeasurable(curves: Curves, spec: ExerciseSpec) -> None:
    """Raise NotMeasurableError when there is nothing in the recording to measure this exercise on."""
    step = median_step_s(curves.time_s)
    need = min(MIN_MEASURABLE_S, 0.5 * float(curves.time_s[-1] - curves.time_s[0]))
    if curves.person.sum() * step < need:
        raise NotMeasurableError("nobody is in view with hips and legs; step back until your whole body is in the picture.")
    legs = np.logical_or.reduce(list(curves.leg_ok.values()))
    if legs.sum() * step < need:
        raise NotMeasurableError("the legs cannot be seen; step back or lower the camera until both feet are in the picture.")
    if (curves.posture_ok & legs).sum() * step >= need:
        return
    right_posture = curves.posture == spec.view.posture
    if (right_posture & legs).sum() * step >= need and abs(curves.yaw_deg) > spec.view.max_yaw_deg:
        raise NotMeasurableError(
            f"you are turned too far from the camera for this exercise (about {abs(curves.yaw_deg):.0f} degrees); turn to face it."
        )
    if _usual_posture(curves) == _WORDS[spec.view.posture]:
        kept = _WORDS[spec.view.posture]
        raise NotMeasurableError(f"nobody keeps {kept} long enough to measure {spec.title.lower()}; record a whole set.")
    raise NotMeasurableError(
        f"{spec.title.lower()} is done {_WORDS[spec.view.posture]}, and the person in view is {_usual_posture(curves)}; "
        "choose the right exercise with --exercise, or put the camera where its instructions say."
    )


def _usual_posture(curves: Curves) -> str:
    found, counts = np.unique([str(p) for p in curves.posture[curves.person]], return_counts=True)
    return _WORDS[Posture(str(found[int(np.argmax(counts))]))]


def view(curves: Curves, recording: PoseRecording) -> dict[str, Any]:
    """What is known of the camera's view of the person."""
    shanks = [curves.shank_px[side] for side in Side if np.isfinite(curves.shank_px[side])]
    several = int(recording.people.max()) if len(recording.people) else None
    return {
        "posture": Posture(_most_common(curves)).value,
        "yaw_deg": round(curves.yaw_deg, 1) if np.isfinite(curves.yaw_deg) else None,
        "shank_px": round(float(np.mean(shanks)), 1) if shanks else None,
        "person_fraction": round(float(curves.person.mean()), 4),
        "most_people": several,
    }


def _most_common(curves: Curves) -> str:
    found, counts = np.unique([str(p) for p in curves.posture], return_counts=True)
    return str(found[int(np.argmax(counts))])


def not_measured(
    recording: PoseRecording,
    curves: Curves,
    spec: ExerciseSpec,
    attempts: list[Attempt],
    legs: dict[Side, LegCurve],
    measured: dict[Side, npt.NDArray[np.bool_]],
    unseen: Iterable[NotMeasured],
) -> list[NotMeasured]:
    """Everything that was looked for and could not be measured, in order of time."""
    first, last = float(curves.time_s[0]), float(curves.time_s[-1])
    found = [NotMeasured(item.code.value, "not_measurable_here", item.reason, first, last) for item in spec.not_measurable]
    found += _spells(curves, measured)
    if len(recording.people) and recording.people.max() > 1:
        times = recording.people_time_s[recording.people > 1]
        reason = "Somebody else was in view; make sure that only the person who exercises is in the picture."
        found.append(NotMeasured("person", "several_people", reason, float(times[0]), float(times[-1])))
    if spec.view.posture is not Posture.LYING and abs(curves.yaw_deg) > spec.view.max_angle_yaw_deg:
        turned = f"You are turned about {abs(curves.yaw_deg):.0f} degrees from the camera"
        reason = f"{turned}: repetitions are counted, angles are not shown. Face the camera."
        found.append(NotMeasured(spec.reps.angle, "turned_away", reason, first, last))
    step = median_step_s(curves.time_s)
    if step > 1 / MIN_FPS + 1e-3:
        reason = f"At {1 / step:.0f} pictures a second the evenness of a movement cannot be followed; {MIN_FPS:.0f} are needed."
        found.append(NotMeasured("jerky", "low_frame_rate", reason, first, last))
    for attempt in attempts:
        if attempt.other_exercise:
            words = _OTHER_EXERCISE[attempt.other_exercise].format(posture=_WORDS[spec.view.posture])
            reason = f"A movement was left out: {words}."
            found.append(NotMeasured("repetition", attempt.other_exercise, reason, attempt.tempo.start_s, attempt.tempo.end_s))
    return sorted(_joined([*found, *unseen]), key=lambda item: (item.start_s, item.what))


def _spells(curves: Curves, measured: dict[Side, npt.NDArray[np.bool_]]) -> list[NotMeasured]:
    """Stretches in which nobody, or no leg, or another posture was seen."""
    legs = np.logical_or.reduce(list(curves.leg_ok.values()))
    causes = [
        ("person", "nobody", "Nobody was in view with hips and legs.", ~curves.person),
        ("legs", "legs_hidden", "The legs were hidden or outside the picture.", curves.person & ~legs),
        ("posture", "other_posture", "The body was not in the position of this exercise.", curves.person & legs & ~curves.posture_ok),
    ]
    found = []
    for what, code, reason, where in causes:
        for start, stop in true_runs(where):
            if curves.time_s[stop - 1] - curves.time_s[start] >= MIN_SPELL_S:
                found.append(NotMeasured(what, code, reason, float(curves.time_s[start]), float(curves.time_s[stop - 1])))
    return found


def _joined(items: list[NotMeasured]) -> list[NotMeasured]:
    """One line for the same reason said of several stretches, from the first to the last."""
    joined: dict[tuple[str, str, str], NotMeasured] = {}
    for item in items:
        key = (item.what, item.code, item.reason)
        if key in joined:
            before = joined[key]
            joined[key] = NotMeasured(*key, min(before.start_s, item.start_s), max(before.end_s, item.end_s))
        else:
            joined[key] = item
    return list(joined.values())

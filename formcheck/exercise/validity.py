"""Which metric may be shown in which view: each is switched on, or off with a reason code and a sentence that says what to do.

What can still be counted is counted: a camera that is too high takes the angle away, not the repetitions. The limits are data, in the
``[view]`` tables of the exercise files; ``docs/views.md`` lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from formcheck.errors import NotMeasurableError
from formcheck.exercise.curves import Curves
from formcheck.exercise.session import NotMeasured, Rep
from formcheck.exercise.smoothness import MIN_FPS
from formcheck.exercise.spec import (
    ANGLES,
    METRICS,
    DeviationRule,
    ExerciseSpec,
    FeetApartRule,
    FootRule,
    JerkRule,
    Metric,
    MetricView,
    PhaseRule,
)
from formcheck.motion.framing import CameraView, Framing
from formcheck.motion.landmarks import Side
from formcheck.motion.restfit import assumed_rest
from formcheck.motion.view import Posture

__all__ = [
    "CODES",
    "Off",
    "camera_of",
    "cut_sentence",
    "metric_of",
    "metrics_off",
    "notes_of",
    "reasons_of_faults",
    "refuse_uncountable",
    "shown",
    "shown_reps",
    "turned_sentence",
]

#: Reason codes of this module and of `formcheck.exercise.notes`, and what each means.
CODES: dict[str, str] = {
    "turned_away": "the person is turned too far from the camera",
    "facing_away": "the person has their back to the camera",
    "camera_too_high": "the camera looks down too steeply",
    "camera_too_low": "the camera looks up too steeply",
    "camera_tilted": "the camera is not upright",
    "too_far": "the person is too small in the picture",
    "too_near": "the person is so near that perspective bends the picture",
    "cut_off": "a part of the body is outside the picture",
    "legs_hidden": "the legs are in the picture and cannot be seen",
    "nobody": "nobody is in view",
    "other_person": "the body in view is not the one that exercises",
    "several_people": "more than one person is in view",
    "other_posture": "the body is not in the position of the exercise",
    "sides_swapped": "left and right were exchanged for some frames, and put right",
    "legs_in_one": "one leg was drawn where the other is",
    "mirrored": "left and right contradict the way the body faces",
    "low_frame_rate": "too few pictures a second",
    "hidden": "the landmarks that a check needs were hidden, or too noisy",
    "not_measurable_here": "no view of this exercise, or not this pose model, can show it",
}

#: Fewer frames a second leave less than ten pictures of a phase of one second: its length is not told to 10 % any more.
MIN_TEMPO_FPS = 10.0
_MIN_FPS: dict[str, float] = {"jerk": MIN_FPS, "tempo": MIN_TEMPO_FPS}
#: Beyond this the person is seen from behind.
BEHIND_DEG = 120.0
#: A part that is cut off for more than this share of the time is one that the view does not show.
MAX_CUT = 0.5
#: Metrics that do not ask which leg is which, or which way is inwards.
_WITHOUT_SIDES = {"count", "tempo", "jerk", "foot_lift", "feet_apart", "trunk_shortening", "trunk_forward", "knee_flexion"}

_NAMES: dict[str, str] = {
    "count": "repetitions",
    "foot_lift": "a lifted foot",
    "feet_apart": "the gap of the feet",
    "trunk_side_bend": "a lean of the trunk",
    "trunk_forward": "a forward lean",
    "trunk_shortening": "a change of the trunk",
    "pelvis_hike": "a hitched hip",
    "knee_drift": "a drift of the resting knee",
    "tempo": "the tempo",
    "jerk": "the evenness of a movement",
}
_PARTS = {"head": "Your head is", "shoulder": "Your shoulders are", "hip": "Your hips are", "knee": "Your knees are"}
_PARTS |= {"ankle": "Your feet are", "foot": "Your feet are"}
_CURES = {
    "bottom": "step back or tilt the camera down until both feet are in the picture.",
    "top": "step back or tilt the camera up until your head is in the picture.",
    "left": "move to the middle of the picture.",
    "right": "move to the middle of the picture.",
}
_PLACES = {"bottom": "at the bottom", "top": "at the top", "left": "at its left border", "right": "at its right border"}


@dataclass(frozen=True, slots=True)
class Off:
    """A metric that is switched off: a code of `CODES` and a sentence for people."""

    code: str
    reason: str


def camera_of(curves: Curves, framing: Framing, posture: Posture) -> CameraView:
    """Where the camera is, as far as is known: of a seated person by the fit of the rest pose, of a standing one its turn and roll.

    The fit expects a camera that is held straight; where the whole body stands askew in the picture, it is the camera.
    """
    if posture is Posture.LYING:
        return CameraView(yaw_deg=curves.yaw_deg)
    if curves.seated is None:
        return CameraView(yaw_deg=curves.yaw_deg, roll_deg=framing.roll_deg, roll_sd_deg=framing.roll_sd_deg)
    view = _fitted(curves)
    if not abs(framing.roll_deg) - framing.roll_sd_deg <= abs(view.roll_deg):
        return replace(view, roll_deg=framing.roll_deg, roll_sd_deg=framing.roll_sd_deg)
    return view


def _fitted(curves: Curves) -> CameraView:
    assert curves.seated is not None
    pose, sd = curves.seated.fit.pose, curves.seated.fit.sd
    if sd["pitch_deg"] >= assumed_rest(0.0, (640, 480), 100.0).sd["pitch_deg"]:
        # No pose could be fitted: these are the usual values, and nothing was measured.
        return CameraView(yaw_deg=curves.yaw_deg)
    return CameraView(
        curves.yaw_deg,
        pose.pitch_deg,
        pose.roll_deg,
        pose.distance_shanks,
        *(sd.get(key, float("nan")) for key in ("yaw_deg", "pitch_deg", "roll_deg")),
    )


def metrics_off(spec: ExerciseSpec, view: CameraView, framing: Framing) -> Mapping[str, Off]:
    """Metrics that this view cannot show, each with its reason; whatever is not named may be shown.

    What is unknown of a view (NaN) switches nothing off. A roll counts as beyond its limit when it is so by its standard deviation: it is
    told from the lines of a body, and a metric is not taken away because these do not agree.
    """
    found: dict[str, Off] = {}
    own_tables = {item.metric for item in spec.view.metrics}
    for metric in METRICS:
        # The view's limit for angles is that of the hip, and of whatever angle is counted; others are columns of a table.
        if metric in ANGLES and metric not in {"hip_rotation", "hip_abduction", spec.reps.angle} | own_tables:
            continue
        # Without a table of its own, counting goes by the turn of each frame, not of the whole.
        if metric == "count" and metric not in own_tables:
            continue
        off = _off(spec, spec.view.of(metric), view, framing)
        if off is not None:
            found[metric] = off
    return found


def _off(spec: ExerciseSpec, limits: MetricView, view: CameraView, framing: Framing) -> Off | None:
    name = _NAMES.get(limits.metric, f"the {limits.metric.replace('_', ' ')}")
    if framing.mirrored and limits.metric not in _WITHOUT_SIDES:
        return Off("mirrored", "Left and right contradict the way you face, as if the film were changed; film again, without mirroring.")
    if spec.view.posture is not Posture.LYING and limits.max_yaw_deg is not None and abs(view.yaw_deg) > limits.max_yaw_deg:
        code = "facing_away" if abs(view.yaw_deg) > BEHIND_DEG else "turned_away"
        counts = "repetitions are counted, angles are not shown" if limits.metric in ANGLES else f"{name} cannot be told from there"
        return Off(code, f"{turned_sentence(view.yaw_deg)}: {counts}. {_turn(spec, code)}")
    tilted = _tilted(limits, view, name)
    if tilted is not None:
        return tilted
    if limits.min_shank_px is not None and framing.shank_px < limits.min_shank_px:
        small = f"You are small in the picture (a shin of {framing.shank_px:.0f} pixels)"
        return Off("too_far", f"{small}; for {name} come nearer, or film with more pixels: {limits.min_shank_px:.0f} are needed.")
    if limits.min_distance_shanks is not None and view.distance_shanks < limits.min_distance_shanks:
        return Off("too_near", f"You are so near to the camera that {name} is bent by perspective; step back to about 2 m.")
    for part in limits.needs:
        share, border = framing.cut_fraction(part)
        if share > MAX_CUT:
            return Off("cut_off", cut_sentence(part, border))
    least = _MIN_FPS.get(limits.metric)
    if least is not None and 1 / framing.fps > 1 / least + 1e-3:
        of = f"{name} cannot be followed"
        return Off("low_frame_rate", f"At {framing.fps:.0f} pictures a second {of}; {least:.0f} are needed.")
    return None


def _tilted(limits: MetricView, view: CameraView, name: str) -> Off | None:
    if limits.max_pitch_deg is not None and abs(view.pitch_deg) > limits.max_pitch_deg:
        if view.pitch_deg > 0:
            looks = f"The camera looks down on you by about {view.pitch_deg:.0f} degrees"
            return Off("camera_too_high", f"{looks}, too steeply for {name}. Put it lower, at knee height.")
        looks = f"The camera looks up at you by about {-view.pitch_deg:.0f} degrees"
        return Off("camera_too_low", f"{looks}, too steeply for {name}. Put it higher, at knee height.")
    if limits.max_roll_deg is not None and abs(view.roll_deg) - np.nan_to_num(view.roll_sd_deg) > limits.max_roll_deg:
        return Off(
            "camera_tilted", f"The camera is tilted by about {abs(view.roll_deg):.0f} degrees, too much for {name}. Hold it upright."
        )
    return None


def turned_sentence(yaw_deg: float) -> str:
    """Say how far somebody is turned, without a full stop."""
    if abs(yaw_deg) > BEHIND_DEG:
        return "You have your back to the camera"
    return f"You are turned about {abs(yaw_deg):.0f} degrees from the camera"


def _turn(spec: ExerciseSpec, code: str) -> str:
    if code == "facing_away":
        return "Turn round to face it."
    return "Turn your chair to face the camera." if spec.view.posture is Posture.SEATED else "Face the camera."


def cut_sentence(part: str, border: str) -> str:
    """Say which part a border cuts off, and what to do."""
    return f"{_PARTS[part]} outside the picture {_PLACES[border]}; {_CURES[border]}"


def metric_of(rule: Any, spec: ExerciseSpec) -> Metric:
    """The metric that a fault rule looks at."""
    if isinstance(rule, DeviationRule):
        return "knee_drift" if rule.channel == "other_knee_shift" else rule.channel
    if isinstance(rule, FootRule):
        return "foot_lift"
    if isinstance(rule, FeetApartRule):
        return "feet_apart"
    if isinstance(rule, PhaseRule):
        return "tempo"
    return "jerk" if isinstance(rule, JerkRule) else spec.reps.angle


def reasons_of_faults(spec: ExerciseSpec, off: Mapping[str, Off]) -> dict[str, Off]:
    """Codes of the mistakes that cannot be looked for in this view, and why."""
    return {rule.code.value: off[metric_of(rule, spec)] for rule in spec.faults if metric_of(rule, spec) in off}


def refuse_uncountable(off: Mapping[str, Off]) -> None:
    """Raise NotMeasurableError where the exercise's own file says that in such a view it cannot be counted either."""
    if "count" in off:
        raise NotMeasurableError(off["count"].reason)


def shown(curves: Curves, off: Mapping[str, Off]) -> Curves:
    """The curves without what may not be shown: columns of a metric that is off are NaN. What is counted on stays."""
    if not off:
        return curves
    columns = dict(curves.columns)
    for name in columns:
        if _metric_of_column(name) in off:
            columns[name] = np.full(len(curves.time_s), np.nan)
    hidden: dict[str, Any] = {"columns": columns}
    if "foot_lift" in off:
        hidden["feet_px"] = {key: np.full(len(value), np.nan) for key, value in curves.feet_px.items()}
    if "feet_apart" in off:
        hidden["foot_gap_px"] = np.full(len(curves.foot_gap_px), np.nan)
    if "trunk_shortening" in off:
        hidden["trunk_ratio"] = np.full(len(curves.trunk_ratio), np.nan)
    return replace(curves, **hidden)


_OF_COLUMN = {
    "trunk_lean_deg": "trunk_side_bend",
    "shoulder_tilt_deg": "trunk_side_bend",
    "trunk_forward_deg": "trunk_forward",
    "pelvis_obliquity_deg": "pelvis_hike",
}


def _metric_of_column(name: str) -> str | None:
    for side in Side:
        name = name.replace(f"_{side.value}_deg", "")
    return _OF_COLUMN.get(name, name)


def shown_reps(reps: Iterable[Rep], off: Mapping[str, Off]) -> list[Rep]:
    """The repetitions without the times of their phases where the tempo cannot be told."""
    if "tempo" not in off:
        return list(reps)
    nan = float("nan")
    return [replace(rep, out_s=nan, hold_s=nan, back_s=nan, peak_speed_deg_s=nan) for rep in reps]


def notes_of(spec: ExerciseSpec, off: Mapping[str, Off], first_s: float, last_s: float) -> list[NotMeasured]:
    """What the view hides of this exercise: its angle, and the mistakes that cannot be looked for."""
    hidden: dict[str, Off] = {spec.reps.angle: off[spec.reps.angle]} if spec.reps.angle in off else {}
    hidden |= reasons_of_faults(spec, off)
    return [NotMeasured(what, item.code, item.reason, first_s, last_s) for what, item in hidden.items()]

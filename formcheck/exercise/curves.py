"""From landmarks to the curves an exercise is judged by: angles per leg, trunk, feet, and where each may be believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.exercise.columns import columns_of
from formcheck.exercise.seated import SeatedLegs, seated_legs
from formcheck.exercise.spec import ExerciseSpec
from formcheck.motion import angles
from formcheck.motion.filters import smoothed
from formcheck.motion.gates import gated_points, leg_seen, person_seen
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import Side
from formcheck.motion.recording import PoseRecording
from formcheck.motion.view import Posture, body_yaw_deg, kept_up, postures

__all__ = ["ANGLE_CUTOFF_HZ", "Curves", "curves_of"]

#: Cut-off for angles, zero-lag; slower than the movement's own content (D.2 of docs/measurement.md).
ANGLE_CUTOFF_HZ = 6.0
#: Whoever sits, stands or lies for an exercise stays so for at least this long; the model may miss it for a moment.
MIN_POSTURE_S = 3.0
MAX_POSTURE_GAP_S = 1.0
MAX_REPETITION_GAP_S = 5.0


@dataclass(frozen=True, eq=False)
class Curves:
    """Measured curves of a recording, (N,) each, before any rest is subtracted. NaN: not measured.

    Attributes
    ----------
    person
        Somebody who passed the gates is in view.
    posture_ok
        The person is in the posture of the exercise and turned to the camera far enough.
    posture
        `Posture` of each frame.
    leg_ok
        Per side: hip, knee and ankle seen.
    yaw_deg
        The person's turn from the camera, one number for the recording; NaN when unknown.
    angle_deg
        Per side the counted angle, clipped at the ends of what this view can show: good for counting.
    columns
        The columns of ``frames.csv``, smoothed.
    shank_px
        Per side the usual length of the shank in the picture.
    feet
        Per side and part ("heel", "foot_index", "ankle"): height in the picture, px upwards; NaN unseen.
    knee_xy, foot_gap_px, trunk_px, shoulder_px
        Knee positions, distance of the feet, lengths of trunk and shoulder line, px.
    seated
        The legs of a seated person with the rest pose and camera they were read with; None for the other postures.
    """

    time_s: Float
    person: npt.NDArray[np.bool_]
    posture_ok: npt.NDArray[np.bool_]
    posture: npt.NDArray[np.object_]
    leg_ok: dict[Side, npt.NDArray[np.bool_]]
    yaw_deg: float
    angle_deg: dict[Side, Float]
    columns: dict[str, Float]
    shank_px: dict[Side, float]
    feet_px: dict[tuple[Side, str], Float]
    knee_xy: dict[Side, Float]
    hip_xy: Float
    foot_gap_px: Float
    trunk_ratio: Float
    knee_flexion_deg: dict[Side, Float]
    seated: SeatedLegs | None = None


def curves_of(recording: PoseRecording, spec: ExerciseSpec) -> Curves:
    """All curves of a recording for one exercise."""
    time = recording.time_s
    image, world = gated_points(recording)
    person = person_seen(recording)
    image[~person] = np.nan
    world[~person] = np.nan
    posture = postures(image)
    seated = spec.view.posture is Posture.SEATED
    yaw_each = np.abs(body_yaw_deg(world, seated)) if spec.view.posture is not Posture.LYING else np.zeros(len(time))
    in_posture = np.asarray(posture == spec.view.posture)
    yaw = _usual_yaw_deg(world, in_posture, seated) if spec.view.posture is not Posture.LYING else float("nan")
    leg_ok = {side: leg_seen(recording, image, side) for side in Side}
    legs = _seated_legs(recording, image, yaw, in_posture, spec) if seated else None
    if legs is not None and abs(yaw) <= spec.view.max_angle_yaw_deg:
        yaw = legs.fit.pose.yaw_deg
    columns = columns_of(time, image, world, spec, yaw, legs)
    counted = {}
    for side in Side:
        angle = _counted_angle(spec, side, columns, legs)
        angle[~leg_ok[side]] = np.nan
        counted[side] = angle
        for name in list(columns):
            if f"_{side.value}_" in name:
                columns[name][~leg_ok[side]] = np.nan
    with np.errstate(invalid="ignore"):
        faced = in_posture & ~(yaw_each > spec.view.max_yaw_deg)
        posture_ok = _kept_posture(time, faced, moves=spec.reps.max_pelvis_shift_frac is None)
        trunk_ratio = angles.trunk_length(image) / np.linalg.norm(
            angles.point(image, Side.LEFT, "shoulder") - angles.point(image, Side.RIGHT, "shoulder"), axis=-1
        )
    smooth = {name: smoothed(time, value, ANGLE_CUTOFF_HZ) for name, value in columns.items()}
    return Curves(
        time,
        person,
        posture_ok,
        posture,
        leg_ok,
        yaw,
        counted,
        smooth,
        {side: _usual(angles.shank_length(image, side)) for side in Side},
        {
            (side, part): -np.asarray(angles.point(image, side, part)[:, 1], np.float64)
            for side in Side
            for part in ("heel", "foot_index", "ankle")
        },
        {side: np.asarray(angles.point(image, side, "knee"), np.float64) for side in Side},
        angles.middle(image, "hip"),
        _feet_gap_px(image),
        np.asarray(trunk_ratio, np.float64),
        {side: angles.knee_flexion_deg(world, side) for side in Side},
        legs,
    )


def _kept_posture(time: Float, faced: npt.NDArray[np.bool_], moves: bool) -> npt.NDArray[np.bool_]:
    """Posture through the whole exercise. A body that moves as one (a squat) leaves its posture in each repetition and comes back."""
    least_s = min(MIN_POSTURE_S, 0.5 * float(time[-1] - time[0]))
    return kept_up(time, faced, least_s, MAX_REPETITION_GAP_S if moves else MAX_POSTURE_GAP_S)


def _usual(value: Float) -> float:
    seen = value[np.isfinite(value)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _usual_yaw_deg(world: npt.NDArray[np.floating], where: npt.NDArray[np.bool_], seated: bool) -> float:
    return _usual(body_yaw_deg(world[where], seated))


def _seated_legs(
    recording: PoseRecording, image: npt.NDArray[np.floating], yaw: float, in_posture: npt.NDArray[np.bool_], spec: ExerciseSpec
) -> SeatedLegs:
    limit = spec.view.max_angle_yaw_deg
    return seated_legs(recording.time_s, image, recording.image_size, float(np.clip(np.nan_to_num(yaw), -limit, limit)), in_posture)


def _counted_angle(spec: ExerciseSpec, side: Side, columns: dict[str, Float], legs: SeatedLegs | None) -> Float:
    if spec.reps.angle == "hip_rotation" and legs is not None:
        return legs.legs[side].counted_deg.copy()
    return columns[f"{spec.reps.angle}_{side.value}_deg"].copy()


def _feet_gap_px(image: npt.NDArray[np.floating]) -> Float:
    gaps = [
        np.linalg.norm(angles.point(image, Side.LEFT, part) - angles.point(image, Side.RIGHT, part), axis=-1) for part in ("ankle", "heel")
    ]
    return np.asarray(np.fmax(gaps[0], gaps[1]), np.float64)

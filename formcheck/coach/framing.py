"""Whether camera and person are where they should be, from one pose and what is known of the picture."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from formcheck.coach.moment import FramingHint, FramingVerdict
from formcheck.exercise.spec import ExerciseSpec
from formcheck.motion.angles import knee_flexion_deg, middle, segment, shank_length, trunk_length, trunk_vector
from formcheck.motion.gates import MIN_SHANK_PX, MIN_VISIBILITY, person_seen
from formcheck.motion.landmarks import Landmark, PoseFrame, Side
from formcheck.motion.recording import PoseRecording
from formcheck.motion.view import Posture, body_yaw_deg, postures

__all__ = ["PictureStats", "framing_verdict"]

#: Judgement on a scale of 0 black to 1 white, mean of the picture: in a dim room the model still works at 0.1, below it guesses.
DARKEST, BRIGHTEST = 0.10, 0.92
#: Under this no picture at all: a lens that is covered, or a camera that sends black.
BLACK = 0.02
#: The angles of a view are shown up to a yaw; before a set it is asked for this much less, so that nobody drifts over it.
YAW_MARGIN_DEG = 5.0
#: A body of more than this part of the picture's height leaves no room for the movement.
TALLEST = 0.97
#: Judgement: a quarter more than the shank that the counted angle needs, so that turning does not lose it.
SHANK_MARGIN = 1.25
#: The picture leans when the trunk and both shins lean the same way by at least this, or by the roll that the angle allows.
LEAN_DEG = 15.0
#: Seated, the knees lie this part of a shank under the hips: about 0.2 from a camera at knee height 2 m away, and each 10 degrees from
#: above add 0.2 (pinhole geometry). 0.5 is 20-25 degrees too high, -0.25 about 20 too low.
SEATED_KNEE_DROP = (-0.25, 0.50)
#: Standing, hip to ankle over trunk is about 1.65 from hip height. From 2 m, 25 degrees from above make it 1.3 and 25 from below 2.15;
#: from further away less, so that a tilt is told only of somebody near.
STANDING_LEG_PER_TRUNK = (1.30, 2.15)
#: A knee bent more than this belongs to somebody who sits.
SITTING_KNEE_DEG = 55.0

_ASK_FOR = {Posture.SEATED: FramingHint.SIT_DOWN, Posture.STANDING: FramingHint.STAND_UP, Posture.LYING: FramingHint.LIE_DOWN}
_LEG = ("hip", "knee", "ankle")
_FOOT = ("heel", "foot_index")
_ORDER = tuple(FramingHint)


@dataclass(frozen=True, slots=True)
class PictureStats:
    """What is known of the picture besides the pose.

    ``brightness`` is the mean of the grey picture, 0 black to 1 white, NaN when not looked at; ``people`` how many were found, None when
    not looked for.
    """

    brightness: float = float("nan")
    people: int | None = None


def framing_verdict(pose: PoseFrame | None, picture: PictureStats, spec: ExerciseSpec, side: Side | None = None) -> FramingVerdict:
    """What to change, most important first, before this exercise can be measured with this camera.

    Parameters
    ----------
    pose
        The newest pose; None when there is no picture.
    side
        The leg that will work, None for both. The other leg may be hidden only where the exercise is done lying.

    Returns
    -------
    FramingVerdict
        Never raises on what a pose may hold: NaN is not seen.
    """
    if pose is None or picture.brightness < BLACK:
        return FramingVerdict((FramingHint.NO_PICTURE,))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        hints = set(_hints_of(pose, picture, spec, side))
    return FramingVerdict(tuple(hint for hint in _ORDER if hint in hints))


def _hints_of(pose: PoseFrame, picture: PictureStats, spec: ExerciseSpec, side: Side | None) -> Iterator[FramingHint]:
    if picture.brightness < DARKEST:
        yield FramingHint.MORE_LIGHT
    elif picture.brightness > BRIGHTEST:
        yield FramingHint.LESS_LIGHT
    if picture.people is not None and picture.people > 1:
        yield FramingHint.OTHER_PERSON
    one = _as_recording(pose)
    if pose.is_missing:
        yield FramingHint.NOBODY
        return
    yield from _place(pose, spec, side)
    # Without shoulders and hips nothing can be said of how the body stands to the camera.
    if not person_seen(one)[0]:
        if not _trunk_seen(pose):
            yield FramingHint.NOBODY
        elif not _out_of_picture(pose):
            yield FramingHint.LEGS_IN_VIEW
        return
    yield from _pose_in_view(one, spec)


def _as_recording(pose: PoseFrame) -> PoseRecording:
    return PoseRecording(np.array([pose.time_s]), pose.image_xy[None], pose.world_xyz[None], pose.visibility[None], pose.image_size)


def _trunk_seen(pose: PoseFrame) -> bool:
    trunk = [Landmark.of(leg, part) for leg in Side for part in ("shoulder", "hip")]
    return bool((pose.visibility[trunk] >= MIN_VISIBILITY).all())


def _seen(pose: PoseFrame, side: Side, parts: tuple[str, ...]) -> bool:
    marks = [Landmark.of(side, part) for part in parts]
    inside = (pose.image_xy[marks] >= 0) & (pose.image_xy[marks] <= np.array(pose.image_size))
    return bool((pose.visibility[marks] >= MIN_VISIBILITY).all() and inside.all())


def _out_of_picture(pose: PoseFrame) -> set[str]:
    """Borders over which head, trunk or legs reach: left, right, top, bottom of the picture."""
    body = [mark for mark in Landmark if mark is Landmark.NOSE or mark >= Landmark.LEFT_HIP or "SHOULDER" in mark.name]
    x, y = pose.image_xy[body].T
    width, height = pose.image_size
    over = {"left": x < 0, "right": x > width, "top": y < 0, "bottom": y > height}
    return {border for border, where in over.items() if where.any()}


def _place(pose: PoseFrame, spec: ExerciseSpec, side: Side | None) -> Iterator[FramingHint]:
    """Near enough, far enough, in the middle, legs and feet in view."""
    over = _out_of_picture(pose)
    y = pose.image_xy[:, 1]
    tall = float(np.nanmax(y) - np.nanmin(y)) / pose.image_size[1]
    shank = float(np.nanmax([shank_length(pose.image_xy, leg) for leg in Side]))
    if {"top", "bottom"} <= over or {"left", "right"} <= over or tall > TALLEST:
        yield FramingHint.STEP_BACK
    elif over & {"left", "right"}:
        yield FramingHint.MOVE_TO_MIDDLE
    elif "top" in over:
        yield FramingHint.STEP_BACK
    if shank < SHANK_MARGIN * (spec.view.of(spec.reps.angle).min_shank_px or MIN_SHANK_PX):
        yield FramingHint.COME_CLOSER
    working = [side] if side is not None else list(Side)
    needed = working if spec.view.posture is Posture.LYING else list(Side)
    if not all(_seen(pose, leg, _LEG) for leg in working):
        yield FramingHint.LEGS_IN_VIEW
    if not all(_seen(pose, leg, _FOOT) for leg in needed):
        yield FramingHint.FEET_IN_VIEW


def _pose_in_view(one: PoseRecording, spec: ExerciseSpec) -> Iterator[FramingHint]:
    """Posture, and how the body is turned and tilted to the camera."""
    xy, xyz = one.image_xy, one.world_xyz
    wanted, posture, limits = spec.view.posture, postures(xy)[0], spec.view.of(spec.reps.angle)
    if wanted is Posture.LYING:
        if posture is not Posture.LYING:
            yield FramingHint.LIE_DOWN
        return
    if _leans(xy, min(LEAN_DEG, limits.max_roll_deg or LEAN_DEG)):
        yield FramingHint.HOLD_UPRIGHT
        return
    bent = float(np.nanmax([knee_flexion_deg(xyz, leg)[0] for leg in Side])) > SITTING_KNEE_DEG
    height = _camera_height(xy, wanted)
    if posture is not wanted:
        # From high above, thighs look as long as those of somebody upright; the model's depth still knows that the knees are bent.
        from_above = wanted is Posture.SEATED and bent and posture is not Posture.LYING
        yield FramingHint.CAMERA_LOWER if from_above else _ASK_FOR[wanted]
        return
    yaw = abs(float(body_yaw_deg(xyz, seated=wanted is Posture.SEATED)[0]))
    if yaw > (limits.max_yaw_deg or spec.view.max_yaw_deg) - YAW_MARGIN_DEG:
        yield FramingHint.TURN_TOWARDS
    elif height is not None:
        yield height


def _leans(xy: npt.NDArray[np.floating], most_deg: float) -> bool:
    """True when trunk and both shins lean the same way: then it is the camera that leans."""
    lines = [trunk_vector(xy)[0], *(segment(xy, leg, "ankle", "knee")[0] for leg in Side)]
    tilts = np.degrees([np.arctan2(line[0], -line[1]) for line in lines])
    return bool((tilts > most_deg).all() or (tilts < -most_deg).all())


def _camera_height(xy: npt.NDArray[np.floating], posture: Posture) -> FramingHint | None:
    if posture is Posture.SEATED:
        shank = np.nanmax([shank_length(xy, leg)[0] for leg in Side])
        measured = float((middle(xy, "knee") - middle(xy, "hip"))[0, 1] / shank)
        low, high = SEATED_KNEE_DROP
        return FramingHint.CAMERA_LOWER if measured > high else FramingHint.CAMERA_HIGHER if measured < low else None
    leg = np.nanmax([np.linalg.norm(segment(xy, leg, "hip", "ankle")[0]) for leg in Side])
    measured = float(leg / trunk_length(xy)[0])
    low, high = STANDING_LEG_PER_TRUNK
    return FramingHint.CAMERA_LOWER if measured < low else FramingHint.CAMERA_HIGHER if measured > high else None

"""A made-up person in three dimensions before a made-up camera: every angle, time and fault is known, as it was put there.

The person has two-link legs: hip and ankle are given, the knee lies on the circle both allow, at a swivel angle. So a planted foot is
exactly planted, and hip rotation follows from the swivel without any approximation. Body axes: right, forward, up. Camera axes: x right,
y down, z away, as in `formcheck.motion.landmarks.PoseFrame`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.recording import PoseRecording

Array = npt.NDArray[np.float64]

THIGH_M = SHANK_M = 0.42
ANKLE_HEIGHT_M = 0.09
HIP_HALF_M, SHOULDER_HALF_M, TRUNK_M = 0.09, 0.19, 0.50
REST_S = 1.5


@dataclass(frozen=True)
class Camera:
    """A pinhole camera at a distance, aimed at a height, tilted downwards by ``pitch_deg``; the person is turned from it by ``yaw_deg``.
    ``roll_deg`` turns the picture clockwise.

    ``high_m`` metres fill the height of the picture at the person's distance, so a far camera is one without perspective.
    """

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    distance_m: float = 4.0
    high_m: float = 2.0
    size: tuple[int, int] = (640, 480)
    roll_deg: float = 0.0

    @property
    def focal_px(self) -> float:
        """Focal length."""
        return self.size[1] / self.high_m * self.distance_m


NEAR = Camera()
#: A webcam two metres away.
DESK = Camera(distance_m=2.2, high_m=2.14)
FAR = Camera(distance_m=500.0)


@dataclass(frozen=True)
class Rep:
    """One movement that was put in: seconds from its start, height in degrees (negative: the other direction)."""

    start_s: float
    out_s: float = 2.0
    hold_s: float = 0.3
    back_s: float = 2.0
    height_deg: float = 20.0
    side: Side = Side.RIGHT

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.out_s + self.hold_s + self.back_s


@dataclass
class Body:
    """What one person does, a value a frame, all zero at first. Angles in degrees, lifts in shank lengths, shifts in metres."""

    time_s: Array
    posture: Literal["seated", "standing", "lying"] = "seated"
    rotation_deg: dict[Side, Array] = field(default_factory=dict)
    abduction_deg: dict[Side, Array] = field(default_factory=dict)
    foot_lift_frac: dict[Side, Array] = field(default_factory=dict)
    trunk_bend_deg: Array = field(default_factory=lambda: np.zeros(0))
    trunk_forward_deg: Array = field(default_factory=lambda: np.zeros(0))
    shrug_m: Array = field(default_factory=lambda: np.zeros(0))
    pelvis_hike_deg: dict[Side, Array] = field(default_factory=dict)
    hip_drop_m: Array = field(default_factory=lambda: np.zeros(0))
    step_m: dict[Side, Array] = field(default_factory=dict)
    across_m: Array = field(default_factory=lambda: np.zeros(0))
    arms_deg: Array = field(default_factory=lambda: np.zeros(0))
    #: Flexion of the knee at rest on a level seat: 90 has the shank upright, less has the feet forward.
    seat_knee_deg: float = 90.0

    def __post_init__(self) -> None:
        for name in ("trunk_bend_deg", "trunk_forward_deg", "shrug_m", "hip_drop_m", "across_m", "arms_deg"):
            if len(getattr(self, name)) == 0:
                setattr(self, name, np.zeros(len(self.time_s)))
        for name in ("rotation_deg", "abduction_deg", "foot_lift_frac", "pelvis_hike_deg", "step_m"):
            setattr(self, name, {side: np.zeros(len(self.time_s)) for side in Side} | getattr(self, name))


def clock(duration_s: float, fps: float = 30.0, jitter: float = 0.0, seed: int = 0) -> Array:
    """Frame times from 0.0; ``jitter`` moves each by up to that part of a step, so that the rate is variable."""
    time = np.arange(round(duration_s * fps)) / fps
    if jitter:
        shift = np.random.default_rng(seed).uniform(-jitter / 2, jitter / 2, len(time)) / fps
        shift[:1] = 0.0
        time = time + shift
    return time


def eased(part: npt.ArrayLike) -> Array:
    """Minimum-jerk way from 0 to 1, held outside of them."""
    s = np.clip(np.asarray(part, np.float64), 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s**2))


def movement(time_s: Array, rep: Rep) -> Array:
    """Minimum-jerk out, hold, minimum-jerk back, in degrees; 0 before and after."""
    out = eased((time_s - rep.start_s) / rep.out_s)
    back = eased((time_s - rep.start_s - rep.out_s - rep.hold_s) / rep.back_s)
    return rep.height_deg * (out - back)


def angle_of(time_s: Array, reps: Iterable[Rep], side: Side = Side.RIGHT) -> Array:
    """The movements of one side, added up."""
    return np.asarray(sum((movement(time_s, rep) for rep in reps if rep.side is side), np.zeros(len(time_s))))


def a_set(count: int, *, side: Side = Side.RIGHT, first_s: float = REST_S, pause_s: float = 1.0, **of_rep: float) -> list[Rep]:
    """Equal movements, one after the other with a pause between."""
    pitch = Rep(0.0, **of_rep).end_s + pause_s
    return [Rep(first_s + k * pitch, side=side, **of_rep) for k in range(count)]


def alternating(count: int, **of_rep: float) -> list[Rep]:
    """Equal movements, right and left in turn."""
    return [replace(rep, side=(Side.RIGHT, Side.LEFT)[k % 2]) for k, rep in enumerate(a_set(count, **of_rep))]


def length_s(reps: list[Rep]) -> float:
    """A recording long enough for the movements and a rest after the last."""
    return max((rep.end_s for rep in reps), default=4.0) + REST_S


def seated(reps: list[Rep], *, fps: float = 30.0, jitter: float = 0.0, duration_s: float | None = None) -> Body:
    """Somebody on a chair who turns the hip of each movement's side; heights are degrees of internal rotation."""
    time = clock(duration_s or length_s(reps), fps, jitter)
    return Body(time, "seated", rotation_deg={side: angle_of(time, reps, side) for side in Side}, seat_knee_deg=85.0)


def standing(reps: list[Rep], *, fps: float = 30.0, duration_s: float | None = None) -> Body:
    """Somebody upright who lifts a straight leg to the side; heights are degrees of abduction."""
    time = clock(duration_s or length_s(reps), fps)
    return Body(time, "standing", abduction_deg={side: angle_of(time, reps, side) for side in Side})


def lying(reps: list[Rep], *, fps: float = 30.0, duration_s: float | None = None) -> Body:
    """Somebody on the left side whose right knee, on top, opens; heights are degrees of external rotation."""
    time = clock(duration_s or length_s(reps), fps)
    return Body(time, "lying", rotation_deg={side: -angle_of(time, reps, side) for side in Side})


def squatting(time: Array, count: int, depth_m: float = 0.4) -> Body:
    """Somebody upright who squats, three seconds each."""
    return Body(time, "standing", hip_drop_m=depth_m * _pulses(time, count, 3.0))


def jumping_jacks(time: Array, count: int) -> Body:
    """Both legs and both arms out and back, one second each."""
    out = 25 * _pulses(time, count, 1.0)
    return Body(time, "standing", abduction_deg={side: out for side in Side}, arms_deg=6 * out)


def walking(time: Array, speed_m_s: float = 0.35) -> Body:
    """Somebody who walks across the picture from left to right, feet forwards and back in turn."""
    swing = 0.2 * np.sin(2 * np.pi * time / 1.1)
    lift = {side: 0.12 * np.clip(side.sign * np.sin(2 * np.pi * time / 1.1 + 0.8), 0, None) for side in Side}
    across = speed_m_s * (time - time[-1] / 2)
    return Body(time, "standing", step_m={side: side.sign * swing for side in Side}, foot_lift_frac=lift, across_m=across)


def _pulses(time: Array, count: int, each_s: float) -> Array:
    inside = (time >= REST_S) & (time < REST_S + count * each_s)
    return np.where(inside, 0.5 * (1 - np.cos(2 * np.pi * (time - REST_S) / each_s)), 0.0)


def swivel_rad(rotation_deg: npt.ArrayLike, knee_flexion_deg: float = 90.0) -> Array:
    """Swivel about the line from hip to ankle that makes a hip rotation: ``tan(rotation) = cos(k / 2) tan(swivel)``."""
    return np.arctan(np.tan(np.radians(rotation_deg)) / np.cos(np.radians(knee_flexion_deg) / 2))


def person_points(body: Body) -> Array:
    """(N, 33, 3) metres in body axes (right, forward, up) from the middle of the hips at rest."""
    n = len(body.time_s)
    points = np.zeros((n, 33, 3))
    heights = {"seated": SHANK_M * np.sin(np.radians(body.seat_knee_deg)), "standing": 0.995 * (THIGH_M + SHANK_M), "lying": 0.0}
    hip_height = heights[body.posture]
    centre = np.stack([body.across_m * 0, np.zeros(n), -body.hip_drop_m], axis=-1)
    hike = np.radians(body.pelvis_hike_deg[Side.RIGHT] - body.pelvis_hike_deg[Side.LEFT])
    if body.posture == "standing":
        # The pelvis tilts over the hip that stands.
        centre = centre + HIP_HALF_M * np.stack([np.zeros(n), np.zeros(n), np.abs(np.sin(hike))], axis=-1)
    for side in Side:
        hip = centre + side.sign * HIP_HALF_M * np.stack([np.cos(hike), np.zeros(n), np.sin(hike)], axis=-1)
        ankle = _ankle(body, side, hip, hip_height)
        knee = _knee(hip, ankle, _swivel(body, side))
        sole = np.array([0.0, 0.0, -ANKLE_HEIGHT_M])
        feet = {"heel": sole * 0.8 + np.array([0, -0.05, 0]), "foot_index": sole + np.array([side.sign * 0.02, 0.16, 0])}
        if body.posture == "lying":
            feet = {"heel": np.array([0.0, -0.05, -0.06]), "foot_index": np.array([0.0, 0.14, -0.06])}
        points[:, Landmark.of(side, "hip")] = hip
        points[:, Landmark.of(side, "knee")] = knee
        points[:, Landmark.of(side, "ankle")] = ankle
        for part, offset in feet.items():
            points[:, Landmark.of(side, part)] = ankle + offset
    _put_upper_body(points, body, centre)
    return points


def _ankle(body: Body, side: Side, hip: Array, hip_height: float) -> Array:
    n = len(body.time_s)
    zero = np.zeros(n)
    lift = body.foot_lift_frac[side] * SHANK_M
    at_rest = np.array([side.sign * HIP_HALF_M, 0.0, 0.0])
    if body.posture == "seated":
        ahead = SHANK_M * np.cos(np.radians(body.seat_knee_deg))
        return at_rest + np.stack([zero, THIGH_M + ahead + zero, lift - hip_height], axis=-1)
    if body.posture == "lying":
        return at_rest + np.stack([side.sign * lift, zero, zero - np.sqrt(2) * SHANK_M], axis=-1)
    out = np.radians(body.abduction_deg[side])
    leg = np.stack([side.sign * np.sin(out) * hip_height, body.step_m[side], lift - np.cos(out) * hip_height], axis=-1)
    moved = (body.abduction_deg[side] != 0)[:, None]
    return np.where(moved, hip, at_rest) + leg


def _swivel(body: Body, side: Side) -> Array:
    # Internal rotation brings the right knee to the left: a turn about the line from hip to ankle.
    return -side.sign * swivel_rad(body.rotation_deg[side], body.seat_knee_deg if body.posture == "seated" else 90.0)


def _knee(hip: Array, ankle: Array, swivel: Array) -> Array:
    """The knee of a two-link leg, forwards and then swivelled about the line from hip to ankle."""
    line = ankle - hip
    length = np.linalg.norm(line, axis=-1, keepdims=True)
    axis = line / length
    along = (length**2 + THIGH_M**2 - SHANK_M**2) / (2 * length)
    radius = np.sqrt(np.clip(THIGH_M**2 - along**2, 0.0, None))
    # Thigh and shank in the plane that holds the forward direction: for a seated leg, thigh level and shank upright.
    forward = np.where(np.abs(axis[:, 1:2]) < 0.5, [[0.0, 1.0, 0.0]], [[0.0, 1.0, 1.0]])
    pole = forward - np.sum(axis * forward, axis=-1, keepdims=True) * axis
    pole /= np.linalg.norm(pole, axis=-1, keepdims=True)
    cos, sin = np.cos(swivel)[:, None], np.sin(swivel)[:, None]
    return np.asarray(hip + axis * along + radius * (pole * cos + np.cross(axis, pole) * sin))


def _put_upper_body(points: Array, body: Body, centre: Array) -> None:
    bend, forward = np.radians(body.trunk_bend_deg), np.radians(body.trunk_forward_deg)
    right = np.stack([np.cos(bend), np.zeros_like(bend), np.sin(bend)], axis=-1)
    up = np.stack([-np.sin(bend) * np.cos(forward), np.sin(forward), np.cos(bend) * np.cos(forward)], axis=-1)
    neck = centre + up * TRUNK_M
    points[:, : Landmark.LEFT_SHOULDER] = (neck + up * 0.2)[:, None, :]
    points[:, : Landmark.LEFT_SHOULDER, 0] += np.linspace(-0.05, 0.05, Landmark.LEFT_SHOULDER)
    out = np.radians(body.arms_deg)
    for side in Side:
        shoulder = neck + side.sign * SHOULDER_HALF_M * right + np.stack([out * 0, out * 0, body.shrug_m], axis=-1)
        arm = np.stack([side.sign * np.sin(out), np.zeros_like(out), -np.cos(out)], axis=-1)
        points[:, Landmark.of(side, "shoulder")] = shoulder
        points[:, Landmark.of(side, "elbow")] = shoulder + 0.28 * arm
        for part in ("wrist", "pinky", "index", "thumb"):
            points[:, Landmark.of(side, part)] = shoulder + 0.5 * arm


def camera_axes(posture: str, yaw_deg: float) -> Array:
    """(3, 3) rows: the body's right, forward and up in camera axes, before the camera is tilted."""
    if posture == "lying":
        return np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    yaw = np.radians(yaw_deg)
    return np.array([[-np.cos(yaw), 0.0, -np.sin(yaw)], [np.sin(yaw), 0.0, -np.cos(yaw)], [0.0, -1.0, 0.0]])


def film(
    body: Body,
    camera: Camera = NEAR,
    *,
    noise_px: float = 0.0,
    noise_m: float = 0.0,
    seed: int = 0,
    gone: npt.ArrayLike = (),
    hidden: dict[Landmark, npt.ArrayLike] | None = None,
    mirrored: bool = False,
) -> PoseRecording:
    """The recording a perfect pose model would make, with noise if wanted.

    ``gone`` are spans ``(start_s, end_s)`` in which nobody is found; ``hidden`` the same per landmark, by a low visibility. Of a
    ``mirrored`` film the model takes the right side for the left one.
    """
    time = body.time_s
    points = person_points(body) @ camera_axes(body.posture, camera.yaw_deg)
    points[..., 0] += body.across_m[:, None]
    pitch = np.radians(camera.pitch_deg)
    tilt = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    roll = np.radians(camera.roll_deg)
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    points = points @ tilt.T @ turn.T
    hips = (points[:, Landmark.LEFT_HIP] + points[:, Landmark.RIGHT_HIP])[:, None] / 2
    world = points - hips
    depth = points[..., 2:] + camera.distance_m
    image = points[..., :2] / depth * camera.focal_px + np.array(camera.size) / 2
    noise = np.random.default_rng(seed)
    image = image + noise.normal(0, 1, image.shape) * noise_px
    world = world + noise.normal(0, 1, world.shape) * noise_m
    visibility = np.ones(image.shape[:2], np.float32)
    for mark, spans in (hidden or {}).items():
        visibility[_inside(time, spans), mark] = 0.1
    nobody = _inside(time, gone)
    image[nobody], world[nobody], visibility[nobody] = np.nan, np.nan, 0.0
    duration = float(time[-1]) if len(time) else 0.0
    source = {"path": "made-up.mp4", "duration_s": duration, "fps": 30.0, "rotation_deg": 0}
    recording = PoseRecording(time, image.astype(np.float32), world.astype(np.float32), visibility, camera.size, source=source)
    return recording.mirrored() if mirrored else recording


def _inside(time: Array, spans: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(time), bool)
    for start, end in np.reshape(np.asarray(spans, np.float64), (-1, 2)):
        inside |= (time >= start) & (time < end)
    return inside

"""Whether somebody sits, stands or lies still, and what moves if not: told from the landmarks alone, frame by frame."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from formcheck.coach.moment import Unrest
from formcheck.exercise.spec import ExerciseSpec
from formcheck.live.proxy import proxy_deg
from formcheck.motion import angles
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import PoseFrame, Side

__all__ = ["Stillness", "StillnessOf"]

#: Judgement, each about four times what the landmarks of a resting person wander within three seconds at 2 m. Degrees; shares of a shank.
LEG_DEG, TRUNK_DEG, FOOT_FRAC, CAMERA_FRAC = 3.0, 4.0, 0.08, 0.12
#: Looked back on; also the most that is told.
SPAN_S = 6.0
#: Single frames that jump are the model's.
_MEDIAN = 5
_BREAK_S = 0.5


@dataclass(frozen=True, slots=True)
class StillnessOf:
    """For how long it was still up to now, seconds, and what moved last if it is not, most important first."""

    still_s: float = 0.0
    unrest: tuple[Unrest, ...] = (Unrest.NOT_SEEN,)


class Stillness:
    """Watches the frames of a rest."""

    def __init__(self, spec: ExerciseSpec) -> None:
        self._spec = spec
        self._frames: deque[tuple[float, Float]] = deque()

    def forget(self) -> None:
        """Begin anew."""
        self._frames.clear()

    def update(self, pose: PoseFrame) -> StillnessOf:
        """Take in a frame."""
        if self._frames and not 0 < pose.time_s - self._frames[-1][0] <= _BREAK_S:
            self._frames.clear()
        row = _row(pose, self._spec)
        if not np.isfinite(row[:2]).any():
            self._frames.clear()
            return StillnessOf()
        self._frames.append((pose.time_s, row))
        while pose.time_s - self._frames[0][0] > SPAN_S:
            self._frames.popleft()
        return self._judged()

    def _judged(self) -> StillnessOf:
        times = np.array([time_s for time_s, _ in self._frames])
        rows = np.array([row for _, row in self._frames])
        if len(rows) < _MEDIAN:
            return StillnessOf(0.0, ())
        smooth = np.median(np.lib.stride_tricks.sliding_window_view(rows, _MEDIAN, axis=0), axis=-1)
        times = times[_MEDIAN // 2 : len(times) - _MEDIAN // 2]
        # From now backwards: the largest deviation from what is now.
        away = np.abs(smooth - smooth[-1])
        with np.errstate(invalid="ignore"):
            legs = (away[:, :2] > LEG_DEG).any(axis=1)
            trunk = away[:, 2] > TRUNK_DEG
            feet = np.hypot(away[:, [3, 5]], away[:, [4, 6]]) > FOOT_FRAC
            hips = np.hypot(away[:, 7], away[:, 8])
            camera = (hips > CAMERA_FRAC) & feet.all(axis=1)
        moved = legs | trunk | feet.any(axis=1)
        at = np.flatnonzero(moved)
        if not len(at):
            return StillnessOf(float(times[-1] - times[0]), ())
        last = int(at[-1])
        found = [
            (Unrest.CAMERA_MOVES, camera),
            (Unrest.LEG_MOVES, legs),
            (Unrest.FOOT_MOVES, feet.any(axis=1)),
            (Unrest.TRUNK_MOVES, trunk),
        ]
        still_s = float(times[-1] - times[last])
        recent = times >= times[-1] - 1.0
        return StillnessOf(still_s, tuple(why for why, where in found if (where & recent).any()))


def _row(pose: PoseFrame, spec: ExerciseSpec) -> Float:
    """Leg lines (2), trunk lean, both ankles and the middle of the hips in shank lengths."""
    xy = pose.image_xy[None]
    with np.errstate(invalid="ignore", divide="ignore"):
        shanks = [float(angles.shank_length(xy, side)[0]) for side in Side]
        known = [length for length in shanks if np.isfinite(length) and length > 0]
        shank = max(known) if known else float("nan")
        legs = [float(proxy_deg(xy, side, spec)[0]) for side in Side]
        lean = float(angles.trunk_lean_deg(xy)[0])
        feet = [float(value) / shank for side in Side for value in angles.point(xy, side, "ankle")[0]]
        hips = [float(value) / shank for value in angles.middle(xy, "hip")[0]]
    return np.array([*legs, lean, *feet, *hips])

"""Left and right put right: a pose model now and then exchanges the legs, or the whole body, for some frames.

An exchange shows as a break: from one moment to the next each joint is where the other side's was, and not where its own movement was
taking it. Legs that truly cross (a walker seen from the side) keep their movement, and are left alone. Which of two labellings is the
right one is told by the next part of the body, hips by shoulders and legs by hips, where these lie clearly apart, else by the majority.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from formcheck.motion.angles import middle, shank_length, trunk_length
from formcheck.motion.filters import median_step_s, true_runs
from formcheck.motion.geometry import Float
from formcheck.motion.landmarks import MIRROR, Landmark, Side
from formcheck.motion.recording import PoseRecording

__all__ = ["Swaps", "unswapped"]

Mask = npt.NDArray[np.bool_]

#: Fewer frames a second show too little of a movement to tell a leg that crosses from one that is mistaken for the other.
MIN_FPS = 9.0
#: Moments further apart say nothing of one another.
MAX_GAP_S = 0.3
#: An exchange is instant in the network, but the model's own smoothing draws it out over up to this time.
LAGS_S = (0.1, 0.2)
_VELOCITY_S = 0.1
#: Shank lengths: so near must a joint come to the other's way, and so far must it be off its own. Landmark noise is 0.01-0.02.
MAX_OTHERS_WAY = 0.15
MIN_OWN_WAY = 0.12
#: And the other's way must fit better by this factor.
MAX_RATIO = 0.4
#: Shank lengths by which a part must lie on its own side, or on the wrong one, to tell which labelling is right.
CLEAR_SIDE = 0.1
#: Both knees and both ankles on the wrong side of the hips by this much: no legs cross so far, for a whole recording.
IMPOSSIBLE_SIDE = 0.2
#: Both knees, and both ankles, nearer than this part of a shank: one of the legs is drawn where the other is ...
MAX_COLLAPSED = 0.06
#: ... if in this recording they are usually further apart than this (seen from the side, or lying, they may truly be in line).
MIN_USUALLY_APART = 0.25
#: A leg that swings past the other is in line with it for a moment, a leg that is lost stays there.
MIN_COLLAPSED_S = 0.2
#: Beside an exchange, sides nearer to each other than this part of their usual distance are between two labellings.
_WHOLE = 0.75
#: World depth counts for half: it is the least certain coordinate, but from the side the only one that tells the legs apart.
_DEPTH_WEIGHT = 0.5

_LEG_PARTS = ("knee", "ankle", "heel", "foot_index")


@dataclass(frozen=True, eq=False)
class Swaps:
    """What was put right.

    Attributes
    ----------
    swapped
        (N,) True where sides were exchanged back, of the legs, the hips or the upper body.
    doubtful
        Per side (N,) True where the leg was drawn onto the other one, or between the two, and is taken as unseen.
    """

    swapped: Mask
    doubtful: dict[Side, Mask]

    @property
    def swapped_frames(self) -> int:
        """Number of frames that were put right."""
        return int(self.swapped.sum())

    @property
    def doubtful_frames(self) -> int:
        """Number of frames in which a leg was doubtful."""
        return int((self.doubtful[Side.LEFT] | self.doubtful[Side.RIGHT]).sum())


@dataclass(frozen=True, eq=False)
class _Pair:
    """A group of joints of both sides, (n, k, 3) in shank lengths from the middle of the hips, of the ``n`` frames where all are known."""

    frames: npt.NDArray[np.intp]
    time_s: Float
    left: Float
    right: Float


def unswapped(recording: PoseRecording) -> tuple[PoseRecording, Swaps]:
    """The recording with short exchanges of left and right put right, in picture, metres and visibility.

    A recording in which nothing was exchanged, or too short or too slow (under 9 frames a second) to tell, comes back as the same object.
    A doubtful leg keeps its points and gets visibility 0.
    """
    n = len(recording)
    swapped, doubtful = np.zeros(n, bool), {side: np.zeros(n, bool) for side in Side}
    step = median_step_s(recording.time_s)
    if n < 3 or not step <= 1 / MIN_FPS:
        return recording, Swaps(swapped, doubtful)
    put_right = recording
    for members, joints, beside in (
        ([mark for mark in Landmark if mark < Landmark.LEFT_HIP], ("shoulder",), None),
        ([Landmark.LEFT_HIP, Landmark.RIGHT_HIP], ("hip",), "shoulder"),
        ([Landmark.of(side, part) for side in Side for part in _LEG_PARTS], ("knee", "ankle"), "hip"),
    ):
        exchanged, between = _exchanged(put_right, joints, beside, step)
        if exchanged.any():
            put_right = _with_sides_changed(put_right, exchanged, members)
            swapped |= exchanged
        if beside == "hip":
            for side in Side:
                doubtful[side] |= between
    for side, where in _collapsed(put_right).items():
        doubtful[side] |= where
    if any(where.any() for where in doubtful.values()):
        visibility = put_right.visibility.copy()
        for side, where in doubtful.items():
            for part in _LEG_PARTS:
                visibility[where, Landmark.of(side, part)] = 0.0
        put_right = replace(put_right, visibility=visibility)
    return put_right, Swaps(swapped, doubtful)


def _with_sides_changed(recording: PoseRecording, where: Mask, members: Iterable[Landmark]) -> PoseRecording:
    index = np.arange(len(Landmark))
    for mark in members:
        index[mark] = MIRROR[mark]
    return replace(
        recording,
        image_xy=np.where(where[:, None, None], recording.image_xy[:, index], recording.image_xy),
        world_xyz=np.where(where[:, None, None], recording.world_xyz[:, index], recording.world_xyz),
        visibility=np.where(where[:, None], recording.visibility[:, index], recording.visibility),
    )


def _exchanged(recording: PoseRecording, joints: tuple[str, ...], beside: str | None, step_s: float) -> tuple[Mask, Mask]:
    """(N,) where a group's sides are exchanged, and (N,) where it glides from one labelling to the other."""
    exchanged, between = np.zeros(len(recording), bool), np.zeros(len(recording), bool)
    pair = _pair(recording, joints)
    if len(pair.frames) < 3:
        return exchanged, between
    flips = np.zeros(len(pair.frames), bool)
    flips[1:] = _broken(pair, 1, step_s)
    for lag_s in LAGS_S:
        lag = round(lag_s / step_s)
        if 2 <= lag < len(pair.frames):
            _add_glides(_relabelled(pair, flips), lag, step_s, flips)
    gliding = _gliding(pair, flips, max(1, round(LAGS_S[-1] / 2 / step_s)))
    swapped = np.logical_xor.accumulate(flips)
    side = _own_side(recording, pair, beside)
    starts = [0, *(np.flatnonzero(np.diff(pair.time_s) > MAX_GAP_S) + 1).tolist(), len(pair.frames)]
    for first, stop in pairwise(starts):
        swapped[first:stop] = _settled(swapped[first:stop], side[first:stop])
    exchanged[pair.frames[swapped]] = True
    between[pair.frames[gliding]] = True
    return exchanged, between


def _pair(recording: PoseRecording, joints: tuple[str, ...]) -> _Pair:
    usual_px = _usual(np.fmax(*(shank_length(recording.image_xy, side) for side in Side)))
    usual_m = _usual(np.fmax(*(shank_length(recording.world_xyz, side) for side in Side)))

    def points(side: Side) -> Float:
        marks = [Landmark.of(side, part) for part in joints]
        image = (recording.image_xy[:, marks] - middle(recording.image_xy, "hip")[:, None]) / usual_px
        depth = (recording.world_xyz[:, marks, 2:] - middle(recording.world_xyz, "hip")[:, None, 2:]) / usual_m * _DEPTH_WEIGHT
        return np.concatenate([image, depth], axis=-1)

    left, right = (points(side) for side in Side)
    frames = np.flatnonzero(np.isfinite(left).all(axis=(1, 2)) & np.isfinite(right).all(axis=(1, 2)))
    return _Pair(frames, recording.time_s[frames], left[frames], right[frames])


def _usual(value: Float) -> float:
    seen = value[np.isfinite(value) & (value > 0)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _relabelled(pair: _Pair, flips: Mask) -> _Pair:
    other = np.logical_xor.accumulate(flips)[:, None, None]
    return _Pair(pair.frames, pair.time_s, np.where(other, pair.right, pair.left), np.where(other, pair.left, pair.right))


def _broken(pair: _Pair, lag: int, step_s: float) -> Mask:
    """(n - lag,) True where over ``lag`` frames each side went over to the other's way."""
    before = np.arange(len(pair.frames) - lag)
    after = before + lag
    reach = max(1, round(_VELOCITY_S / step_s))
    earlier, later = np.maximum(before - reach, 0), np.minimum(after + reach, len(pair.frames) - 1)
    sides = np.stack([pair.left, pair.right])
    span = (pair.time_s[after] - pair.time_s[before])[:, None, None]
    start, end = sides[:, before], sides[:, after]
    came, goes = (_velocity(pair, sides, *frames) * span for frames in ((earlier, before), (after, later)))
    # Its own way gets the benefit of every doubt, the other's must fit most expectations.
    own = _misfits(end - start, came, goes).min(axis=0).mean(axis=0)
    others = np.median(_misfits(end[::-1] - start, came, goes[::-1]), axis=0).mean(axis=0)
    near = pair.time_s[after] - pair.time_s[before] <= MAX_GAP_S
    return np.asarray(near & (others < MAX_OTHERS_WAY) & (own > MIN_OWN_WAY) & (others < MAX_RATIO * own))


def _misfits(step: Float, came: Float, goes: Float) -> Float:
    """(3, 2, n) mean distance of joints from where they are expected: in place, going on as before, or coming as they then go on."""
    return np.array([np.linalg.norm(off, axis=-1).mean(axis=-1) for off in (step, step - came, step - goes)])


def _velocity(pair: _Pair, sides: Float, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> Float:
    """(2, n, k, 3) of both sides, from one frame to another; 0 over a gap."""
    span = (pair.time_s[last] - pair.time_s[first])[:, None, None]
    return np.asarray((sides[:, last] - sides[:, first]) / np.where((span > 0) & (span <= MAX_GAP_S), span, np.inf))


def _add_glides(pair: _Pair, lag: int, step_s: float, flips: Mask) -> None:
    """Note each exchange that is drawn out over up to ``lag`` frames, at the frame where the two sides are nearest."""
    apart = _apart(pair)
    broken = np.flatnonzero(_broken(pair, lag, step_s))
    for run in np.split(broken, np.flatnonzero(np.diff(broken) > lag) + 1):
        if len(run) == 0:
            continue
        first, last = int(run[0]), int(run[-1]) + lag
        own = np.linalg.norm([pair.left[last] - pair.left[first], pair.right[last] - pair.right[first]], axis=-1).mean()
        others = np.linalg.norm([pair.left[last] - pair.right[first], pair.right[last] - pair.left[first]], axis=-1).mean()
        # Two exchanges so near to each other leave the labels as they were.
        if others < own:
            flips[first + 1 + int(np.argmin(apart[first + 1 : last + 1]))] ^= True


def _apart(pair: _Pair) -> Float:
    return np.asarray(np.linalg.norm(pair.left - pair.right, axis=-1).mean(axis=-1), np.float64)


def _gliding(pair: _Pair, flips: Mask, reach: int) -> Mask:
    """(n,) frames beside an exchange in which the two sides are on their way to each other's place."""
    apart = _apart(pair)
    gliding = np.zeros(len(flips), bool)
    for flip in np.flatnonzero(flips):
        first, last = max(int(flip) - reach - 1, 0), min(int(flip) + reach, len(flips) - 1)
        near = slice(first, last + 1)
        gliding[near] |= apart[near] < _WHOLE * min(apart[first], apart[last])
    return gliding


def _own_side(recording: PoseRecording, pair: _Pair, beside: str | None) -> Float:
    """(n,) how far a group lies on its own side of the part above it, in shank lengths: the joint that lies furthest. NaN: unknown."""
    if beside is None:
        return np.full(len(pair.frames), np.nan)
    above = _pair(recording, (beside,))
    line = np.full((len(recording), 3), np.nan)
    line[above.frames] = (above.left - above.right)[:, 0]
    line = line[pair.frames]
    with np.errstate(invalid="ignore", divide="ignore"):
        line = line / np.linalg.norm(line, axis=-1, keepdims=True)
    return np.asarray(np.einsum("nki,ni->nk", pair.left - pair.right, line).max(axis=-1), np.float64)


def _settled(swapped: Mask, side: Float) -> Mask:
    """Of two labellings of one unbroken stretch the one that is right: True where the sides are to be changed."""
    stays, goes = (_middle_of(side[where]) for where in (~swapped, swapped))
    if not swapped.any() or swapped.all():
        whole = _middle_of(side)
        return np.full(len(side), bool(whole < -IMPOSSIBLE_SIDE))
    if stays > CLEAR_SIDE and goes < -CLEAR_SIDE:
        return swapped
    if goes > CLEAR_SIDE and stays < -CLEAR_SIDE:
        return ~swapped
    return swapped if 2 * swapped.sum() <= len(swapped) else ~swapped


def _middle_of(value: Float) -> float:
    seen = value[np.isfinite(value)]
    return float(np.median(seen)) if len(seen) else float("nan")


def _collapsed(recording: PoseRecording) -> dict[Side, Mask]:
    """Per side (N,) where both legs are drawn on the same place and this is the one that left its own."""
    nothing = {side: np.zeros(len(recording), bool) for side in Side}
    xy = recording.image_xy
    # The trunk stands in for the shank while both legs are one: a leg that goes over to the other may look of any length.
    usual = np.minimum(_usual(np.fmax(*(shank_length(xy, side) for side in Side))), _usual(trunk_length(xy)))
    with np.errstate(invalid="ignore"):
        gaps = [np.linalg.norm(xy[:, MIRROR[mark]] - xy[:, mark], axis=-1) / usual for mark in (Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE)]
        together = np.maximum(*gaps) < MAX_COLLAPSED
        if not together.any() or not _middle_of(np.minimum(*gaps)) > MIN_USUALLY_APART:
            return nothing
    for start, stop in true_runs(together):
        if recording.time_s[stop - 1] - recording.time_s[start] < MIN_COLLAPSED_S:
            continue
        moved = {side: _way_from_neighbours(xy, side, start, stop) for side in Side}
        left, right = moved[Side.LEFT], moved[Side.RIGHT]
        if abs(left - right) > MAX_COLLAPSED * usual:
            doubtful = Side.LEFT if left > right else Side.RIGHT
        else:
            marks = {side: [Landmark.of(side, part) for part in ("knee", "ankle")] for side in Side}
            doubtful = min(Side, key=lambda side: float(recording.visibility[start:stop, marks[side]].mean()))
        nothing[doubtful][start:stop] = True
    return nothing


def _way_from_neighbours(xy: npt.NDArray[np.floating], side: Side, start: int, stop: int) -> float:
    """Distance in px of knee and ankle from where they are just before and after a stretch."""
    marks = [Landmark.of(side, part) for part in ("knee", "ankle")]
    around = [xy[index][marks] for index in (start - 1, stop) if 0 <= index < len(xy) and np.isfinite(xy[index][marks]).all()]
    if not around:
        return 0.0
    here = np.nanmean(xy[start:stop][:, marks], axis=0)
    return float(np.linalg.norm(here - np.mean(around, axis=0), axis=-1).mean())

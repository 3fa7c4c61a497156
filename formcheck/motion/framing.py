"""How a person is framed: where the camera is, what the borders cut off, how large, how many people, which way round.

Nothing here knows an exercise; `formcheck.exercise.validity` holds this against what an exercise needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from formcheck.motion.angles import middle, point, shank_length, trunk_length, trunk_vector
from formcheck.motion.filters import median_step_s, true_runs
from formcheck.motion.gates import inside_picture
from formcheck.motion.geometry import Float, cross, dot, from_vertical_deg, unit
from formcheck.motion.landmarks import Landmark, Side
from formcheck.motion.recording import PoseRecording

__all__ = ["PARTS", "CameraView", "Cut", "Framing", "alone", "framing_of", "several_people_s"]

Mask = npt.NDArray[np.bool_]

#: Parts of the body that a metric may need, and their landmarks of one side.
PARTS: dict[str, tuple[str, ...]] = {
    "head": ("ear",),
    "shoulder": ("shoulder",),
    "hip": ("hip",),
    "knee": ("knee",),
    "ankle": ("ankle",),
    "foot": ("foot_index", "heel"),
}
BORDERS = ("bottom", "top", "left", "right")
#: While several people are in view, a body that moves or grows by this part of a trunk from one frame to the next is another body.
MAX_JUMP_TRUNKS = 0.5
#: Cosine of the angle between the way the sides say a body faces and the way nose and toes point: below this left and right are exchanged.
MAX_CONTRADICTION = -0.5


@dataclass(frozen=True, slots=True)
class CameraView:
    """Where the camera is, as seen from the person at rest. NaN: unknown.

    Attributes
    ----------
    yaw_deg
        The person's turn from the camera, to their own left positive.
    pitch_deg
        How far the camera looks down on the person (negative: up).
    roll_deg
        How far the camera is turned about its own axis, the picture's upright leaning to the picture's right positive.
    distance_shanks
        Distance of camera and person in lengths of the shank.
    yaw_sd_deg, pitch_sd_deg, roll_sd_deg
        Standard deviations of the angles.
    """

    yaw_deg: float = float("nan")
    pitch_deg: float = float("nan")
    roll_deg: float = float("nan")
    distance_shanks: float = float("nan")
    yaw_sd_deg: float = float("nan")
    pitch_sd_deg: float = float("nan")
    roll_sd_deg: float = float("nan")


@dataclass(frozen=True, eq=False)
class Cut:
    """A part of the body that a border of the picture cuts off: ``where`` (N,) of both sides, ``either`` (N,) of at least one."""

    part: str
    border: str
    where: Mask
    either: Mask


@dataclass(frozen=True, eq=False)
class Framing:
    """How a person is framed through a recording.

    Attributes
    ----------
    fps
        Frames a second; NaN for fewer than two frames.
    shank_px
        Usual length of the longer-looking shank; NaN unknown.
    found
        (N,) the model found somebody.
    cuts
        Parts cut off at some time.
    several_s
        Spans, start and end in seconds, in which more than one person was found.
    other_person
        (N,) the body in view is not the one that exercises.
    roll_deg, roll_sd_deg
        Turn of the picture, clockwise positive, as trunk, shoulders, hips and feet agree on it, and how well they do; for a body that is
        upright. NaN unknown.
    mirrored
        The sides contradict the way the body faces through the recording: left and right cannot be believed.
    """

    fps: float
    shank_px: float
    found: Mask
    cuts: tuple[Cut, ...] = ()
    several_s: tuple[tuple[float, float], ...] = ()
    other_person: Mask = field(default_factory=lambda: np.zeros(0, bool))
    mirrored: bool = False
    roll_deg: float = float("nan")
    roll_sd_deg: float = float("nan")

    def cut_fraction(self, part: str) -> tuple[float, str]:
        """Share of the frames with somebody in which a part of both sides is cut off, and the border that does it most ("" for none)."""
        cuts = [cut for cut in self.cuts if cut.part == part]
        if not cuts or not self.found.any():
            return 0.0, ""
        most = max(cuts, key=lambda cut: int(cut.where.sum()))
        return float(np.logical_or.reduce([cut.where for cut in cuts])[self.found].mean()), most.border


def framing_of(recording: PoseRecording, other_person: Mask | None = None) -> Framing:
    """Framing of a recording.

    Parameters
    ----------
    other_person
        (N,) frames that `alone` took away.
    """
    found = np.asarray(np.isfinite(recording.image_xy).all(axis=-1).any(axis=-1), bool)
    lengths = np.fmax(*(shank_length(recording.image_xy, side) for side in Side))[found]
    lengths = lengths[np.isfinite(lengths)]
    return Framing(
        1 / median_step_s(recording.time_s) if len(recording) > 1 else float("nan"),
        float(np.median(lengths)) if len(lengths) else float("nan"),
        found,
        _cuts(recording, found),
        several_people_s(recording),
        np.zeros(len(recording), bool) if other_person is None else other_person,
        _contradicts(recording, found),
        *_roll_deg(recording, found),
    )


def _roll_deg(recording: PoseRecording, found: Mask) -> tuple[float, float]:
    """Roll of the camera and its standard deviation: the median of four lines of a body, and how far these lie apart.

    A body may lean its trunk or raise a shoulder, but hardly tilts trunk, shoulders, hips and feet all alike; a camera does.
    """
    xy = recording.image_xy[found].astype(np.float64)
    if len(xy) == 0:
        return float("nan"), float("nan")
    lines = [point(xy, Side.LEFT, part) - point(xy, Side.RIGHT, part) for part in ("shoulder", "hip", "ankle")]
    # Of somebody who faces the camera the left is at the right of the picture; of others the same line runs the other way.
    tilts = [np.degrees(np.arctan2(line[:, 1] * np.sign(line[:, 0]), np.abs(line[:, 0]))) for line in lines]
    each = [float(np.nanmedian(tilt)) for tilt in (from_vertical_deg(trunk_vector(xy)), *tilts) if np.isfinite(tilt).any()]
    if len(each) < 3:
        return float("nan"), float("nan")
    middle_deg = float(np.median(each))
    return middle_deg, float(1.4826 * np.median(np.abs(np.array(each) - middle_deg)))


def _cuts(recording: PoseRecording, found: Mask) -> tuple[Cut, ...]:
    outside = ~inside_picture(recording) & found[:, None]
    width, height = recording.image_size
    x, y = recording.image_xy[..., 0], recording.image_xy[..., 1]
    with np.errstate(invalid="ignore"):
        # The border that is passed by the most, so that each landmark is beyond one border only.
        over = np.stack([y - height, -y, -x, x - width])
        beyond = np.argmax(np.where(np.isfinite(over), over, -np.inf), axis=0)
    cuts = []
    for part, names in PARTS.items():
        for number, border in enumerate(BORDERS):
            legs = [np.logical_or.reduce([(outside & (beyond == number))[:, Landmark.of(side, name)] for name in names]) for side in Side]
            if (legs[0] | legs[1]).any():
                cuts.append(Cut(part, border, legs[0] & legs[1], legs[0] | legs[1]))
    return tuple(cuts)


def several_people_s(recording: PoseRecording) -> tuple[tuple[float, float], ...]:
    """Spans in which several people were found, from the first to the last look of each; people are looked for now and then."""
    times = recording.people_time_s
    return tuple((float(times[start]), float(times[stop - 1])) for start, stop in true_runs(recording.people > 1))


def alone(recording: PoseRecording) -> tuple[PoseRecording, Mask]:
    """The recording without the frames in which the model followed somebody else, and (N,) where these are.

    Only looked at while several people are in view: there a body that jumps, or changes its size, by half a trunk is another body, until it
    jumps back. The one who exercises is the one followed for longest. Where nothing is taken away the same object comes back.
    """
    other = np.zeros(len(recording), bool)
    jumps = _jumps(recording)
    if len(jumps) == 0:
        return recording, other
    centre, size = middle(recording.image_xy, "hip"), trunk_length(recording.image_xy)
    seen = np.flatnonzero(np.isfinite(size))
    pieces = np.split(seen, np.searchsorted(seen, jumps))
    longest = max(range(len(pieces)), key=lambda index: len(pieces[index]))
    for order, here, there in ((range(longest + 1, len(pieces)), 0, -1), (range(longest - 1, -1, -1), -1, 0)):
        last = pieces[longest][there]
        for index in order:
            first = pieces[index][here]
            if _is_jump(centre[first] - centre[last], size[first], size[last]):
                other[pieces[index]] = True
            else:
                last = pieces[index][there]
    if not other.any():
        return recording, other
    visibility = recording.visibility.copy()
    visibility[other] = 0.0
    return replace(recording, visibility=visibility), other


def _is_jump(moved_px: Float, size_px: float, before_px: float) -> bool:
    least = min(size_px, before_px)
    return bool(np.hypot(*moved_px) > MAX_JUMP_TRUNKS * least or abs(size_px - before_px) > MAX_JUMP_TRUNKS * least)


def _jumps(recording: PoseRecording) -> npt.NDArray[np.intp]:
    """First frames of a body that was not there in the frame before, while several people are in view."""
    if not (recording.people > 1).any():
        return np.empty(0, np.intp)
    # Nobody looked between two looks: the other may have come just after the one and gone just before the next.
    when = np.interp(recording.time_s, recording.people_time_s, (recording.people > 1).astype(np.float64)) > 0
    centre, size = middle(recording.image_xy, "hip"), trunk_length(recording.image_xy)
    seen = np.flatnonzero(np.isfinite(size) & (size > 0))
    if len(seen) < 2:
        return np.empty(0, np.intp)
    least = np.minimum(size[seen[1:]], size[seen[:-1]])
    far = np.linalg.norm(np.diff(centre[seen], axis=0), axis=-1) > MAX_JUMP_TRUNKS * least
    grown = np.abs(np.diff(size[seen])) > MAX_JUMP_TRUNKS * least
    return np.asarray(seen[1:][(far | grown) & when[seen[1:]]], np.intp)


def _contradicts(recording: PoseRecording, found: Mask) -> bool:
    """Whether nose and toes point backwards of a body as its left and right say, in most frames."""
    xyz = recording.world_xyz[found].astype(np.float64)
    if len(xyz) == 0:
        return False
    across = sum((point(xyz, Side.LEFT, part) - point(xyz, Side.RIGHT, part) for part in ("shoulder", "hip")), np.zeros((len(xyz), 3)))
    forward = unit(cross(across, trunk_vector(xyz)))
    points = xyz[:, Landmark.NOSE] - middle(xyz, "ear") + middle(xyz, "foot_index") - middle(xyz, "heel")
    cosine = dot(unit(points), forward)
    cosine = cosine[np.isfinite(cosine)]
    return len(cosine) > 0 and float(np.median(cosine)) < MAX_CONTRADICTION

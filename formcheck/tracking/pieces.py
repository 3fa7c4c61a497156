"""A film cut into pieces of time that are measured side by side, and joined again without a seam.

The pose model follows a person from frame to frame, so a piece begins a little early: the frames before its start only warm the model up,
and over the last of them the landmarks of the piece before fade into those of the next. Where the pieces lie follows from the film alone,
never from the computer: so the results do not depend on how many of them are measured at once, or on which machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from formcheck.motion.landmarks import Landmark
from formcheck.motion.recording import PoseRecording

__all__ = ["Part", "Piece", "agree", "cut", "joined"]

# After a quarter to half a second on thirty pictures a second, a model that began anew differs from one that saw the whole film by no more
# than two that began at different times always do (about 0.5 px and 3 mm; measured on the bundled clips).
_WARM_UP_S = 0.6
_WARM_UP_FRAMES = 12
_FADE_SHARE = 1 / 3
# Shorter pieces would spend more than an eighth of their time on warming up and on loading the model.
_WHOLE_BELOW_S = 8.0
_HALVES_BELOW_S = 24.0
_USUAL_S = 10.0

_HIPS = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]
_SHOULDERS = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
_LEFT = [Landmark.LEFT_HIP, Landmark.LEFT_KNEE, Landmark.LEFT_ANKLE]
_RIGHT = [Landmark.RIGHT_HIP, Landmark.RIGHT_KNEE, Landmark.RIGHT_ANKLE]
_SAME_HIPS_TRUNKS = 0.5

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a film: ``start_s <= time_s < end_s``, and how long before its start the model is warmed up.

    The first piece starts at minus infinity and the last one ends at infinity.
    """

    start_s: float = -np.inf
    end_s: float = np.inf
    warm_up_s: float = 0.0

    @property
    def begin_s(self) -> float:
        """Where the pose model begins to look."""
        return self.start_s - self.warm_up_s

    @property
    def fade_s(self) -> float:
        """Seconds before the start over which the piece before fades into this one."""
        return self.warm_up_s * _FADE_SHARE


@dataclass(frozen=True, eq=False)
class Part:
    """What was measured of a piece.

    Attributes
    ----------
    piece
        The piece.
    recording
        Its poses from `Piece.begin_s` on, the warming up included.
    whole
        False when the work was stopped before its end.
    """

    piece: Piece
    recording: PoseRecording
    whole: bool = True

    @property
    def own(self) -> bool:
        """Whether at least one frame of the piece itself was measured."""
        return bool(len(self.recording) and self.recording.time_s[-1] >= self.piece.start_s)


def cut(duration_s: float, fps: float) -> tuple[Piece, ...]:
    """Cut a film into pieces of equal length: about ten seconds each, their number 1, 2 or divisible by 4, so that cores end together.

    Parameters
    ----------
    duration_s
        Time of the last picture.
    fps
        Pictures a second that are looked at; 0.0 when unknown.
    """
    if not duration_s >= _WHOLE_BELOW_S:
        return (Piece(),)
    count = 2 if duration_s < _HALVES_BELOW_S else 4 * max(1, round(duration_s / (4 * _USUAL_S)))
    warm_up_s = max(_WARM_UP_S, _WARM_UP_FRAMES / fps) if fps > 0 else _WARM_UP_S
    bounds = [-np.inf, *(duration_s * k / count for k in range(1, count)), np.inf]
    return tuple(Piece(bounds[k], bounds[k + 1], warm_up_s if k else 0.0) for k in range(count))


def agree(before: PoseRecording, after: Part) -> bool:
    """Whether a piece has found the person that the one before has followed to the end, on the same sides.

    Compared are the frames that fade. They agree when both found somebody, or nobody, in at least half of them, the hips are nearer than
    half a trunk, and no side is nearer to the other one's other side.
    """
    a, b = _fading(before, after)
    if not len(a):
        return True
    there = _present(a) & _present(b)
    if (_present(a) != _present(b)).mean() > 0.5:
        return False
    if not there.any():
        return True
    one, other = a.image_xy[there], b.image_xy[there]
    apart = np.linalg.norm(one[:, _HIPS].mean(axis=1) - other[:, _HIPS].mean(axis=1), axis=1)
    trunk = np.maximum(_trunk_px(one), _trunk_px(other))
    straight = _gap(one[:, _LEFT], other[:, _LEFT]) + _gap(one[:, _RIGHT], other[:, _RIGHT])
    crossed = _gap(one[:, _LEFT], other[:, _RIGHT]) + _gap(one[:, _RIGHT], other[:, _LEFT])
    return bool(np.median(apart / trunk) < _SAME_HIPS_TRUNKS and np.median(straight - crossed) <= 0)


def joined(parts: Sequence[Part]) -> PoseRecording:
    """Join the parts of a film, in order, into one recording.

    A frame of the fade is the mean of both, weighted by how near its time is to either end of the fade; where only one of them has found
    somebody, or nobody, the nearer end decides. All else is taken over as it is.
    """
    whole = parts[0].recording
    for part in parts[1:]:
        start_s = part.piece.start_s
        kept, following = whole.part(-np.inf, start_s), part.recording.part(start_s, np.inf)
        faded = _faded(*_fading(kept, part), part.piece)
        whole = kept.part(-np.inf, start_s - part.piece.fade_s).followed_by(faded).followed_by(following)
    return whole


def _fading(before: PoseRecording, after: Part) -> tuple[PoseRecording, PoseRecording]:
    """The same frames of both."""
    start_s = after.piece.start_s
    a = before.part(start_s - after.piece.fade_s, start_s)
    b = after.recording.part(start_s - after.piece.fade_s, start_s)
    if not np.array_equal(a.time_s, b.time_s):
        raise ValueError(f"the pieces at {start_s:.3f} s are not of the same frames")
    return a, b


def _faded(a: PoseRecording, b: PoseRecording, piece: Piece) -> PoseRecording:
    if not len(a):
        return a
    weight = (a.time_s - (piece.start_s - piece.fade_s)) / piece.fade_s
    weight = np.where(_present(a) & _present(b), weight, np.round(weight))

    def mixed(name: str) -> npt.NDArray[np.float32]:
        one, other = getattr(a, name), getattr(b, name)
        share = weight.reshape(-1, *([1] * (one.ndim - 1)))
        return np.asarray(np.where(share == 0, one, np.where(share == 1, other, one + share * (other - one))), np.float32)

    return replace(a, image_xy=mixed("image_xy"), world_xyz=mixed("world_xyz"), visibility=mixed("visibility"))


def _present(recording: PoseRecording) -> _Mask:
    return np.asarray(~np.isnan(recording.image_xy).all(axis=(1, 2)))


def _trunk_px(image_xy: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
    return np.asarray(np.linalg.norm(image_xy[:, _SHOULDERS].mean(axis=1) - image_xy[:, _HIPS].mean(axis=1), axis=1))


def _gap(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> npt.NDArray[np.floating]:
    return np.asarray(np.linalg.norm(a - b, axis=2).sum(axis=1))

"""How many people are in a picture: looked for now and then, because the pose model follows one person only."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from formcheck.capture.bundles import ModelBundle
from formcheck.capture.frame import VideoFrame
from formcheck.capture.runtime import load_landmarker, load_mediapipe, quiet
from formcheck.motion.landmarks import Landmark

__all__ = ["MOST_PEOPLE", "PeopleCounter", "count_separate"]

#: More people than this are counted as this many.
MOST_PEOPLE = 3

# Above the usual 0.5: a chair or a picture that is taken for a person would be a second person in the whole session.
_MIN_DETECTION = 0.6
_MIN_VISIBILITY = 0.5
_SAME_HIPS_TRUNKS = 0.5
_SAME_OVERLAP = 0.5

_SHOULDERS = [Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]
_HIPS = [Landmark.LEFT_HIP, Landmark.RIGHT_HIP]
_TRUNK = [*_SHOULDERS, *_HIPS]


class PeopleCounter:
    """Counts people in single pictures, whatever came before; `MOST_PEOPLE` at most.

    A context manager. The detector looks at the whole picture, made small: somebody who takes up less than about a third of its longer
    side may be missed. So 1 means "nobody else who could be mistaken for the one who exercises", not "nobody else".

    Parameters
    ----------
    bundle
        The checked pose model; "lite" is enough.

    Raises
    ------
    InputError
        On entering: mediapipe or a system library is missing, or the bundle cannot be loaded.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self._bundle = bundle
        self._landmarker: Any = None

    def __enter__(self) -> Self:
        self._mp = load_mediapipe()
        self._landmarker = load_landmarker(self._bundle, video=False, people=MOST_PEOPLE, min_detection=_MIN_DETECTION)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        landmarker, self._landmarker = self._landmarker, None
        with quiet():
            landmarker.close()

    def count(self, frame: VideoFrame) -> int:
        """Return how many people are in this picture, 0 to `MOST_PEOPLE`."""
        if self._landmarker is None:
            raise RuntimeError("a PeopleCounter is opened with a with statement")
        picture = self._mp.Image(image_format=self._mp.ImageFormat.SRGB, data=frame.image)
        with quiet():
            found = self._landmarker.detect(picture).pose_landmarks
        if not found:
            return 0
        marks = np.array([[(mark.x, mark.y, mark.visibility) for mark in body] for body in found])
        height, width = frame.image.shape[:2]
        return count_separate(marks[..., :2] * (width, height), marks[..., 2])


def count_separate(image_xy: npt.NDArray[np.floating], visibility: npt.NDArray[np.floating]) -> int:
    """Count the bodies that are visible, and not the same one found twice.

    Two are the same when their hips are nearer than half a trunk, or when the boxes around them overlap by more than half.

    Parameters
    ----------
    image_xy
        (P, 33, 2) px.
    visibility
        (P, 33) 0..1.
    """
    kept: list[npt.NDArray[np.floating]] = []
    for body, seen in zip(image_xy, visibility, strict=True):
        if seen[_TRUNK].mean() >= _MIN_VISIBILITY and not any(_same(body, other) for other in kept):
            kept.append(body)
    return len(kept)


def _same(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> bool:
    hips_a, hips_b = a[_HIPS].mean(axis=0), b[_HIPS].mean(axis=0)
    trunk = max(np.linalg.norm(body[_SHOULDERS].mean(axis=0) - body[_HIPS].mean(axis=0)) for body in (a, b))
    return bool(np.linalg.norm(hips_a - hips_b) < _SAME_HIPS_TRUNKS * trunk or _overlap(a, b) > _SAME_OVERLAP)


def _overlap(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> float:
    """Area that the boxes around two bodies share, over the area they cover together."""
    shared = np.prod(np.clip(np.minimum(a.max(0), b.max(0)) - np.maximum(a.min(0), b.min(0)), 0, None))
    together = np.prod(np.ptp(a, axis=0)) + np.prod(np.ptp(b, axis=0)) - shared
    return float(shared / together) if together > 0 else 0.0

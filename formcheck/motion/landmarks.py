"""The 33 body landmarks, the two sides of a person, and one moment of a pose.

Left and right are always the *person's*. Mirroring is a matter of drawing and happens nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["EDGES", "MIRROR", "Landmark", "PoseFrame", "Side"]

FloatArray = npt.NDArray[np.floating]


class Side(StrEnum):
    """A side of the person, never of the picture."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT

    @property
    def sign(self) -> int:
        """+1 for right, -1 for left: the factor that makes clinical signs equal on both sides."""
        return 1 if self is Side.RIGHT else -1


class Landmark(IntEnum):
    """Rows of a landmark array, in the order of the MediaPipe pose model."""

    NOSE = 0
    LEFT_EYE_INNER = 1
    LEFT_EYE = 2
    LEFT_EYE_OUTER = 3
    RIGHT_EYE_INNER = 4
    RIGHT_EYE = 5
    RIGHT_EYE_OUTER = 6
    LEFT_EAR = 7
    RIGHT_EAR = 8
    MOUTH_LEFT = 9
    MOUTH_RIGHT = 10
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_PINKY = 17
    RIGHT_PINKY = 18
    LEFT_INDEX = 19
    RIGHT_INDEX = 20
    LEFT_THUMB = 21
    RIGHT_THUMB = 22
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_FOOT_INDEX = 31
    RIGHT_FOOT_INDEX = 32

    @classmethod
    @cache
    def of(cls, side: Side, part: str) -> Landmark:
        """The landmark of one side, e.g. ``Landmark.of(Side.LEFT, "knee")``."""
        return cls[f"{side.value}_{part}".upper()]


def _mirror_index() -> npt.NDArray[np.intp]:
    names = {mark.name: mark.value for mark in Landmark}
    swap = {"LEFT": "RIGHT", "RIGHT": "LEFT"}
    index = np.empty(len(Landmark), dtype=np.intp)
    for mark in Landmark:
        other = "_".join(swap.get(word, word) for word in mark.name.split("_"))
        index[mark] = names[other]
    index.flags.writeable = False
    return index


#: For each landmark the row of its mirror image: an involution, the nose maps to itself.
MIRROR = _mirror_index()

#: Bones worth drawing for these exercises: trunk, legs and feet.
EDGES: tuple[tuple[Landmark, Landmark], ...] = (
    (Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER),
    (Landmark.LEFT_HIP, Landmark.RIGHT_HIP),
    *(
        (Landmark.of(side, a), Landmark.of(side, b))
        for side in Side
        for a, b in (
            ("shoulder", "hip"),
            ("hip", "knee"),
            ("knee", "ankle"),
            ("ankle", "heel"),
            ("heel", "foot_index"),
            ("ankle", "foot_index"),
        )
    ),
)


def _frozen(name: str, value: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    array = np.array(value, dtype=np.float32)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    array.flags.writeable = False
    return array


def _full(shape: tuple[int, ...], value: float) -> npt.NDArray[np.float32]:
    return np.full(shape, value, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class PoseFrame:
    """One person at one moment. Nobody in view is a value: every array NaN, visibility 0.

    Attributes
    ----------
    index
        Number of the video frame, from 0.
    time_s
        Presentation time in seconds; strictly increasing along a recording, the first may be 0.0.
    image_xy
        (33, 2) px, x right and y down from the top-left corner of the unmirrored picture. NaN: nobody.
    world_xyz
        (33, 3) m, origin between the hips, x right, y down, z away from the camera. NaN: nobody.
    visibility
        (33,) 0..1 as the model says it; 0 where nobody is.
    image_size
        (width, height) px of the picture the pixels refer to.
    """

    index: int
    time_s: float
    image_xy: npt.NDArray[np.float32]
    world_xyz: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.float32]
    image_size: tuple[int, int]

    def __post_init__(self) -> None:
        n = len(Landmark)
        object.__setattr__(self, "image_xy", _frozen("image_xy", self.image_xy, (n, 2)))
        object.__setattr__(self, "world_xyz", _frozen("world_xyz", self.world_xyz, (n, 3)))
        object.__setattr__(self, "visibility", _frozen("visibility", self.visibility, (n,)))
        if not np.isfinite(self.time_s):
            raise ValueError(f"time_s must be finite, got {self.time_s}")

    @classmethod
    def missing(cls, index: int, time_s: float, image_size: tuple[int, int]) -> PoseFrame:
        """A moment with nobody in view."""
        n = len(Landmark)
        return cls(index, time_s, _full((n, 2), np.nan), _full((n, 3), np.nan), _full((n,), 0.0), image_size)

    @property
    def is_missing(self) -> bool:
        """True when nobody was found in this picture."""
        return bool(np.isnan(self.image_xy).all())

    def mirrored(self) -> PoseFrame:
        """The same person seen in a mirror: picture flipped, sides swapped."""
        image = self.image_xy[MIRROR] * np.array([-1, 1], np.float32)
        image[:, 0] += self.image_size[0]
        world = self.world_xyz[MIRROR] * np.array([-1, 1, 1], np.float32)
        return PoseFrame(self.index, self.time_s, image, world, self.visibility[MIRROR], self.image_size)

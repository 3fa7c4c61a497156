"""Poorer cameras and rooms, made of good films frame by frame: fewer pictures a second, fewer pixels, less light, more distance.

Each condition changes one thing, so that its row in the tables says what that thing costs. They are what a film can be changed into
afterwards: a farther camera is only a smaller person here, with the perspective of the nearer one; dark pictures have a sensor's noise,
and the blur of a long exposure is not added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from formcheck.capture.frame import Image, VideoFrame
from formcheck.errors import InputError

__all__ = ["CONDITIONS", "Condition", "Lens", "condition"]

#: Full-well electrons of a webcam's pixel in full light, and its read noise: small sensors hold some thousands (judgement).
_FULL_WELL, _READ_NOISE = 4000.0, 8.0
#: The light of a dim room beside a lit one, as exposure sees it after the camera has turned its gain up: noise of a twelfth of the light.
_DIM_LIGHT = 1 / 12
#: A webcam's stream of pictures is packed hard.
_JPEG_QUALITY = 30


@dataclass(frozen=True, slots=True)
class Condition:
    """A change made to every frame.

    Attributes
    ----------
    name, what
        As in `--condition`, and in words.
    fps
        At most this many pictures a second are kept; None keeps all.
    change
        Gives the changed (H, W, 3) RGB picture; None leaves it.
    """

    name: str
    what: str
    fps: float | None = None
    change: Callable[[Image, np.random.Generator], Image] | None = None


def _smaller(image: Image, height: int) -> Image:
    if image.shape[0] <= height:
        return image
    width = round(image.shape[1] * height / image.shape[0])
    return _as_image(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA))


def _farther(image: Image, share: float) -> Image:
    """The same picture taken from farther away: smaller, in the middle, its border continued."""
    height, width = image.shape[:2]
    inner = cv2.resize(image, (round(width * share), round(height * share)), interpolation=cv2.INTER_AREA)
    top, left = (height - inner.shape[0]) // 2, (width - inner.shape[1]) // 2
    bottom, right = height - inner.shape[0] - top, width - inner.shape[1] - left
    return _as_image(cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_REPLICATE))


def _darker(image: Image, rng: np.random.Generator) -> Image:
    """A dim room: shot and read noise of little light, half the brightness. Noise is added to the light, not to its gamma."""
    light = (image.astype(np.float32) / 255.0) ** 2.2
    electrons = light * _FULL_WELL * _DIM_LIGHT
    noisy = electrons + rng.standard_normal(image.shape, dtype=np.float32) * np.sqrt(electrons + _READ_NOISE**2)
    seen = np.clip(noisy / (_FULL_WELL * _DIM_LIGHT), 0.0, 1.0) * 0.25
    return _as_image(np.round(255.0 * seen ** (1 / 2.2)).astype(np.uint8))


def _packed(image: Image, _rng: np.random.Generator) -> Image:
    data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return _as_image(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB))


def _as_image(image: object) -> Image:
    return np.ascontiguousarray(image, np.uint8)


#: All conditions by name.
CONDITIONS: dict[str, Condition] = {
    item.name: item
    for item in (
        Condition("fps-15", "15 pictures a second", fps=15.0),
        Condition("fps-10", "10 pictures a second", fps=10.0),
        Condition("360p", "pictures of 360 lines", change=lambda image, _: _smaller(image, 360)),
        Condition("480p", "pictures of 480 lines", change=lambda image, _: _smaller(image, 480)),
        Condition("far", "the person 1.4 times as far away: about 3 m", change=lambda image, _: _farther(image, 1 / 1.4)),
        Condition("dim", "a dim room, noisy and dark", change=_darker),
        Condition("jpeg", f"pictures packed hard (JPEG quality {_JPEG_QUALITY})", change=_packed),
    )
}


class Lens:
    """Applies one condition to the frames of one film, in their order. Its noise is the same on every run."""

    def __init__(self, condition: Condition) -> None:
        self._condition = condition
        self._rng = np.random.default_rng(0)
        self._due_s = 0.0
        self._kept = 0

    def __call__(self, frame: VideoFrame) -> VideoFrame | None:
        """The changed frame, or None where the poorer camera has taken none."""
        fps = self._condition.fps
        if fps is not None:
            # Half a millisecond: times of a container are rounded.
            if frame.time_s < self._due_s - 5e-4:
                return None
            self._due_s = max(self._due_s + 1.0 / fps, frame.time_s)
        image = frame.image if self._condition.change is None else self._condition.change(frame.image, self._rng)
        kept = replace(frame, index=self._kept, image=image, full_size=None if image is not frame.image else frame.full_size)
        self._kept += 1
        return kept


def condition(name: str) -> Condition:
    """The condition of this name.

    Raises
    ------
    InputError
        There is none.
    """
    try:
        return CONDITIONS[name]
    except KeyError:
        raise InputError(f"{name}: is not a condition; choose from {', '.join(CONDITIONS)}.") from None

"""Pictures out of an annotated video, where the film itself is not read again."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["plain_still"]

_WIDTH_PX, _QUALITY = 640, 80


def plain_still(image: npt.NDArray[np.uint8]) -> bytes:
    """A picture, (H, W, 3) uint8 RGB, as a JPEG at most 640 px wide."""
    height, width = image.shape[:2]
    if width > _WIDTH_PX:
        image = cv2.resize(image, (_WIDTH_PX, max(1, round(height * _WIDTH_PX / width))), interpolation=cv2.INTER_AREA).astype(np.uint8)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(data.tobytes())

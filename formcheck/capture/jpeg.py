"""JPEG pictures that come from elsewhere: their size is read before anything is unfolded."""

from __future__ import annotations

import numpy as np

from formcheck.capture.frame import Image
from formcheck.errors import InputError

__all__ = ["decoded_jpeg", "jpeg_size"]

#: Start-of-frame markers: baseline, extended, progressive; the others are kinds that no camera sends.
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def jpeg_size(data: bytes) -> tuple[int, int]:
    """(width, height) px that a JPEG says it has.

    Raises
    ------
    InputError
        It is no JPEG, or its header is cut off.
    """
    if data[:2] != b"\xff\xd8":
        raise InputError("this is no JPEG picture.")
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            break
        marker = data[place + 1]
        if marker == 0xFF or marker in _ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in _FRAMES:
            head = data[place + 5 : place + 9]
            if len(head) < 4:
                break
            return int.from_bytes(head[2:4], "big"), int.from_bytes(head[:2], "big")
        if marker == 0xDA or length < 2:
            break
        place += 2 + length
    raise InputError("this JPEG picture has no readable header.")


def decoded_jpeg(data: bytes, most_pixels: int) -> Image:
    """The picture, (H, W, 3) uint8 RGB.

    Raises
    ------
    InputError
        It is no JPEG, has more than ``most_pixels`` pixels, or is damaged.
    """
    from formcheck.capture.runtime import load_opencv

    width, height = jpeg_size(data)
    if not 0 < width * height <= most_pixels:
        raise InputError(f"a picture of {width} x {height} is too large.")
    cv2 = load_opencv()
    image: Image | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None or image.shape[:2] != (height, width):
        raise InputError("this JPEG picture is damaged.")
    return image

"""Words as pixels: measuring, wrapping and drawing text.

The typefaces are the ones compiled into OpenCV (5 or newer), so no font file has to be found on any machine: a sans-serif of variable
weight for Latin, Greek, Cyrillic, Hebrew and Arabic letters, with the wide one of OpenCV behind it for Chinese, Japanese and Korean. A
sign that neither has becomes a question mark.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from formcheck.errors import OutputError

__all__ = ["BOLD", "CAP_HEIGHT", "LINE_HEIGHT", "REGULAR", "SEMIBOLD", "TextBlock", "fitted", "text_mask", "text_width_px", "wrapped"]

REGULAR, SEMIBOLD, BOLD = 450, 580, 720

#: Height of a capital letter or digit, and distance of two lines, as parts of the text size.
CAP_HEIGHT = 0.7
LINE_HEIGHT = 1.25

_ASCENT = 1.15
_DESCENT = 0.4
_SHRINK = 0.92

_local = threading.local()


def text_width_px(text: str, size_px: int, weight: int = REGULAR) -> int:
    """Width of one line of text, in px; 0 for no text."""
    if not text:
        return 0
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), _face(), size_px, weight)
    return int(width)


def text_mask(text: str, size_px: int, weight: int = REGULAR) -> tuple[npt.NDArray[np.uint8], int]:
    """One line of text as coverage.

    Returns
    -------
    mask
        (H, W) uint8, 255 where the letters are, anti-aliased.
    baseline
        Row of the mask on which the letters stand.
    """
    baseline = math.ceil(size_px * _ASCENT)
    mask = np.zeros((baseline + math.ceil(size_px * _DESCENT), text_width_px(text, size_px, weight) + 4 + size_px), np.uint8)
    cv2.putText(mask, text, (1, baseline), (255,), _face(), size_px, weight)
    for place in (index for index, letter in enumerate(text) if letter == "0"):
        _open_zero(mask, baseline, 1 + text_width_px(text[: place + 1], size_px, weight), size_px, weight)
    return mask, baseline


def wrapped(text: str, width_px: int, size_px: int, weight: int = REGULAR) -> list[str]:
    """Break text into lines of at most ``width_px``, between words where possible, inside a word that is too long by itself.

    At least one letter stands on each line, however narrow it is. Runs of white space become one space; no text is no line.
    """
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if text_width_px(longer, size_px, weight) <= width_px:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, width_px, size_px, weight)
        lines += whole
    return [*lines, line] if line else lines


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Wrapped text and the size at which it fits.

    Attributes
    ----------
    lines
        From top to bottom.
    size_px
        Text size.
    width_px, height_px
        Of the whole block.
    """

    lines: tuple[str, ...]
    size_px: int
    width_px: int
    height_px: int


def fitted(text: str, box: tuple[float, float], size_px: int, min_size_px: int, weight: int = REGULAR) -> TextBlock | None:
    """Wrap text into a box of (width, height) px, at ``size_px`` or the next smaller size at which all of it fits.

    Returns
    -------
    TextBlock or None
        None when it does not fit even at ``min_size_px``: nothing is ever cut off.
    """
    size = size_px
    while size >= min_size_px:
        lines = wrapped(text, int(box[0]), size, weight)
        width = max((text_width_px(line, size, weight) for line in lines), default=0)
        height = math.ceil(len(lines) * size * LINE_HEIGHT)
        if width <= box[0] and height <= box[1]:
            return TextBlock(tuple(lines), size, width, height)
        size = min(size - 1, int(size * _SHRINK))
    return None


def _open_zero(mask: npt.NDArray[np.uint8], baseline: int, end: int, size_px: int, weight: int) -> None:
    """Put a letter O, as narrow as a figure, over the zero that ends at column ``end``: the typeface's own is crossed, which from afar
    looks like an 8.
    """
    width, wide = text_width_px("0", size_px, weight), text_width_px("O", size_px, weight)
    letter = np.zeros((mask.shape[0], wide), np.uint8)
    cv2.putText(letter, "O", (0, baseline), (255,), _face(), size_px, weight)
    start = max(end - width, 0)
    if end - start == width:
        mask[:, start:end] = cv2.resize(letter, (width, mask.shape[0]), interpolation=cv2.INTER_AREA)


def _pieces(word: str, width_px: int, size_px: int, weight: int) -> list[str]:
    pieces = []
    while text_width_px(word, size_px, weight) > width_px and len(word) > 1:
        fits = 1
        while fits + 1 < len(word) and text_width_px(word[: fits + 1], size_px, weight) <= width_px:
            fits += 1
        pieces.append(word[:fits])
        word = word[fits:]
    return [*pieces, word]


def _face() -> Any:
    """The typeface of this thread: OpenCV's must not be shared between threads."""
    face = getattr(_local, "face", None)
    if face is None:
        if not hasattr(cv2, "FontFace"):
            raise OutputError(f"OpenCV {cv2.__version__} cannot draw text; install opencv-python 5 or newer.")
        face = _local.face = cv2.FontFace("sans")
    return face

"""Boxes with words: what went wrong, that nobody can be seen, the angle at a joint, the name of the exercise."""

from __future__ import annotations

import math

import numpy as np

from formcheck.exercise.session import Fault, Phase
from formcheck.report.overlay_panel import phase_icon
from formcheck.report.overlay_sprites import Canvas, Sprite
from formcheck.report.palette import ALARM, CAUTION, INK, PANEL, PAPER, Rgb
from formcheck.report.text import BOLD, CAP_HEIGHT, REGULAR, SEMIBOLD, TextBlock, fitted, text_width_px
from formcheck.report.words import clean_text, evidence, fault_title

__all__ = ["angle_label", "fault_banner", "notice", "title_strip", "warning_sign"]

_MIN_TEXT_PX = 7
_SIGN_EM = 2.6
_NARROW_EM, _STRIP_EM = 14.0, 2.0


def fault_banner(fault: Fault, width_px: int, max_height_px: int, em_px: float) -> Sprite | None:
    """A banner with a warning sign, the name of the mistake, what was measured, and the whole message.

    The text becomes smaller until all of it fits into ``width_px`` and ``max_height_px``; None when it cannot.
    """
    found = _fitted_words(fault, width_px, max_height_px, em_px)
    if found is None:
        return None
    em, title, message, text_size = found
    colour = ALARM if fault.severity == "fault" else CAUTION
    narrow = width_px < _NARROW_EM * em_px
    sign, strip = (0.0, _STRIP_EM * em) if narrow else (_SIGN_EM * em, 0.0)
    height = math.ceil(strip + title.height_px + message.height_px + 0.75 * em)
    height = min(max(height, math.ceil(2.7 * em)), max_height_px)
    canvas = Canvas(width_px, height)
    canvas.panel(0.4 * em, PANEL, 0.88)
    left, top = sign + 0.45 * em, strip + (height - strip - title.height_px - message.height_px) / 2
    if narrow:
        canvas.box(0, 0, width_px, strip, 0.4 * em, colour)
        canvas.box(0, strip / 2, width_px, strip / 2, 0, colour)
        _triangle(canvas, 1.4 * em, strip / 2, 1.5 * em, INK, colour)
        measured = _short_evidence(fault, width_px - 3.2 * em, text_size)
        canvas.text(measured, 2.8 * em, strip / 2 + CAP_HEIGHT * text_size / 2, text_size, INK, SEMIBOLD)
    else:
        canvas.box(0, 0, sign, height, 0.4 * em, colour)
        canvas.box(sign / 2, 0, sign / 2, height, 0, colour)
        _triangle(canvas, sign / 2, height / 2, min(1.9 * em, height * 0.8), INK, colour)
        used = text_width_px(title.lines[-1], title.size_px, BOLD) + 0.8 * em
        measured = _short_evidence(fault, width_px - left - used - 0.25 * em, text_size)
        canvas.text(measured, left + used, top + title.height_px - 0.3 * title.size_px, text_size, colour, SEMIBOLD)
    canvas.block(title, left, top, PAPER, BOLD)
    canvas.block(message, left, top + title.height_px, PAPER, REGULAR)
    return canvas.sprite()


def _fitted_words(fault: Fault, width_px: int, max_height_px: int, em_px: float) -> tuple[float, TextBlock, TextBlock, int] | None:
    """Text size, title, message and the message's size, as large as they fit; None when even the smallest do not."""
    # In a narrow column the sign stands above the words, not beside them.
    narrow = width_px < _NARROW_EM * em_px
    em = em_px
    while True:
        room = width_px - (0.9 * em if narrow else (_SIGN_EM + 0.7) * em)
        head_size, text_size = round(1.12 * em), round(0.92 * em)
        title = fitted(fault_title(fault.code), (room, max_height_px), head_size, head_size, BOLD)
        message = fitted(clean_text(fault.message), (room, max_height_px), text_size, text_size)
        if title and message:
            height = math.ceil((_STRIP_EM * em if narrow else 0.0) + title.height_px + message.height_px + 0.75 * em)
            if height <= max_height_px:
                return em, title, message, text_size
        if min(text_size, head_size) <= _MIN_TEXT_PX:
            return None
        em *= 0.93


def notice(words: str, width_px: int, height_px: int, em_px: float) -> Sprite | None:
    """A small box with the sign of what is not seen and some words; None when they do not fit."""
    block = fitted(words, (width_px - 2.6 * em_px, height_px - 0.8 * em_px), round(em_px), _MIN_TEXT_PX, SEMIBOLD)
    if block is None:
        return None
    canvas = Canvas(math.ceil(block.width_px + 2.6 * em_px), math.ceil(block.height_px + 0.8 * em_px))
    canvas.panel(0.4 * em_px)
    phase_icon(canvas, Phase.UNSEEN, 0.5 * em_px, canvas.height / 2 - 0.6 * em_px, 1.2 * em_px, CAUTION)
    canvas.block(block, 2.0 * em_px, 0.4 * em_px, PAPER, SEMIBOLD)
    return canvas.sprite()


def title_strip(words: str, width_px: int, em_px: float) -> Sprite | None:
    """The name of the exercise on a dark strip; None when it does not fit in two lines or there is none."""
    size = round(0.82 * em_px)
    block = fitted(clean_text(words), (width_px - em_px, 2.6 * size), size, max(_MIN_TEXT_PX, size // 2), SEMIBOLD)
    if block is None or not block.lines:
        return None
    canvas = Canvas(math.ceil(block.width_px + em_px), math.ceil(block.height_px + 0.4 * em_px))
    canvas.panel(0.3 * em_px, PANEL, 0.72)
    canvas.block(block, 0.5 * em_px, 0.2 * em_px, PAPER, SEMIBOLD)
    return canvas.sprite()


def angle_label(words: str, em_px: float, colour: Rgb) -> Sprite:
    """The degrees at a joint, in a pill with a rim of the leg's colour."""
    size = round(1.25 * em_px)
    width = text_width_px(words, size, BOLD)
    canvas = Canvas(math.ceil(width + 0.9 * em_px), math.ceil(1.75 * em_px))
    rim = max(1.0, 0.09 * em_px)
    canvas.panel(canvas.height / 2, colour, 1.0)
    canvas.box(rim, rim, canvas.width - 2 * rim, canvas.height - 2 * rim, canvas.height / 2, PANEL, 0.94)
    canvas.text(words, 0.48 * em_px, canvas.height / 2 + CAP_HEIGHT * size / 2, size, PAPER, BOLD)
    return canvas.sprite()


def warning_sign(size_px: float, severity: str) -> Sprite:
    """The warning triangle alone, for pictures too small for words."""
    canvas = Canvas(math.ceil(size_px), math.ceil(size_px))
    colour = ALARM if severity == "fault" else CAUTION
    _triangle(canvas, canvas.width / 2, canvas.height / 2, 0.94 * size_px, colour, INK)
    return canvas.sprite()


def _triangle(canvas: Canvas, x: float, y: float, side: float, colour: Rgb, mark: Rgb) -> None:
    """A triangle around (x, y) with an exclamation mark cut out of it."""
    high = 0.88 * side
    corners = np.array([(0.0, -0.54 * high), (0.5 * side, 0.46 * high), (-0.5 * side, 0.46 * high)])
    canvas.polygon(corners + np.array((x, y)), colour)
    bar = np.array([(-0.065, -0.22), (0.065, -0.22), (0.045, 0.12), (-0.045, 0.12)]) * side
    canvas.polygon(bar + np.array((x, y)), mark)
    canvas.disc(x, y + 0.24 * side, 0.065 * side, mark)


def _short_evidence(fault: Fault, room_px: float, size_px: int) -> str:
    """``41° · at most 35°``, or ``41°`` where there is no room for more; nothing for measures that need more words."""
    if fault.unit not in ("deg", "s") or not (math.isfinite(fault.measured) and math.isfinite(fault.limit)):
        return ""
    both = evidence(fault)
    fitting = (words for words in (" · ".join(both), both[0]) if text_width_px(words, size_px, SEMIBOLD) <= room_px)
    return next(fitting, "")

"""A session on one card, for a chat or a file: counts, range, what to work on, and a small trace. It names no file and no person."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from formcheck.exercise.session import SessionReport
from formcheck.report.angle_picture import draw_trace, limits_drawn
from formcheck.report.canvas import ACCENT, GRID, INK, LEG_INK, MUTED, PAPER, PictureKind, Sheet, fitting, plain_style
from formcheck.report.ranges import leg_ranges
from formcheck.report.summary import NOT_MEDICAL, SAFETY, LegCount, summarise
from formcheck.report.words import angle_text, clean_text, sentence, towards

__all__ = ["write_session_card"]

_WIDTH, _MARGIN, _GAP = 1080, 64, 28
_INNER = _WIDTH - 2 * _MARGIN
_TRACE_PX = 190
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
#: Most lines of a text that comes from elsewhere, so that no card grows without end.
_MOST_LINES = 4


def write_session_card(report: SessionReport, path: Path, kind: PictureKind, day: date | None = None) -> None:
    """Draw the card of a session.

    Parameters
    ----------
    day
        The day of the session where it is known; a film does not tell it, so it is left out.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with plain_style():
        # Once to learn how high the text is, once on a sheet of that height.
        height = _draw(Sheet(_WIDTH, 2400), report, day)
        sheet = Sheet(_WIDTH, round(height))
        _draw(sheet, report, day)
        sheet.save(path, kind)


def _draw(sheet: Sheet, report: SessionReport, day: date | None) -> float:
    """Draw everything from top to bottom and give where it ends."""
    words = summarise(report)
    sheet.box(0, 0, _WIDTH, 14, ACCENT)
    y = _lines(sheet, clean_text(report.title), 84.0, 44, "bold")
    if day is not None:
        y = _lines(sheet, f"{day.day} {_MONTHS[day.month - 1]} {day.year}", y, 24, colour=MUTED)
    y = _lines(sheet, sentence(words.verdict), y + 16, 28) + _GAP - 12
    y = _legs(sheet, report, words.legs, y) + _GAP
    y = _trace(sheet, report, y) + _GAP + 8
    if words.work_on:
        y = _lines(sheet, "To work on" if len(words.work_on) == 1 else "Two things to work on", y + 22, 27, "bold") + 14
        for number, item in enumerate(words.work_on, 1):
            sheet.text(_MARGIN, y, f"{number}", 26, weight="bold", colour=ACCENT)
            y = _lines(sheet, f"{item.title}, {item.where}", y, 26, "bold", left=40)
            y = _lines(sheet, item.message, y, 24, left=40, colour=MUTED) + 14
    elif words.went_well:
        y = _lines(sheet, "What went well", y + 22, 27, "bold") + 10
        for line in words.went_well[:2]:
            y = _lines(sheet, line, y, 24, colour=MUTED) + 8
    sheet.box(_MARGIN, y, _INNER, 1.5, GRID)
    y = _lines(sheet, f"{SAFETY} {NOT_MEDICAL}", y + 42, 20, colour=MUTED)
    return y + 16


def _lines(sheet: Sheet, text: str, y: float, size: float, weight: str = "normal", *, left: float = 0, colour: str = INK) -> float:
    """Set a text from a baseline on, wrapped to the card, and give the baseline after it."""
    lines = sheet.wrapped(text, _INNER - left, size, weight)
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][:-1]}\u2026"]
    for line in lines:
        sheet.text(_MARGIN + left, y, line, size, weight=weight, colour=colour)
        y += size * 1.36
    return y


def _legs(sheet: Sheet, report: SessionReport, legs: tuple[LegCount, ...], top: float) -> float:
    width = (_INNER - _GAP * (len(legs) - 1)) / max(len(legs), 1)
    heights = [_leg(sheet, report, item, (_MARGIN + index * (width + _GAP), top, width)) for index, item in enumerate(legs)]
    return max(heights, default=top)


def _leg(sheet: Sheet, report: SessionReport, item: LegCount, place: tuple[float, float, float]) -> float:
    """One leg: its count beside the target, and how far it went."""
    x, y, width = place
    ranges = [one for one in leg_ranges(report) if one.side == item.side]
    several = len({one.direction for one in ranges}) > 1
    texts = [
        f"{f'{sentence(towards(one.direction)).rstrip(chr(46))}: ' if several else ''}range {angle_text(one.range_deg, one.pm_deg)}"
        for one in ranges
    ] or (["range not measured"] if item.count else [])
    inner = width - 56
    lines = [line for text in (*texts, item.note) for line in sheet.wrapped(text, inner, 22)]
    height = 170 + 31 * len(lines)
    sheet.box(x, y, width, height, "#f4f7f9", edge=GRID, round_px=16)
    sheet.text(x + 28, y + 44, item.name, 24, weight="bold", colour=LEG_INK.get(item.side, ACCENT))
    sheet.text(x + 28, y + 104, str(item.count), 56, weight="bold")
    sheet.text(x + 28 + sheet.width_of(str(item.count), 56, "bold") + 14, y + 104, "repetition" + "s" * (item.count != 1), 22, colour=MUTED)
    _meter(sheet, item.count, report.target_reps, (x + 28, y + 122, inner))
    for number, line in enumerate(lines):
        sheet.text(x + 28, y + 176 + 31 * number, line, 22, colour=INK if number < len(lines) - 1 else MUTED)
    return y + height


def _meter(sheet: Sheet, count: int, target: tuple[int, int], place: tuple[float, float, float]) -> None:
    """A bar of the count with the target as a frame around its stretch."""
    x, y, width = place
    least, most = target
    full = max(most, count, 1)
    sheet.box(x, y, width, 14, "#e3e9ee", round_px=7)
    if count:
        sheet.box(x, y, max(width * count / full, 14), 14, ACCENT, round_px=7)
    for mark in (least, most):
        sheet.box(x + width * mark / full - (2 if mark == full else 1), y - 4, 2, 22, INK)


def _trace(sheet: Sheet, report: SessionReport, top: float) -> float:
    axes = sheet.axes(_MARGIN, top, _INNER, _TRACE_PX)
    draw_trace(axes, report, line_px=2.4)
    axes.set_axis_off()
    axes.patch.set_visible(False)
    line = report.timeline
    if len(line.time_s) > 1:
        length = float(line.time_s[-1] - line.time_s[0])
        words = [f"{length:.0f} s of {clean_text(report.shown_angle)}, change from rest"]
        words += ["shaded: counted"] if report.counts["total"] else []
        words += ["dash-dotted: limit"] if limits_drawn(report) else []
        line_of_words = fitting(sheet, "; ".join(words), _INNER, 18)
        sheet.text(_MARGIN, top + _TRACE_PX + 28, line_of_words, 18, colour=MUTED)
    sheet.box(_MARGIN, top - 1, _INNER, 1, PAPER)
    return top + _TRACE_PX + 34

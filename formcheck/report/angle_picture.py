"""The angle over time as a still picture: curves with their ±, repetitions, limits and what is to work on."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.exercise.session import Rep, SessionReport
from formcheck.motion.landmarks import Side
from formcheck.report.canvas import ACCENT, GRID, INK, LEG_INK, MUTED, PAPER, PictureKind, Sheet, fitting, plain_style
from formcheck.report.plots import decimated, shown_sides
from formcheck.report.units import angle_unit
from formcheck.report.words import degrees, leg, plural, sentence

__all__ = ["draw_trace", "limits_drawn", "write_angle_picture"]

_WIDTH, _HEIGHT = 1200, 675
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 36, 132, 118
_DASHES = {Side.RIGHT: "-", Side.LEFT: (0, (5, 2))}
#: Fewer pixels between two numbers of repetitions than this, and some are left out.
_NUMBER_PX = 26


def write_angle_picture(report: SessionReport, path: Path, kind: PictureKind) -> None:
    """Draw the angle of a session with everything that is needed to read it.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with plain_style():
        sheet = Sheet(_WIDTH, _HEIGHT)
        title = fitting(sheet, report.title, _WIDTH - _LEFT - _RIGHT, 27, "bold")
        sheet.text(_LEFT, 50, title, 27, weight="bold")
        about = fitting(sheet, f"{sentence(report.shown_angle).rstrip('.')}, change from rest", _WIDTH - _LEFT - _RIGHT, 16)
        sheet.text(_LEFT, 80, about, 16, colour=MUTED)
        width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        axes = sheet.axes(_LEFT, _TOP, width, height)
        draw_trace(axes, report, line_px=2.2)
        _rulers(axes, report)
        _numbers(axes, report, width)
        _faults(axes, report)
        _key(sheet, report)
        sheet.save(path, kind)


def draw_trace(axes: Any, report: SessionReport, line_px: float) -> None:
    """Draw curves, ±, repetitions and limits into axes, whose limits are set to hold them; gaps are where nothing was measured."""
    time, scale = report.timeline.time_s, _scale()
    heights = [0.0, 10.0 * scale]
    for rep in report.reps:
        look: dict[str, Any] = {"color": ACCENT, "alpha": 0.13, "lw": 0}
        if not rep.counted:
            look = {"facecolor": "none", "edgecolor": MUTED, "lw": 0.8, "ls": ":"}
        axes.axvspan(rep.start_s, rep.end_s, **look)
    for side in shown_sides(report):
        shown = report.timeline.shown_deg[side] * scale
        index = decimated(shown)
        pm = report.timeline.shown_pm_deg.get(side)
        if pm is not None:
            low, high = shown - pm * scale, shown + pm * scale
            axes.fill_between(time[index], low[index], high[index], color=LEG_INK[side.value], alpha=0.15, lw=0)
            heights += [float(value) for value in (*low, *high) if math.isfinite(value)]
        axes.plot(time[index], shown[index], color=LEG_INK[side.value], lw=line_px * 0.72, ls=_DASHES[side], solid_joinstyle="round")
        heights += [float(value) for value in shown if math.isfinite(value)]
    for limit in limits_drawn(report):
        axes.axhline(limit * scale, color=INK, lw=1.1, ls="-.")
        heights.append(limit * scale)
    axes.axhline(0, color=MUTED, lw=0.8)
    room = 0.08 * (max(heights) - min(heights))
    axes.set_ylim(min(heights) - room, max(heights) + room)
    axes.set_xlim(*(float(time[0]), float(time[-1])) if len(time) > 1 else (0.0, 1.0))
    axes.set_facecolor(PAPER)


def limits_drawn(report: SessionReport) -> dict[float, tuple[str, ...]]:
    """The limits on the sides of rest to which counted repetitions went, in degrees, and the legs they are of."""
    went = {(rep.side_name, _sign(report, rep)) for rep in report.reps if rep.counted} or {(side.value, 1) for side in shown_sides(report)}
    limits: dict[float, tuple[str, ...]] = {}
    for side, sign in sorted(went, key=lambda item: (-item[1], item[0])):
        limit = report.limit_of(side)
        if math.isfinite(limit):
            limits[sign * limit] = (*limits.get(sign * limit, ()), side)
    return limits


def _sign(report: SessionReport, rep: Rep) -> int:
    line = report.timeline
    shown = line.shown_deg[rep.side if rep.side is not None else Side.RIGHT]
    inside = shown[(line.time_s >= rep.start_s) & (line.time_s <= rep.end_s) & np.isfinite(shown)]
    return -1 if len(inside) and inside[np.argmax(np.abs(inside))] < 0 else 1


def _scale() -> float:
    return math.pi / 180 if angle_unit() == "rad" else 1.0


def _rulers(axes: Any, report: SessionReport) -> None:
    for name in ("top", "right", "left"):
        axes.spines[name].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.grid(axis="y", color=GRID, lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=10.5, length=0, pad=7)
    unit = " rad" if angle_unit() == "rad" else "°"
    places = [place for place in axes.get_yticks() if axes.get_ylim()[0] <= place <= axes.get_ylim()[1]]
    axes.set_yticks(places, [f"{place:.4g}{unit}".replace("-", "\u2212") for place in places])
    axes.set_xlabel("seconds of the video", color=MUTED, fontsize=11, labelpad=8)
    scale = _scale()
    several = len({abs(limit) for limit in limits_drawn(report)}) > 1
    for limit, sides in limits_drawn(report).items():
        whose = f", {leg(' and '.join(sides))}" if several else ""
        left = sides == ("left",)
        axes.annotate(
            f"limit {degrees(abs(limit))}{whose}",
            (0 if left else 1, limit * scale),
            xycoords=("axes fraction", "data"),
            xytext=(4 if left else -4, 5 if limit > 0 else -5),
            textcoords="offset points",
            ha="left" if left else "right",
            va="bottom" if limit > 0 else "top",
            color=INK,
            fontsize=10.5,
            bbox={"facecolor": PAPER, "alpha": 0.85, "lw": 0, "pad": 1.5},
        )


def _numbers(axes: Any, report: SessionReport, width_px: float) -> None:
    low, high = axes.get_xlim()
    last = -math.inf
    for rep in report.reps:
        middle = (rep.start_s + rep.end_s) / 2
        place = (middle - low) / (high - low) * width_px
        if place - last < _NUMBER_PX:
            continue
        last = place
        words, look = (str(rep.number), {"color": INK, "weight": "bold"}) if rep.counted else (f"{rep.number}\u00d7", {"color": MUTED})
        axes.annotate(
            words, (middle, 1), xycoords=("data", "axes fraction"), xytext=(0, 5), textcoords="offset points", ha="center", **look
        )


def _faults(axes: Any, report: SessionReport) -> None:
    line, scale = report.timeline, _scale()
    for fault in report.faults:
        sides = [side for side in shown_sides(report) if side.value == fault.side] or list(shown_sides(report))
        inside = (line.time_s >= fault.start_s) & (line.time_s <= fault.end_s)
        spots = [
            (abs(float(line.shown_deg[side][at])), at, side)
            for side in sides
            for at in np.flatnonzero(inside & np.isfinite(line.shown_deg[side]))
        ]
        if spots:
            _, at, side = max(spots, key=lambda spot: (spot[0], -spot[1]))
            place = (line.time_s[at], line.shown_deg[side][at] * scale)
            axes.plot(*place, marker="D", ms=7.5, color=INK, mec=PAPER, mew=1.3, clip_on=False, zorder=5)


def _key(sheet: Sheet, report: SessionReport) -> None:
    """What the lines and marks mean, in one row below, which is broken when it is full."""
    items: list[tuple[str, str]] = [(side.value, leg(side.value)) for side in shown_sides(report)]
    if any(np.isfinite(report.timeline.shown_pm_deg.get(side, [math.nan])).any() for side in shown_sides(report)):
        items.append(("pm", "95 % interval"))
    counted = report.counts["total"]
    items += [("band", plural(counted, "counted repetition"))] if counted else []
    items += [("open", "not counted")] if len(report.reps) > counted else []
    items += [("mark", "to work on")] if report.faults else []
    x, y = float(_LEFT), _HEIGHT - 30.0
    for sign, words in items:
        _sign_of_key(sheet, sign, x, y)
        sheet.text(x + 42, y, words, 14.5, colour=MUTED)
        x += 42 + sheet.width_of(words, 14.5) + 30


def _sign_of_key(sheet: Sheet, sign: str, x: float, y: float) -> None:
    axes = sheet.axes(x, y - 15, 32, 20)
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    if sign in LEG_INK:
        axes.plot([0, 1], [0.5, 0.5], color=LEG_INK[sign], lw=2.2, ls=_DASHES[Side(sign)])
    elif sign == "mark":
        axes.plot([0.5], [0.5], marker="D", ms=7, color=INK)
    else:
        looks: dict[str, dict[str, Any]] = {
            "pm": {"color": MUTED, "alpha": 0.35, "lw": 0},
            "band": {"color": ACCENT, "alpha": 0.2, "lw": 0},
            "open": {"facecolor": "none", "edgecolor": MUTED, "lw": 1, "ls": ":"},
        }
        axes.axvspan(0.05, 0.95, **looks[sign])

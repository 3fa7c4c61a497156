"""``progress.html``: how a person's exercises went over weeks, on one page that opens anywhere, offline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from formcheck import __version__
from formcheck.report.page import environment, json_in_script, own_file, plotly_js, script_hash
from formcheck.report.plot_style import AXIS, LOOK
from formcheck.report.summary import NOT_MEDICAL, SAFETY
from formcheck.report.words import DASH, angle_text, clean_text, leg, plural, sentence

__all__ = ["ProgressLeg", "ProgressPoint", "progress_figure", "write_progress_page"]

#: Marks of the pose models: ranges of different ones are not to be compared.
_MARKS = ("circle", "square", "diamond", "triangle-up", "cross")


@dataclass(frozen=True, slots=True)
class ProgressPoint:
    """One session of one leg; ``range_deg`` and ``pm_deg`` NaN where not known, ``faults`` mistakes in its counted repetitions."""

    when: datetime
    reps: int
    range_deg: float
    pm_deg: float
    faults: int
    model: str


@dataclass(frozen=True)
class ProgressLeg:
    """One leg of one exercise, the oldest session first, and in a sentence whether its range changed."""

    person: str
    title: str
    side: str
    points: tuple[ProgressPoint, ...]
    change: str


def write_progress_page(legs: Sequence[ProgressLeg], regularity: Sequence[str], path: Path) -> None:
    """Write the page. The same sessions give the same bytes.

    Parameters
    ----------
    regularity
        Sentences on how regularly the exercises were done.

    Raises
    ------
    OSError
        The page cannot be written.
    """
    plotly, script = plotly_js(), own_file("progress.js")
    several = len({item.person.casefold() for item in legs}) > 1
    page = {
        "who": "" if several or not legs else clean_text(legs[0].person),
        "regularity": [clean_text(line) for line in regularity],
        "legs": [_leg(item, several) for item in legs],
        "figures": json_in_script([figure for item in legs for figure in _figures(item)]),
        "safety": SAFETY,
        "not_medical": NOT_MEDICAL,
        "version": __version__,
        "css": Markup(own_file("report.css") + own_file("progress.css")),
        "plotly_js": Markup(plotly),
        "script": Markup(script),
        "script_sources": Markup(f"{script_hash(plotly)} {script_hash(script)}"),
    }
    path.write_bytes(environment().get_template("progress.html.j2").render(page).encode())


def progress_figure(item: ProgressLeg) -> dict[str, Any]:
    """Range over days with its error, a mark for each pose model; a line joins only sessions of the same model."""
    data: list[dict[str, Any]] = []
    for number, model in enumerate(dict.fromkeys(point.model for point in item.points)):
        mine = [point for point in item.points if point.model == model and math.isfinite(point.range_deg)]
        if not mine:
            continue
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": clean_text(model),
                "x": [point.when.strftime("%Y-%m-%d %H:%M") for point in mine],
                "y": [round(point.range_deg, 1) for point in mine],
                "text": [angle_text(point.range_deg, point.pm_deg) for point in mine],
                "hovertemplate": f"%{{x|%Y-%m-%d}}: %{{text}}<extra>{'model ' + model if model.isalnum() else ''}</extra>",
                "error_y": {
                    "type": "data",
                    "array": [round(point.pm_deg, 1) if math.isfinite(point.pm_deg) else None for point in mine],
                    "color": "@muted",
                    "thickness": 1.2,
                    "width": 4,
                },
                "marker": {"symbol": _MARKS[number % len(_MARKS)], "size": 9, "color": "@accent" if number == 0 else "@ink"},
                "line": {"color": "@accent" if number == 0 else "@ink", "width": 2, "dash": "solid" if number == 0 else "dot"},
            }
        )
    axis = AXIS | {"fixedrange": True}
    return {
        "data": data,
        "layout": LOOK
        | {
            "margin": {"l": 46, "r": 14, "t": 14, "b": 44},
            "dragmode": False,
            "xaxis": axis | {"type": "date", "tickformat": "%d %b\n%Y", "nticks": 6},
            "yaxis": axis | {"ticksuffix": "°", "rangemode": "tozero"},
        },
    }


def _bars(item: ProgressLeg, values: Sequence[float], suffix: str) -> dict[str, Any]:
    figure = progress_figure(item)
    figure["data"] = [
        {
            "type": "bar",
            "x": [point.when.strftime("%Y-%m-%d %H:%M") for point in item.points],
            "y": [round(value, 2) if math.isfinite(value) else None for value in values],
            "hovertemplate": f"%{{x|%Y-%m-%d}}: %{{y}} {suffix}<extra></extra>",
            "marker": {"color": "@accent"},
        }
    ]
    figure["layout"]["yaxis"] = figure["layout"]["yaxis"] | {"ticksuffix": ""}
    return figure


def _faults_per_rep(point: ProgressPoint) -> float:
    return point.faults / point.reps if point.reps else math.nan


def _figures(item: ProgressLeg) -> list[dict[str, Any]]:
    """What is drawn of a leg: range where it is known, repetitions, and mistakes per repetition."""
    known = any(math.isfinite(point.range_deg) for point in item.points)
    return [
        *([progress_figure(item)] if known else []),
        _bars(item, [point.reps for point in item.points], "repetitions"),
        _bars(item, [_faults_per_rep(point) for point in item.points], "per repetition"),
    ]


def _panels(item: ProgressLeg, title: str) -> list[dict[str, str]]:
    """Heading, note and words of each figure."""
    known = [point for point in item.points if math.isfinite(point.range_deg)]
    ends = f", from {known[0].range_deg:.0f} to {known[-1].range_deg:.0f} degrees" if known else ""
    table = "The table below holds the same numbers."
    panels = [("Range", "median of a session, with its ± (95 %)", f"Range of {title} in {plural(len(known), 'session')}{ends}. {table}")]
    counts = [point.reps for point in item.points]
    panels = panels if known else []
    panels.append(("Repetitions", "counted in a session", f"Repetitions of {title}, from {min(counts)} to {max(counts)}. {table}"))
    shares = [value for point in item.points if math.isfinite(value := _faults_per_rep(point))]
    least, most = (f"{pick(shares, default=0.0):.1f}" for pick in (min, max))
    panels.append(("To work on", "for each repetition", f"Mistakes for each repetition of {title}, from {least} to {most}. {table}"))
    return [{"name": name, "note": note, "text": text} for name, note, text in panels]


def _leg(item: ProgressLeg, several: bool) -> dict[str, Any]:
    title = f"{clean_text(item.title)}, {leg(item.side)}"
    models = list(dict.fromkeys(point.model for point in item.points))
    return {
        "title": f"{clean_text(item.person)}: {title}" if several else title,
        "change": sentence(clean_text(item.change)),
        "panels": _panels(item, title),
        "models": [clean_text(model) for model in models] if len(models) > 1 else [],
        "rows": [_row(point) for point in reversed(item.points)],
    }


def _row(point: ProgressPoint) -> dict[str, str]:
    return {
        "when": point.when.strftime("%Y-%m-%d %H:%M"),
        "reps": str(point.reps),
        "range": angle_text(point.range_deg, point.pm_deg) if math.isfinite(point.range_deg) else "not known",
        "faults": f"{_faults_per_rep(point):.1f}" if point.reps else DASH,
        "model": clean_text(point.model) or DASH,
    }

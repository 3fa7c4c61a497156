"""``report.html``: one file that opens anywhere, offline, with the session as words, plot, table, pictures and video."""

from __future__ import annotations

import base64
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from markupsafe import Markup

from formcheck import __version__
from formcheck.exercise.session import Fault, SessionReport
from formcheck.report.breath_plot import breath_figure
from formcheck.report.page import environment, json_in_script, own_file, plotly_js, script_hash
from formcheck.report.page_rows import (
    breath_card,
    fault_groups,
    furthest_deg,
    leg_card,
    moments,
    not_measured_rows,
    range_bars,
    rep_row,
    sides_table,
)
from formcheck.report.plots import angle_figure, shown_sides
from formcheck.report.rep_curves import overlay_data, rep_groups
from formcheck.report.session_json import session_dict
from formcheck.report.summary import NOT_MEDICAL, SAFETY, SessionSummary, summarise
from formcheck.report.tempo_plot import tempo_figure, tempo_target, tempo_text
from formcheck.report.units import angle_unit
from formcheck.report.words import angle_text, clean_text, clock, degrees, joined, leg, plural, sentence, towards

__all__ = ["MAX_EMBEDDED_VIDEO_BYTES", "MAX_STILLS_BYTES", "write_html"]

#: A larger annotated video stays a file beside the page.
MAX_EMBEDDED_VIDEO_BYTES = 20_000_000
#: All pictures of faults together, so that the page without its video stays under 6 MB.
MAX_STILLS_BYTES = 2_800_000

_CHUNK = 3 << 18


def write_html(report: SessionReport, path: Path, stills: Mapping[int, bytes], annotated: Path | str | None) -> None:
    """Write the page of one session.

    Parameters
    ----------
    report
        The session.
    path
        The page to write.
    stills
        Number of a fault in ``report.faults`` to its picture, JPEG. They are taken in order until `MAX_STILLS_BYTES`, the first of each
        kind before the second of any.
    annotated
        The annotated video: put into the page up to `MAX_EMBEDDED_VIDEO_BYTES`, else referred to by its name, since it lies beside the
        page; a relative path starts at the page's folder. None: the page has no video.

    Raises
    ------
    OSError
        The page cannot be written, or the video not be read.
    """
    page = environment().get_template("report.html.j2")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(page.generate(_page(report, stills, path.parent / annotated if annotated is not None else None)))


def _page(report: SessionReport, stills: Mapping[int, bytes], annotated: Path | None) -> dict[str, Any]:
    words = summarise(report)
    plotly, script = plotly_js(), own_file("report.js")
    path = clean_text(str(report.source.get("path") or "unnamed"))
    return {
        "title": clean_text(report.title),
        "file_name": PurePath(path.replace("\\", "/")).name or path,
        "duration": _duration(report),
        "words": words,
        "verdict": sentence(words.verdict),
        "advice_title": _advice_title(words),
        "legs": [leg_card(item, report.target_reps) for item in words.legs],
        "video": _video(annotated),
        **_plots(report),
        "breath": breath_card(report),
        "plot_text": _plot_text(report),
        "bar_legs": [side for side in ("right", "left", "both") if any(rep.counted and rep.side_name == side for rep in report.reps)],
        "plot_legs": [side.value for side in shown_sides(report)],
        "has_error_band": any(math.isfinite(pm) for side in shown_sides(report) for pm in report.timeline.shown_pm_deg.get(side, ())),
        "comfortable": _comfortable(report),
        "has_clean_end": any(rep.culprit is not None for rep in report.reps),
        "ranges": range_bars(report),
        "sides": sides_table(report),
        "has_limit": math.isfinite(report.limit_deg),
        "shown_angle": clean_text(report.shown_angle),
        "reps": [rep_row(rep, furthest_deg(report)) for rep in report.reps],
        "fault_groups": fault_groups(report, _within_budget(stills, report.faults)),
        "not_measured": not_measured_rows(report),
        "facts": _facts(report, path),
        "safety": SAFETY,
        "not_medical": NOT_MEDICAL,
        "version": __version__,
        "css": Markup(own_file("report.css")),
        "plotly_js": Markup(plotly),
        "script": Markup(script),
        "script_sources": Markup(f"{script_hash(plotly)} {script_hash(script)}"),
    }


def _plots(report: SessionReport) -> dict[str, Any]:
    """What the page draws, and the same in words."""
    groups = rep_groups(report)
    data = {
        "angle": angle_figure(report),
        "breath": breath_figure(report),
        "tempo": tempo_figure(report),
        "groups": overlay_data(report, groups),
        "moments": moments(report),
        "unit": angle_unit(),
    }
    time = report.timeline.time_s
    return {
        "plot_data": json_in_script(data),
        "overlays": [{"name": clean_text(group.name), "words": clean_text(group.words())} for group in groups],
        "tempo_text": tempo_text(report),
        "tempo_target": tempo_target(report),
        "span": (f"{time[0]:.1f}", f"{time[-1]:.1f}") if len(time) > 1 else ("0", "1"),
    }


def _video(annotated: Path | None) -> dict[str, Any] | None:
    if annotated is None:
        return None
    embedded = annotated.stat().st_size <= MAX_EMBEDDED_VIDEO_BYTES
    return {"embedded": embedded, "name": annotated.name, "chunks": _base64_chunks(annotated) if embedded else ()}


def _base64_chunks(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            yield base64.b64encode(block).decode()


def _within_budget(stills: Mapping[int, bytes], faults: Sequence[Fault]) -> dict[int, str]:
    """The pictures there is room for, in base64: the first of each kind, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    order = []
    for index in sorted(index for index in stills if index < len(faults)):
        order.append((seen[faults[index].code], index))
        seen[faults[index].code] += 1
    kept, size = {}, 0
    for _, index in sorted(order):
        size += len(stills[index])
        if size > MAX_STILLS_BYTES:
            break
        kept[index] = base64.b64encode(stills[index]).decode()
    return kept


def _advice_title(words: SessionSummary) -> str:
    return "Two things to work on" if len(words.work_on) == 2 else "One thing to work on"


def _plot_text(report: SessionReport) -> str:
    """The plot in words, for those who do not see it."""
    angle = clean_text(report.shown_angle)
    parts = [f"Curve of {angle} as change from rest, over {_duration(report)} of video, of the {_legs_words(report)}."]
    for side, name in (("right", "right leg"), ("left", "left leg"), ("both", "both legs")):
        ranges = [rep.range_deg for rep in report.reps if rep.counted and rep.side_name == side and math.isfinite(rep.range_deg)]
        if ranges:
            spread = (
                degrees(min(ranges)) if round(min(ranges)) == round(max(ranges)) else f"{degrees(min(ranges))} to {degrees(max(ranges))}"
            )
            parts.append(f"{plural(len(ranges), 'counted repetition')} of {name} with a range of {spread}.")
    names = report.sides or tuple(side.value for side in shown_sides(report))
    limits = {name: report.limit_of(name) for name in names if math.isfinite(report.limit_of(name))}
    if len(set(limits.values())) == 1:
        parts.append(f"The limit is {degrees(next(iter(limits.values())))}.")
    else:
        parts += [f"The limit of {leg(name)} is {degrees(limit)}." for name, limit in limits.items()]
    return " ".join([*parts, "The table of movements holds the same numbers."])


def _comfortable(report: SessionReport) -> str:
    """The comfortable ranges of the person's profile, with their ±."""
    several = len({one.direction for one in report.against_profile}) > 1
    return joined(
        [
            f"{leg(one.side)}{f', {towards(one.direction)}' if several else ''} {angle_text(one.comfortable_deg, one.comfortable_pm_deg)}"
            for one in report.against_profile
        ]
    )


def _legs_words(report: SessionReport) -> str:
    sides = [side.value for side in shown_sides(report)]
    return f"{joined(sides)} leg" + ("s" if len(sides) > 1 else "")


def _duration(report: SessionReport) -> str:
    length = report.source.get("duration_s")
    time = report.timeline.time_s
    if not isinstance(length, (int, float)) or not math.isfinite(length):
        length = float(time[-1] - time[0]) if len(time) else math.nan
    return clock(float(length)) if length < 60 else f"{clock(float(length))} min"


def _facts(report: SessionReport, path: str) -> list[tuple[str, str]]:
    """Everything needed to make the same report again, as pairs of name and value."""
    session = session_dict(report)
    facts = [("formcheck", __version__), ("exercise", session["exercise"]), ("video", path)]
    facts += [(f"video {key}", _value(value)) for key, value in session["source"].items() if key != "path"]
    facts += [(f"model {key}", _value(value)) for key, value in session["model"].items()]
    facts += [(key, _value(value)) for key, value in session["settings"].items()]
    facts += [(f"view {key}", _value(value)) for key, value in session["quality"]["view"].items()]
    return [*facts, ("measured part of the video", f"{100 * report.measured_fraction:.0f} %")]


def _value(value: Any) -> str:
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""``report.html``: one file that opens anywhere, offline, with the session as words, plot, table, pictures and video."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path, PurePath
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from formcheck import __version__
from formcheck.exercise.session import Fault, Rep, SessionReport
from formcheck.report.plots import angle_figure, shown_sides
from formcheck.report.ranges import LegRange, error_of, leg_ranges
from formcheck.report.session_json import session_dict
from formcheck.report.summary import NOT_MEDICAL, SAFETY, SessionSummary, summarise
from formcheck.report.words import (
    DASH,
    FAULT_MEANING,
    REJECTION_WORDS,
    about_text,
    angle_text,
    clean_range_text,
    clean_text,
    clock,
    degrees,
    evidence,
    fault_title,
    isolation_text,
    joined,
    leg,
    plural,
    seconds,
    sentence,
    smooth_word,
    subject,
)

__all__ = ["MAX_EMBEDDED_VIDEO_BYTES", "MAX_STILLS_BYTES", "write_html"]

#: A larger annotated video stays a file beside the page.
MAX_EMBEDDED_VIDEO_BYTES = 20_000_000
#: All pictures of faults together, so that the page without its video stays under 6 MB; less when there are many movements to list.
MAX_STILLS_BYTES = 600_000
_LISTED_BYTES = 500

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
        Number of a fault in ``report.faults`` to its picture, JPEG. They are taken in order until `MAX_STILLS_BYTES`.
    annotated
        The annotated video: put into the page up to `MAX_EMBEDDED_VIDEO_BYTES`, else referred to by its name, since it lies beside the
        page; a relative path starts at the page's folder. None: the page has no video.

    Raises
    ------
    OSError
        The page cannot be written, or the video not be read.
    """
    environment = Environment(
        loader=PackageLoader("formcheck.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("report.html.j2")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(page.generate(_page(report, stills, path.parent / annotated if annotated is not None else None)))


def _page(report: SessionReport, stills: Mapping[int, bytes], annotated: Path | None) -> dict[str, Any]:
    words = summarise(report)
    plotly, script = _plotly_js(), _own("report.js")
    path = clean_text(str(report.source.get("path") or "unnamed"))
    return {
        "title": clean_text(report.title),
        "file_name": PurePath(path.replace("\\", "/")).name or path,
        "duration": _duration(report),
        "words": words,
        "verdict": sentence(words.verdict),
        "advice_title": _advice_title(words),
        "legs": [_leg_card(item, report.target_reps) for item in words.legs],
        "video": _video(annotated),
        "figure": _json_in_script(angle_figure(report)),
        "plot_text": _plot_text(report),
        "plot_legs": [side.value for side in shown_sides(report)],
        "has_error_band": any(math.isfinite(pm) for side in shown_sides(report) for pm in report.timeline.shown_pm_deg.get(side, ())),
        "has_clean_end": any(rep.culprit is not None for rep in report.reps),
        "ranges": _range_bars(report),
        "has_limit": math.isfinite(report.limit_deg),
        "shown_angle": clean_text(report.shown_angle),
        "reps": [_rep_row(rep, _furthest_deg(report)) for rep in report.reps],
        "fault_groups": _fault_groups(
            report, _within_budget(stills, MAX_STILLS_BYTES - _LISTED_BYTES * (len(report.reps) + len(report.faults)))
        ),
        "not_measured": _not_measured(report),
        "facts": _facts(report, path),
        "safety": SAFETY,
        "not_medical": NOT_MEDICAL,
        "version": __version__,
        "css": Markup(_own("report.css")),
        "plotly_js": Markup(plotly),
        "script": Markup(script),
        "script_sources": Markup(f"{_csp_hash(plotly)} {_csp_hash(script)}"),
    }


@cache
def _plotly_js() -> str:
    """The plotly library; the package brings the full bundle only."""
    return (resources.files("plotly") / "package_data" / "plotly.min.js").read_text("utf-8")


def _own(name: str) -> str:
    return (resources.files("formcheck.report") / "templates" / name).read_text("utf-8").replace("\r\n", "\n")


def _csp_hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _json_in_script(value: Any) -> Markup:
    """JSON that cannot end its script element whatever its strings hold."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _video(annotated: Path | None) -> dict[str, Any] | None:
    if annotated is None:
        return None
    embedded = annotated.stat().st_size <= MAX_EMBEDDED_VIDEO_BYTES
    return {"embedded": embedded, "name": annotated.name, "chunks": _base64_chunks(annotated) if embedded else ()}


def _base64_chunks(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            yield base64.b64encode(block).decode()


def _within_budget(stills: Mapping[int, bytes], most_bytes: int) -> dict[int, str]:
    kept, size = {}, 0
    for index in sorted(stills):
        size += len(stills[index])
        if size > most_bytes:
            break
        kept[index] = base64.b64encode(stills[index]).decode()
    return kept


def _advice_title(words: SessionSummary) -> str:
    return "Two things to work on" if len(words.work_on) == 2 else "One thing to work on"


def _leg_card(item: Any, target: tuple[int, int]) -> dict[str, Any]:
    least, most = target
    scale = max(most, item.count, 1)
    return {
        "name": item.name,
        "count": item.count,
        "note": item.note,
        "filled": round(100 * item.count / scale, 1),
        "from": round(100 * least / scale, 1),
        "width": round(100 * (most - least) / scale, 1),
    }


def _furthest_deg(report: SessionReport) -> float:
    """What the longest bar of a range stands for."""
    return max((rep.range_deg for rep in report.reps if math.isfinite(rep.range_deg)), default=1.0) or 1.0


def _range_bars(report: SessionReport) -> list[dict[str, Any]]:
    """The usual range of each leg as bars with their error: everything in percent of the longest."""
    ranges = leg_ranges(report)
    full = max((item.range_deg + (item.pm_deg if math.isfinite(item.pm_deg) else 0.0) for item in ranges), default=1.0)
    return [_range_bar(item, full, len({other.direction for other in ranges}) > 1) for item in ranges]


def _range_bar(item: LegRange, full_deg: float, name_direction: bool) -> dict[str, Any]:
    error = None
    if math.isfinite(item.pm_deg):
        low, high = max(item.range_deg - item.pm_deg, 0.0), item.range_deg + item.pm_deg
        error = {"low": round(100 * low / full_deg, 1), "high": round(100 * high / full_deg, 1)}
    return {
        "name": f"{sentence(leg(item.side)).rstrip('.')}{f', {clean_text(item.direction)}' if name_direction else ''}",
        "raw": round(100 * item.range_deg / full_deg, 1),
        "clean": round(100 * item.clean_deg / full_deg, 1) if math.isfinite(item.clean_deg) else None,
        "error": error,
    }


def _rep_row(rep: Rep, furthest_deg: float) -> dict[str, Any]:
    measured = math.isfinite(rep.range_deg)
    clean = math.isfinite(rep.clean_range_deg)
    return {
        "number": rep.number,
        "side": rep.side_name,
        "direction": clean_text(rep.direction),
        "start": _seek(rep.start_s),
        "peak": angle_text(rep.peak_deg, rep.peak_pm_deg),
        "range": angle_text(rep.range_deg, rep.range_pm_deg),
        "clean": about_text(rep.clean_range_deg, rep.range_pm_deg) if clean else "not judged" if rep.counted else DASH,
        "clean_words": clean_range_text(rep) if clean and rep.culprit is not None else "",
        "isolation": isolation_text(rep.isolation_frac),
        "raw_bar": round(100 * max(rep.range_deg, 0.0) / furthest_deg, 1) if measured else None,
        "clean_bar": round(100 * max(rep.clean_range_deg, 0.0) / furthest_deg, 1) if clean else None,
        "tempo": " · ".join(seconds(value).removesuffix(" s") for value in (rep.out_s, rep.hold_s, rep.back_s)) + " s",
        "speed": f"{rep.peak_speed_deg_s:.0f} °/s" if math.isfinite(rep.peak_speed_deg_s) else "–",
        "smooth": smooth_word(rep),
        "smooth_reason": sentence(clean_text(rep.smoothness.reason)) if rep.smoothness.reason else "",
        "faults": [fault_title(code) for code in dict.fromkeys(rep.faults)],
        "counted": rep.counted,
        "result": "counted" if rep.rejected is None else REJECTION_WORDS[rep.rejected],
    }


def _seek(time_s: float) -> dict[str, Any]:
    return {"text": clock(time_s), "seconds": f"{time_s:.3f}" if math.isfinite(time_s) else ""}


def _fault_groups(report: SessionReport, stills: Mapping[int, str]) -> list[dict[str, Any]]:
    """The faults by kind, in the order in which the kinds first happened."""
    groups: dict[str, dict[str, Any]] = {}
    for index, fault in enumerate(report.faults):
        meaning = FAULT_MEANING.get(fault.code, "")
        group = groups.setdefault(fault.code.value, {"title": fault_title(fault.code), "meaning": meaning, "faults": []})
        group["faults"].append(_fault_card(fault, stills.get(index), error_of(fault, report)))
    return list(groups.values())


def _fault_card(fault: Fault, still: str | None, pm_deg: float) -> dict[str, Any]:
    measured, limit = evidence(fault, pm_deg)
    where = f"Repetition {fault.rep}, {leg(fault.side)}" if fault.rep is not None else sentence(leg(fault.side)).rstrip(".")
    return {
        "where": where,
        "start": _seek(fault.start_s),
        "lasting": seconds(fault.end_s - fault.start_s),
        "measured": clean_text(measured),
        "limit": clean_text(limit),
        "message": sentence(clean_text(fault.message)),
        "still": still,
        "alt": f"Still of the video at {clock(fault.start_s)}: {fault_title(fault.code).lower()}, {where[0].lower()}{where[1:]}.",
    }


def _not_measured(report: SessionReport) -> list[dict[str, str]]:
    """One line for each subject and reason, with the time of the first and how often."""
    lines: dict[tuple[str, str], list[Any]] = {}
    for item in report.not_measured:
        lines.setdefault((item.what, item.reason), []).append(item)
    return [
        {
            "what": subject(clean_text(what)),
            "reason": sentence(clean_text(reason)),
            "when": _when(report, items[0].start_s, items[-1].end_s) + (f", {len(items)} times" if len(items) > 1 else ""),
        }
        for (what, reason), items in lines.items()
    ]


def _when(report: SessionReport, start_s: float, end_s: float) -> str:
    time = report.timeline.time_s
    if len(time) and start_s <= time[0] + 0.05 and end_s >= time[-1] - 0.05:
        return "all the time"
    return f"{clock(start_s)} to {clock(end_s)}"


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

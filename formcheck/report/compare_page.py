"""``compare.html``: two sessions side by side on one page that opens anywhere, offline, without a script."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from formcheck import __version__
from formcheck.report.comparison import (
    MEASURE_WORDS,
    Compared,
    Comparison,
    LegPair,
    Measure,
    leg_name,
    only_one,
    value_text,
    verdict,
    verdict_sign,
)
from formcheck.report.summary import NOT_MEDICAL, SAFETY
from formcheck.report.words import clean_text, plural

__all__ = ["write_compare_page"]

_SIGNS = {"more": "\u25b2", "less": "\u25bc", "same": "=", "unknown": "?"}


def write_compare_page(comparison: Comparison, path: Path) -> None:
    """Write the page of a comparison. The same comparison gives the same bytes.

    Raises
    ------
    OSError
        The page cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("formcheck.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page = {
        "title": clean_text(comparison.title),
        "sessions": [_session("First", comparison.first), _session("Second", comparison.second)],
        "legs": [_leg(pair, comparison) for pair in comparison.legs],
        "notes": comparison.notes,
        "conclusion": _conclusion(comparison),
        "safety": SAFETY,
        "not_medical": NOT_MEDICAL,
        "version": __version__,
        "css": Markup(environment.get_template("compare.css").render()),
    }
    path.write_bytes(environment.get_template("compare.html.j2").render(page).encode())


def _session(which: str, session: Compared) -> dict[str, str]:
    facts = [session.day, f"pose model {session.model}" if session.model else "", plural(session.reps, "counted repetition")]
    return {"which": which, "name": clean_text(session.name), "facts": " \u00b7 ".join(fact for fact in facts if fact)}


def _conclusion(comparison: Comparison) -> str:
    """What differs, in a sentence or two; only what may be called a difference."""
    found = [
        f"{leg_name(pair, comparison)}, {MEASURE_WORDS[one.name].lower()}: {_unbroken(verdict(one))}."
        for pair in comparison.legs
        for one in pair.measures
        if one.changed
    ]
    if found:
        return " ".join(found)
    told = any(one.changed is False for pair in comparison.legs for one in pair.measures)
    return "Nothing differs by more than measuring can be off." if told else "What was measured does not allow a comparison."


def _leg(pair: LegPair, comparison: Comparison) -> dict[str, Any]:
    return {
        "name": leg_name(pair, comparison),
        "only_one": only_one(pair),
        "reps": (pair.first_reps, pair.second_reps),
        "rows": [_row(measure) for measure in pair.measures],
        "faults": [{"name": name, "first": one, "second": two} for name, one, two in pair.faults],
    }


def _row(measure: Measure) -> dict[str, Any]:
    sign = verdict_sign(measure)
    return {
        "name": MEASURE_WORDS[measure.name],
        "first": value_text(measure, False),
        "second": value_text(measure, True),
        "verdict": _unbroken(verdict(measure)),
        "kind": sign,
        "sign": _SIGNS[sign],
        "bars": _bars(measure),
    }


def _bars(measure: Measure) -> list[dict[str, Any]]:
    """Both values as bars with their interval, in percent of the longest; none where one is missing."""
    values = ((measure.first, measure.first_pm), (measure.second, measure.second_pm))
    if not all(math.isfinite(value) for value, _ in values):
        return []
    ends = [value + (pm if math.isfinite(pm) else 0.0) for value, pm in values]
    full = 1.0 if measure.kind == "share" else max(*ends, 1e-9)
    bars = []
    for value, pm in values:
        known = math.isfinite(pm)
        low, high = (max(value - pm, 0.0), value + pm) if known else (value, value)
        bars.append(
            {
                "width": _percent(max(value, 0.0), full),
                "low": _percent(low, full),
                "span": _percent(high - low, full),
                "known": known,
            }
        )
    return bars


def _unbroken(words: str) -> str:
    """The same words with no line break between a number and its unit."""
    return re.sub(r"(?<=\d) (?=(s|rad)\b)", "\u00a0", words)


def _percent(value: float, full: float) -> float:
    return round(min(100 * value / full, 100.0), 2)

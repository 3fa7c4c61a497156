"""Two sessions of one exercise side by side: what is compared, in words for the terminal and numbers for other programs.

A difference is called one only where it is larger than what measuring twice may differ by. How that is found is the work of
`formcheck.comparison`; here it is told.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from formcheck.report.units import angle_unit
from formcheck.report.words import DASH, angle_text, clean_text, degrees, leg, plural, seconds, sentence, towards

__all__ = [
    "MEASURE_WORDS",
    "Compared",
    "Comparison",
    "LegPair",
    "Measure",
    "comparison_json",
    "comparison_text",
    "leg_name",
    "only_one",
    "value_text",
    "verdict",
    "verdict_sign",
]

Kind = Literal["angle", "time", "share"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two sessions.

    ``name`` says which, ``day`` when, "" when not known; ``model`` is the pose model or None; ``reps`` all counted repetitions.
    """

    name: str
    day: str
    model: str | None
    reps: int


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity of a leg in both sessions; NaN: not measured.

    Attributes
    ----------
    name
        ``range_deg``, ``clean_range_deg``, ``out_s``, ``hold_s``, ``back_s`` or ``with_faults_frac``.
    kind
        Its unit: degrees, seconds, or a share of the repetitions.
    first, first_pm, second, second_pm
        The values and the half widths of their 95 % intervals.
    detectable
        The smallest difference that is called one; NaN for shares, which are held against chance.
    changed
        Whether the difference is larger; None when that cannot be told, for the ``reason``.
    """

    name: str
    kind: Kind
    first: float
    first_pm: float
    second: float
    second_pm: float
    detectable: float
    changed: bool | None
    reason: str = ""

    @property
    def difference(self) -> float:
        """The second minus the first."""
        return self.second - self.first


@dataclass(frozen=True, slots=True)
class LegPair:
    """One leg and direction in both sessions.

    ``measures`` is empty when one of the sessions has no repetition of it; ``faults`` holds the mistakes of counted repetitions: name, and
    the number of repetitions with it in each session.
    """

    side: str
    direction: str
    first_reps: int
    second_reps: int
    measures: tuple[Measure, ...]
    faults: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sessions of one exercise. ``notes`` are sentences about what cannot be compared."""

    exercise: str
    title: str
    first: Compared
    second: Compared
    legs: tuple[LegPair, ...]
    notes: tuple[str, ...] = ()


MEASURE_WORDS = {
    "range_deg": "Range",
    "clean_range_deg": "Clean range",
    "out_s": "Way out",
    "hold_s": "Hold",
    "back_s": "Way back",
    "with_faults_frac": "With something to work on",
}
_MORE = {"angle": ("more", "less"), "time": ("longer", "shorter"), "share": ("more often", "less often")}


def leg_name(pair: LegPair, comparison: Comparison) -> str:
    """Heading of a leg: its direction too where the sessions hold several."""
    several = len({one.direction for one in comparison.legs}) > 1
    name = "Both legs together" if pair.side == "both" else sentence(leg(pair.side)).rstrip(".")
    return f"{name}, {towards(pair.direction)}" if several else name


def only_one(pair: LegPair) -> str:
    """Why a leg is not compared, when only one session has repetitions of it; else nothing."""
    if pair.first_reps and pair.second_reps:
        return ""
    return f"not compared: none in the {'second' if pair.first_reps else 'first'} session"


def value_text(measure: Measure, second: bool) -> str:
    """A value with its ±; a dash when it was not measured."""
    value, pm = (measure.second, measure.second_pm) if second else (measure.first, measure.first_pm)
    if not math.isfinite(value):
        return DASH
    if measure.kind == "angle":
        return angle_text(value, pm)
    if measure.kind == "time":
        return seconds(value) + (f" \u00b1 {_up(pm, 1)} s" if math.isfinite(pm) else "")
    return f"{100 * value:.0f} %"


def verdict(measure: Measure) -> str:
    """What may be said of the difference: ``6° more``, ``no difference beyond ±7°``, ``cannot be told: …``."""
    if measure.changed is None:
        return f"cannot be told: {measure.reason}" if measure.reason else "cannot be told"
    if measure.kind == "share":
        more, less = _MORE[measure.kind]
        return (
            f"{more if measure.difference > 0 else less} than chance explains" if measure.changed else "no more apart than chance explains"
        )
    if not measure.changed:
        return f"no difference beyond \u00b1{_amount(measure, measure.detectable, up=True)}"
    more, less = _MORE[measure.kind]
    way = more if measure.difference > 0 else less
    return f"{_amount(measure, abs(measure.difference))} {way}, beyond \u00b1{_amount(measure, measure.detectable, up=True)}"


def verdict_sign(measure: Measure) -> str:
    """One of ``more``, ``less``, ``same`` and ``unknown``."""
    if measure.changed is None:
        return "unknown"
    return "same" if not measure.changed else "more" if measure.difference > 0 else "less"


def comparison_text(comparison: Comparison) -> str:
    """The comparison as lines of text for a terminal, in columns."""
    first, second = comparison.first, comparison.second
    lines = [clean_text(comparison.title), f"  first:  {_who(first)}", f"  second: {_who(second)}"]
    for pair in comparison.legs:
        rows = [("", "first", "second", ""), ("Repetitions", str(pair.first_reps), str(pair.second_reps), only_one(pair))]
        rows += [(MEASURE_WORDS[one.name], value_text(one, False), value_text(one, True), verdict(one)) for one in pair.measures]
        rows += [(f"  {name}", str(one), str(two), "") for name, one, two in pair.faults]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines += ["", leg_name(pair, comparison)]
        for row in rows:
            cells = [row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]), row[3]]
            lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join([*lines, *([""] if comparison.notes else []), *comparison.notes])


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Plain JSON values, in degrees and seconds; None where not measured."""
    values: dict[str, Any] = asdict(comparison)
    for pair, kept in zip(values["legs"], comparison.legs, strict=True):
        pair["faults"] = [{"name": name, "first": one, "second": two} for name, one, two in kept.faults]
        for measure, own in zip(pair["measures"], kept.measures, strict=True):
            measure["difference"] = own.difference
            for name, value in measure.items():
                if isinstance(value, float):
                    measure[name] = round(value, 4) + 0.0 if math.isfinite(value) else None
    return values


def _who(session: Compared) -> str:
    facts = [session.day, f"{session.model} model" if session.model else "", plural(session.reps, "repetition")]
    return f"{clean_text(session.name)} ({', '.join(fact for fact in facts if fact)})"


def _amount(measure: Measure, value: float, *, up: bool = False) -> str:
    if measure.kind == "angle":
        # Rounded up, what can be told apart never looks smaller than it is.
        step = 1.0 if angle_unit() == "deg" else math.degrees(0.01)
        return degrees(math.ceil(round(value / step, 6)) * step if up else value)
    return f"{_up(value, 1)} s" if up else f"{value:.1f} s"


def _up(value: float, decimals: int) -> str:
    factor = 10**decimals
    return f"{math.ceil(round(value * factor, 6)) / factor:.{decimals}f}"

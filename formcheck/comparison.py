"""Two sessions of one exercise held against each other, each difference against what measuring twice may differ by.

- **Ranges** are medians of the counted repetitions, three at least, with the error of `usual_range`; they differ when they are further
  apart than the minimal detectable change (`formcheck.profiles.change`).
- **Tempo** is the mean of the counted repetitions; its 95 % interval is Student's. A difference must be over both intervals together, over
  0.2 s and over a tenth of the longer: within that the phases of the bundled clips are timed.
- **Repetitions with something to work on** are shares of small numbers: they differ when Fisher's exact test, two-sided, finds as much by
  chance in fewer than 5 of 100 cases.

Sessions measured with different pose models are not told apart in their ranges, since the models read the same movement differently.
"""

from __future__ import annotations

import math

import numpy as np

from formcheck.errors import UsageError
from formcheck.exercise.session import FaultCode, Rep, SessionReport
from formcheck.profiles.calibration import MIN_REPS, usual_range
from formcheck.profiles.change import change_between
from formcheck.report.comparison import Compared, Comparison, LegPair, Measure
from formcheck.report.words import fault_title
from formcheck.sources import Remade

__all__ = ["compared"]

#: Timing of a phase is good to this, seconds and as a part of it (docs/accuracy.md, tempo).
_TEMPO_S, _TEMPO_FRAC = 0.2, 0.1
_CHANCE = 0.05
_NAN = float("nan")


def compared(first: Remade, second: Remade) -> Comparison:
    """Compare two sessions.

    Raises
    ------
    UsageError
        They are of different exercises.
    """
    one, two = first.report, second.report
    if one.exercise != two.exercise:
        which = f"{first.source.name} is {one.exercise} and {second.source.name} is {two.exercise}"
        raise UsageError(f"{which}; only sessions of one exercise can be compared.")
    models = (_model(one), _model(two))
    same_model = models[0] == models[1]
    keys = [
        (side, direction)
        for direction in dict.fromkeys((*one.directions, *two.directions))
        for side in ("right", "left", "both")
        if _reps(one, side, direction) or _reps(two, side, direction)
    ]
    notes = []
    if not same_model:
        notes.append(
            f"The first session was measured with the model {models[0] or 'unknown'}, the second with {models[1] or 'unknown'}: "
            "the two read the same movement differently, so the ranges are not told apart."
        )
    if not keys:
        notes.append("Neither session has a counted repetition.")
    return Comparison(
        one.exercise,
        one.title,
        _session(first),
        _session(second),
        tuple(_pair(one, two, side, direction, same_model) for side, direction in keys),
        tuple(notes),
    )


def _session(made: Remade) -> Compared:
    day = made.source.day.isoformat() if made.source.day is not None else ""
    return Compared(made.source.name, day, _model(made.report), made.report.counts["total"])


def _model(report: SessionReport) -> str | None:
    name = report.model.get("name")
    return str(name) if name is not None else None


def _reps(report: SessionReport, side: str, direction: str) -> list[Rep]:
    return [rep for rep in report.reps if rep.counted and rep.side_name == side and rep.direction == direction]


def _pair(one: SessionReport, two: SessionReport, side: str, direction: str, same_model: bool) -> LegPair:
    reps = (_reps(one, side, direction), _reps(two, side, direction))
    codes = [code for code in FaultCode if any(code in rep.faults for some in reps for rep in some)]
    faults = tuple((fault_title(code), _with(code, reps[0]), _with(code, reps[1])) for code in codes)
    if not (reps[0] and reps[1]):
        return LegPair(side, direction, len(reps[0]), len(reps[1]), (), faults)
    measures = [
        *(_angle(name, _with_pm(reps[0], name), _with_pm(reps[1], name), same_model) for name in ("range_deg", "clean_range_deg")),
        *(_time(name, _values(reps[0], name), _values(reps[1], name)) for name in ("out_s", "hold_s", "back_s")),
        _share(_faulty(reps[0]), _faulty(reps[1])),
    ]
    return LegPair(side, direction, len(reps[0]), len(reps[1]), tuple(measures), faults)


def _values(reps: list[Rep], name: str) -> list[float]:
    return [float(getattr(rep, name)) for rep in reps]


def _with_pm(reps: list[Rep], name: str) -> list[tuple[float, float]]:
    return [(float(getattr(rep, name)), rep.range_pm_deg) for rep in reps]


def _with(code: FaultCode, reps: list[Rep]) -> int:
    return sum(code in rep.faults for rep in reps)


def _faulty(reps: list[Rep]) -> tuple[int, int]:
    return sum(bool(rep.faults) for rep in reps), len(reps)


def _few(count: int) -> str:
    return "no repetition was measured" if not count else f"fewer than {MIN_REPS} repetitions were measured"


def _angle(name: str, first: list[tuple[float, float]], second: list[tuple[float, float]], same_model: bool) -> Measure:
    values, reasons = [], []
    for label, pairs in (("first", first), ("second", second)):
        seen = [pair for pair in pairs if math.isfinite(pair[0])]
        if len(seen) >= MIN_REPS:
            usual = usual_range([value for value, _ in seen], [pm for _, pm in seen])
            values.append((usual.median_deg, usual.pm_deg))
            continue
        values.append((float(np.median([value for value, _ in seen])) if seen else _NAN, _NAN))
        reasons.append(f"{_few(len(seen))} in the {label} session")
    (a, a_pm), (b, b_pm) = values
    change = change_between(a, a_pm, b, b_pm)
    if not same_model:
        reasons.insert(0, "different pose models")
    elif change.changed is None and not reasons:
        reasons.append("the measurement error is not known")
    return Measure(
        name, "angle", a, a_pm, b, b_pm, change.detectable_deg, None if reasons else change.changed, reasons[0] if reasons else ""
    )


def _time(name: str, first: list[float], second: list[float]) -> Measure:
    values, reasons = [], []
    for label, times in (("first", first), ("second", second)):
        seen = [value for value in times if math.isfinite(value)]
        values.append((float(np.mean(seen)) if seen else _NAN, _pm_of_mean(seen)))
        if len(seen) < MIN_REPS:
            reasons.append(f"{_few(len(seen))} in the {label} session")
    (a, a_pm), (b, b_pm) = values
    detectable = max(math.hypot(a_pm, b_pm), _TEMPO_S, _TEMPO_FRAC * max(a, b)) if not reasons else _NAN
    changed = None if reasons else abs(b - a) > detectable
    return Measure(name, "time", a, a_pm, b, b_pm, detectable, changed, reasons[0] if reasons else "")


def _pm_of_mean(values: list[float]) -> float:
    from scipy.special import stdtrit

    count = len(values)
    if count < MIN_REPS:
        return _NAN
    return float(stdtrit(count - 1, 0.975)) * float(np.std(values, ddof=1)) / math.sqrt(count)


def _share(first: tuple[int, int], second: tuple[int, int]) -> Measure:
    values = [found / count for found, count in (first, second)]
    changed = _fisher_p(first, second) < _CHANCE
    return Measure("with_faults_frac", "share", values[0], _NAN, values[1], _NAN, _NAN, changed)


def _fisher_p(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Two-sided p of Fisher's exact test: tables with the same margins that are no likelier than this one."""
    (x, n), (y, m) = first, second
    ways = [math.comb(n, k) * math.comb(m, x + y - k) if 0 <= x + y - k <= m else 0 for k in range(n + 1)]
    return sum(way for way in ways if way <= ways[x]) / math.comb(n + m, x + y)

"""The comparison as text: Markdown that reads well in a terminal too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from formcheck.validation.agreement import Agreement, Coverage
from formcheck.validation.comparison import AS_FILMED, GROUPS, Comparison
from formcheck.validation.figures import Figures, by_group, fault_totals, figures_of, median_of
from formcheck.validation.repetitions import PHASES

__all__ = ["markdown"]


def markdown(comparisons: Sequence[Comparison]) -> str:
    """All tables: summary, conditions, coverage, angles, repetitions, tempo and faults per model, and what was confused."""
    filmed = [item for item in comparisons if item.condition == AS_FILMED]
    parts = [_summary(filmed), _conditions(comparisons), _coverage(filmed), _angles(filmed), _other_angles(filmed)]
    parts += [_repetitions(filmed), _tempo(filmed), _breath(comparisons), _faults(comparisons), _confusions(comparisons)]
    return "\n".join(part for part in parts if part)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        first, *others = zip(row, widths, strict=True)
        return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"

    rule = "|" + "|".join("-" * (width + 1) + ("-" if i == 0 else ":") for i, width in enumerate(widths)) + "|"
    return "\n".join([line(cells[0]), rule, *[line(row) for row in cells[1:]]]) + "\n"


def _number(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else "–"


def _with_worst(figures: Figures, name: str, unit: str = "deg") -> str:
    return f"{_number(figures[f'{name}_{unit}'], '.1f')} ({_number(figures[f'{name}_worst_{unit}'], '.1f')})"


def _row(figures: Figures) -> list[str]:
    slope = f"{_number(figures['slope'], '.2f')} ({_number(figures['slope_least'], '.2f')}–{_number(figures['slope_most'], '.2f')})"
    return [
        f"{figures['counts_exact']:.0f} of {figures['clips']:.0f}",
        f"{figures['refused']:.0f}",
        _with_worst(figures, "change_rmse"),
        slope,
        _with_worst(figures, "absolute_rmse"),
        _with_worst(figures, "peak_error"),
        _number(figures["start_error_s"], ".2f"),
        _number(figures["end_error_s"], ".2f"),
        _percent(figures["phases_good"]),
        _percent(figures["covered_change"]),
    ]


_FIGURES = ["counts exact", "no angle", "change deg", "slope", "absolute deg", "peak deg", "onset s", "end s", "phases", "covered"]


def _summary(comparisons: Sequence[Comparison]) -> str:
    if not comparisons:
        return ""
    rows = [[model, group, *_row(figures_of(mine))] for (model, _, group), mine in by_group(comparisons).items()]
    text = (
        "Of the angle that is counted. *Change* (from rest before the first repetition) and *absolute*: RMSE over the frames, mean of the "
        "legs that moved, the worst in brackets. *Slope* of the change, least and most in brackets. *Peak*: size of the error of a "
        "repetition's range, median and worst. *Onset*, *end*: median size of the error. *Phases*: share of the phases timed within "
        "0.2 s or a tenth. *Covered*: share of frames in which the change was within its ±. *No angle*: clips of which the angle was not "
        "shown, with a reason.\n\n"
    )
    groups = "".join(f"- {name}: {what}\n" for name, what in GROUPS.items() if any(item.group == name for item in comparisons))
    return "## Summary\n\n" + text + groups + "\n" + _table(["model", "view", *_FIGURES], rows)


def _conditions(comparisons: Sequence[Comparison]) -> str:
    if all(item.condition == AS_FILMED for item in comparisons):
        return ""
    rows = [[condition, model, group, *_row(figures_of(mine))] for (model, condition, group), mine in by_group(comparisons).items()]
    rows.sort(key=lambda row: (row[1], row[2]))
    text = "The same clips, changed into those of a poorer camera or room; figures as in the summary.\n\n"
    return "## Conditions\n\n" + text + _table(["condition", "model", "view", *_FIGURES], rows)


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if np.isfinite(value) else "–"


def _coverage(comparisons: Sequence[Comparison]) -> str:
    if not comparisons:
        return ""
    names = ("covered_angle", "covered_change", "covered_moving", "covered_peaks")
    rows = []
    for (model, _, group), mine in by_group(comparisons).items():
        figures = figures_of(mine)
        rows.append([model, group, *(_percent(figures[name]) for name in names)])
    text = (
        "How often the truth was within ±: of the angle as it is, of its change from rest, of the change while the leg was away from rest, "
        "and of the range of a repetition. The intervals claim 95 %.\n\n"
    )
    return "## Coverage\n\n" + text + _table(["model", "view", "angle", "change", "moving", "range"], rows)


def _angles(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for item in comparisons:
        for side, result in item.counted.items():
            if result.absolute.frames:
                rows.append([item.clip, item.model, side, item.angle, *_figures(result.absolute), *_figures(result.change)])
    header = ["clip", "model", "side", "angle", "bias", "RMSE", "slope", "r", "bias", "RMSE", "slope", "r"]
    text = "First four figures: the absolute angle. Last four: its change from rest. Degrees; slope and r have no unit.\n\n"
    return "## Angles\n\n" + text + _table(header, rows)


def _figures(agreement: Agreement) -> list[str]:
    return [
        _number(agreement.bias_deg, "+.1f"),
        _number(agreement.rmse_deg, ".1f"),
        _number(agreement.slope, ".2f"),
        _number(agreement.correlation, ".3f"),
    ]


def _other_angles(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for (model, _, group), mine in by_group(comparisons).items():
        every = [item for one in mine for item in one.angles if not item.counted]
        for name in dict.fromkeys(item.name for item in every):
            found = [item for item in every if item.name == name]
            covered = sum((item.covered for item in found), Coverage())
            rows.append(
                [
                    name,
                    model,
                    group,
                    str(len(found)),
                    _number(float(np.nanmean([item.absolute.bias_deg for item in found])), "+.1f"),
                    _number(median_of(item.absolute.rmse_deg for item in found), ".1f"),
                    _number(max(item.absolute.rmse_deg for item in found), ".1f"),
                    _number(median_of(item.change.rmse_deg for item in found), ".1f"),
                    _number(median_of(item.change.slope for item in found), ".2f"),
                    _percent(covered.fraction),
                ]
            )
    if not rows:
        return ""
    rows.sort(key=lambda row: (row[0], row[2]))
    header = ["angle", "model", "view", "curves", "bias", "RMSE", "worst", "change", "slope", "covered"]
    text = (
        "The angles that nothing is counted by: mean bias, median and worst RMSE as they are, median RMSE and slope of the change "
        "(slope: where the truth moved by 2° at least), and how often the truth was within ±.\n\n"
    )
    return "## Other angles\n\n" + text + _table(header, rows)


def _repetitions(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for item in comparisons:
        found = " ".join(f"{side} {n}" for side, n in item.counts.items() if n) or (item.refused or "none")
        true = " ".join(f"{side} {n}" for side, n in item.true_counts.items() if n) or "none"
        peaks = " ".join(_number(rep.peak_error_deg, "+.1f") for rep in item.reps) or (item.angle_off or "–")
        rows.append(
            [
                item.clip,
                item.model,
                true,
                found,
                "yes" if item.counts_exact else "NO",
                _number(median_of(abs(rep.start_error_s) for rep in item.reps), ".2f"),
                _number(median_of(abs(rep.end_error_s) for rep in item.reps), ".2f"),
                _number(median_of(abs(rep.peak_error_deg) for rep in item.reps), ".1f"),
                peaks,
            ]
        )
    header = ["clip", "model", "true", "found", "exact", "onset s", "end s", "peak deg", "error of each peak, deg"]
    return "## Repetitions\n\nMedian size of the error of onset, end and peak (change from rest).\n\n" + _table(header, rows)


def _tempo(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for item in comparisons:
        phases = [phase for rep in item.reps for phase in rep.phases if np.isfinite(phase.error_s)]
        if phases:
            errors = [_number(median_of(abs(p.error_s) for p in phases if p.phase == name), ".2f") for name in PHASES]
            signed = _number(median_of(p.error_s for p in phases if p.phase == "out"), "+.2f")
            rows.append([item.clip, item.model, *errors, signed, _percent(float(np.mean([p.good for p in phases])))])
    header = ["clip", "model", *(f"{name} s" for name in PHASES), "out, signed", "within"]
    text = "Median size of the error of each phase's length, and the share of phases within 0.2 s or a tenth.\n\n"
    return "## Tempo\n\n" + text + _table(header, rows) if rows else ""


def _breath(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for item in comparisons:
        breath = item.breath
        if breath is None:
            continue
        where = item.model if item.condition == AS_FILMED else f"{item.model}, {item.condition}"
        holds = f"{breath.holds_found} of {breath.holds_true}" + (f", {breath.holds_wrong} wrong" if breath.holds_wrong else "")
        rows.append(
            [
                item.clip,
                where,
                _percent(breath.measured_fraction),
                _number(breath.correlation, ".2f"),
                _number(breath.phase_error_deg, ".0f"),
                _number(breath.rate_per_min, ".1f"),
                _number(breath.rate_error_per_min, "+.1f"),
                (breath.step or "–").replace("_", " "),
                (breath.true_step or "–").replace("_", " "),
                holds,
                _number(breath.mark_error_s, "+.1f"),
            ]
        )
    if not rows:
        return ""
    header = ["clip", "model", "measured", "r", "phase deg", "a minute", "error", "said", "true", "holds", "mark s"]
    text = (
        "*Measured*: share of the time in which the breath was told; *r* and *phase* (median size of the error) over it. Breaths "
        "*a minute* and their *error*. *Said* of the step over the set, and what was true of every four in five repetitions (a dash: fewer "
        "than five). *Holds* of 8 s or more found, and the worst error of their eighth second (*mark*).\n\n"
    )
    return "## Breath\n\n" + text + _table(header, rows)


def _faults(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for key in dict.fromkeys((item.model, item.condition) for item in comparisons):
        for code, score in fault_totals(item for item in comparisons if (item.model, item.condition) == key).items():
            numbers = [str(value) for value in (score.right, score.wrong, score.missed, score.declared)]
            rows.append([code, *key, *numbers, _number(score.precision, ".2f"), _number(score.recall, ".2f")])
    if not rows:
        return ""
    header = ["fault", "model", "condition", "right", "wrong", "missed", "declared", "precision", "recall"]
    text = "Declared: there, not said, and the report says that it could not be looked for; left out of recall.\n\n"
    return "## Faults\n\n" + text + _table(header, rows)


def _confusions(comparisons: Sequence[Comparison]) -> str:
    def where(item: Comparison) -> str:
        return f"- {item.clip}, {item.model}" + ("" if item.condition == AS_FILMED else f", {item.condition}")

    lines = [f"{where(item)}: {text}" for item in comparisons for text in item.confusions]
    lines += [f"{where(item)}: nothing measured: {item.refused}" for item in comparisons if item.refused]
    lines += [f"{where(item)}: the angle was not shown: {item.angle_off}" for item in comparisons if item.angle_off]
    return "## Confusions\n\n" + ("\n".join(lines) if lines else "None.") + "\n"

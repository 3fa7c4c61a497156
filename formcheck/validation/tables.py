"""The comparison as text: Markdown that reads well in a terminal too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from formcheck.validation.comparison import Agreement, Comparison, FaultScore

__all__ = ["markdown"]


def markdown(comparisons: Sequence[Comparison]) -> str:
    """All tables: summary, angles, repetitions and faults per model, and what was confused."""
    parts = [_summary(comparisons), _angles(comparisons), _repetitions(comparisons), _faults(comparisons), _confusions(comparisons)]
    return "\n".join(part for part in parts if part)


def _models(comparisons: Iterable[Comparison]) -> list[str]:
    return list(dict.fromkeys(item.model for item in comparisons))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        return (
            "| "
            + " | ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            + " |"
        )

    rule = "|" + "|".join("-" * (width + 1) + ("-" if i == 0 else ":") for i, width in enumerate(widths)) + "|"
    return "\n".join([line(cells[0]), rule, *[line(row) for row in cells[1:]]]) + "\n"


def _number(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else "–"


def _summary(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for model in _models(comparisons):
        mine = [item for item in comparisons if item.model == model]
        change = [agreement for item in mine for agreement in item.change.values() if agreement.frames]
        starts = np.abs([error for item in mine for error in item.start_errors_s])
        ends = np.abs([error for item in mine for error in item.end_errors_s])
        peaks = np.abs([error for item in mine for error in item.peak_errors_deg])
        rows.append(
            [
                model,
                f"{sum(item.counts_exact for item in mine)} of {len(mine)}",
                _number(_median([a.rmse_deg for a in change]), ".1f"),
                _number(_median([a.slope for a in change]), ".2f"),
                _number(_median(peaks), ".1f"),
                _number(_median(starts), ".2f"),
                _number(_median(ends), ".2f"),
            ]
        )
    header = ["model", "counts exact", "RMSE deg", "slope", "peak deg", "onset s", "end s"]
    return (
        "## Summary\n\nMedians over clips (angle as change from rest) and over repetitions (peak, onset, end: size of the error).\n\n"
        + _table(header, rows)
    )


def _median(values: Iterable[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")


def _angles(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for item in comparisons:
        for side in item.change:
            rows.append([item.clip, item.model, side, item.angle, *_figures(item.absolute[side]), *_figures(item.change[side])])
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


def _repetitions(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for item in comparisons:
        found = " ".join(f"{side} {n}" for side, n in item.counts.items() if n) or (item.refused or "none")
        true = " ".join(f"{side} {n}" for side, n in item.true_counts.items() if n) or "none"
        rows.append(
            [
                item.clip,
                item.model,
                true,
                found,
                "yes" if item.counts_exact else "NO",
                _number(_median(np.abs(item.start_errors_s)), ".2f"),
                _number(_median(np.abs(item.end_errors_s)), ".2f"),
                _number(_median(np.abs(item.peak_errors_deg)), ".1f"),
            ]
        )
    header = ["clip", "model", "true", "found", "exact", "onset s", "end s", "peak deg"]
    return "## Repetitions\n\nMedian size of the error of onset, end and peak (change from rest).\n\n" + _table(header, rows)


def _faults(comparisons: Sequence[Comparison]) -> str:
    rows = []
    for model in _models(comparisons):
        total: dict[str, FaultScore] = {}
        for item in comparisons:
            if item.model == model:
                for code, score in item.faults.items():
                    total[code] = total.get(code, FaultScore()) + score
        for code, score in sorted(total.items()):
            rows.append(
                [
                    code,
                    model,
                    str(score.right),
                    str(score.wrong),
                    str(score.missed),
                    str(score.declared),
                    _number(score.precision, ".2f"),
                    _number(score.recall, ".2f"),
                ]
            )
    header = ["fault", "model", "right", "wrong", "missed", "declared", "precision", "recall"]
    text = "Declared: there, not said, and listed in the report as not measurable in that exercise; left out of recall.\n\n"
    return "## Faults\n\n" + text + _table(header, rows) if rows else ""


def _confusions(comparisons: Sequence[Comparison]) -> str:
    lines = [f"- {item.clip}, {item.model}: {text}" for item in comparisons for text in item.confusions]
    lines += [f"- {item.clip}, {item.model}: nothing measured: {item.refused}" for item in comparisons if item.refused]
    return "## Confusions\n\n" + ("\n".join(lines) if lines else "None.") + "\n"

"""One clip compared: angles frame by frame, repetitions and faults one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from formcheck.exercise.session import Rep, SessionReport
from formcheck.motion.geometry import Float
from formcheck.validation.truth import TrueRep, Truth

__all__ = ["Agreement", "Comparison", "FaultScore", "compare"]

#: Faults that name the same mistake as well in this exercise: a trunk that rolls back is a lean or a changed posture.
_AS_GOOD = {"trunk_lean": {"trunk_lean", "posture_changed"}}


@dataclass(frozen=True, slots=True)
class Agreement:
    """Estimate against truth over the frames in which both are known: bias, RMSE, slope, correlation, number of frames."""

    bias_deg: float
    rmse_deg: float
    slope: float
    correlation: float
    frames: int

    @classmethod
    def of(cls, estimate: Float, truth: Float) -> Agreement:
        """Compare two curves; NaN figures where fewer than three frames are known or the truth does not move."""
        known = np.isfinite(estimate) & np.isfinite(truth)
        a, b = estimate[known], truth[known]
        if len(a) < 3:
            return cls(float("nan"), float("nan"), float("nan"), float("nan"), len(a))
        moving = float(np.std(b)) > 1e-6 and float(np.std(a)) > 1e-9
        slope = float(np.polyfit(b, a, 1)[0]) if moving else float("nan")
        correlation = float(np.corrcoef(a, b)[0, 1]) if moving else float("nan")
        return cls(float(np.mean(a - b)), float(np.sqrt(np.mean((a - b) ** 2))), slope, correlation, len(a))


@dataclass(frozen=True, slots=True)
class FaultScore:
    """Faults of one kind: found rightly, found wrongly, missed, and missed though declared not measurable in this exercise."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    declared: int = 0

    def __add__(self, other: FaultScore) -> FaultScore:
        return FaultScore(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed, self.declared + other.declared)

    @property
    def precision(self) -> float:
        """Share of the faults said that were there; NaN when none was said."""
        said = self.right + self.wrong
        return self.right / said if said else float("nan")

    @property
    def recall(self) -> float:
        """Share of the faults there that were said, the declared ones left out; NaN when there was none."""
        there = self.right + self.missed
        return self.right / there if there else float("nan")


@dataclass(frozen=True)
class Comparison:
    """Everything compared on one clip with one model.

    Attributes
    ----------
    absolute, change
        Per side: the exercise's angle as it is, and as change from its rest before the first repetition.
    counts, true_counts
        Repetitions by side.
    start_errors_s, end_errors_s, peak_errors_deg
        Of the repetitions found, estimate less truth; the peak as change from rest, as a size.
    faults
        Score by code.
    confusions
        Sentences, one for each fault missed or wrong.
    refused
        Why nothing was measured, or None.
    """

    clip: str
    model: str
    angle: str = ""
    absolute: dict[str, Agreement] = field(default_factory=dict)
    change: dict[str, Agreement] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    true_counts: dict[str, int] = field(default_factory=dict)
    start_errors_s: tuple[float, ...] = ()
    end_errors_s: tuple[float, ...] = ()
    peak_errors_deg: tuple[float, ...] = ()
    faults: dict[str, FaultScore] = field(default_factory=dict)
    confusions: tuple[str, ...] = ()
    refused: str | None = None

    @property
    def counts_exact(self) -> bool:
        """Every side has its true number of repetitions."""
        return all(self.counts.get(side, 0) == number for side, number in self.true_counts.items())


def compare(truth: Truth, model: str, report: SessionReport) -> Comparison:
    """Compare a report with the truth of its clip."""
    angle = truth.reps[0].angle if truth.reps else "hip_rotation"
    pairs = _paired(truth, report)
    faults, confusions = _fault_scores(truth, report, pairs)
    counts = report.counts
    return Comparison(
        truth.name,
        model,
        angle,
        {side: Agreement.of(*_curves(truth, report, angle, side)) for side in truth.sides},
        {side: Agreement.of(*(_from_rest(curve, truth) for curve in _curves(truth, report, angle, side))) for side in truth.sides},
        {side: counts[side] for side in ("left", "right", "both")},
        truth.counts,
        tuple(rep.start_s - true.start_s for true, rep in pairs),
        tuple(rep.end_s - true.end_s for true, rep in pairs),
        tuple(rep.range_deg - abs(true.excursion_deg) for true, rep in pairs),
        faults,
        tuple(confusions),
    )


def _curves(truth: Truth, report: SessionReport, angle: str, side: str) -> tuple[Float, Float]:
    """Estimate and truth at the truth's frames."""
    true = truth.columns[f"{angle}_{side}_deg"]
    line = report.timeline
    index = np.searchsorted(line.time_s, truth.columns["time_s"] - 1e-3)
    inside = index < len(line.time_s)
    estimate = np.full(len(true), np.nan)
    estimate[inside] = line.values[f"{angle}_{side}_deg"][index[inside]]
    return estimate, true


def _from_rest(curve: Float, truth: Truth) -> Float:
    first = min((rep.start_s for rep in truth.reps), default=float("inf"))
    rest = curve[(truth.columns["time_s"] < first) & np.isfinite(curve)]
    return curve - float(np.median(rest)) if len(rest) else curve * np.nan


def _paired(truth: Truth, report: SessionReport) -> list[tuple[TrueRep, Rep]]:
    """Each true repetition that counts with the counted one that shares most of its time."""
    pairs = []
    for true in truth.reps:
        if not true.counts:
            continue
        shared = [(min(true.end_s, rep.end_s) - max(true.start_s, rep.start_s), rep) for rep in report.reps if _same_side(true, rep)]
        best = max(shared, key=lambda item: item[0], default=None)
        if best is not None and best[0] > 0:
            pairs.append((true, best[1]))
    return pairs


def _same_side(true: TrueRep, rep: Rep) -> bool:
    return rep.counted and (rep.side_name == true.side or "both" in (rep.side_name, true.side))


def _fault_scores(truth: Truth, report: SessionReport, pairs: list[tuple[TrueRep, Rep]]) -> tuple[dict[str, FaultScore], list[str]]:
    declared = {item.what for item in report.not_measured if item.code == "not_measurable_here"}
    result: dict[str, FaultScore] = {}
    confusions: list[str] = []

    def add(code: str, score: FaultScore) -> None:
        result[code] = result.get(code, FaultScore()) + score

    partner = {id(true): rep for true, rep in pairs}
    explained: set[tuple[int, str]] = set()
    for true in truth.reps:
        rep = partner.get(id(true))
        said = {fault.value for fault in rep.faults} if rep else set()
        for code in true.faults:
            match = _AS_GOOD.get(code, {code}) & said
            if match and rep:
                explained |= {(rep.number, name) for name in match}
                add(code, FaultScore(right=1))
            elif code in declared:
                add(code, FaultScore(declared=1))
            else:
                add(code, FaultScore(missed=1))
                confusions.append(f"repetition {true.number}: {code} missed" + (f", said {', '.join(sorted(said))}" if said else ""))
    for rep in report.reps:
        for fault in rep.faults:
            if (rep.number, fault.value) not in explained:
                add(fault.value, FaultScore(wrong=1))
                confusions.append(f"repetition {rep.number}: {fault.value} said, not there")
    return result, confusions

"""Mistakes one by one: said rightly, said wrongly, missed, or declared to be out of sight."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.exercise.session import Rep, SessionReport
from formcheck.validation.truth import TrueRep, Truth

__all__ = ["FaultScore", "fault_scores"]

#: Faults that name the same mistake as well in this exercise: a trunk that rolls back is a lean or a changed posture.
_AS_GOOD = {"trunk_lean": {"trunk_lean", "posture_changed"}}


@dataclass(frozen=True, slots=True)
class FaultScore:
    """Faults of one kind: found rightly, found wrongly, missed, and missed though the report says that it could not look for them."""

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


def fault_scores(truth: Truth, report: SessionReport, pairs: list[tuple[TrueRep, Rep]]) -> tuple[dict[str, FaultScore], list[str]]:
    """Score by code, and a sentence for each fault missed or wrong."""
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
            elif _declared(report, code, true):
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


def _declared(report: SessionReport, code: str, true: TrueRep) -> bool:
    """Whether the report says that this mistake could not be looked for during this repetition."""
    return any(item.what == code and item.start_s < true.end_s and item.end_s > true.start_s for item in report.not_measured)

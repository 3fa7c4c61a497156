"""Repetitions one by one: when they began and ended, how far they went, and how long each phase took."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.exercise.session import Rep, SessionReport
from formcheck.exercise.tempo import Tempo, tempo_of
from formcheck.motion.landmarks import Side
from formcheck.validation.truth import TrueRep, Truth

__all__ = ["PHASES", "PhaseError", "RepResult", "paired", "rep_results"]

PHASES = ("out", "hold", "back")
#: A phase is timed well when it is off by no more than this, or by this share of its length.
GOOD_S, GOOD_SHARE = 0.2, 0.1


@dataclass(frozen=True, slots=True)
class PhaseError:
    """One phase of one repetition: its true length and the error of the measured one, seconds; NaN where it was not measured."""

    phase: str
    true_s: float
    error_s: float

    @property
    def good(self) -> bool:
        """Off by no more than 0.2 s or a tenth."""
        return abs(self.error_s) <= max(GOOD_S, GOOD_SHARE * self.true_s)


@dataclass(frozen=True, slots=True)
class RepResult:
    """One true repetition that was found: estimate less truth in seconds and degrees.

    ``peak_error_deg`` is of the range, the change from rest, as a size; ``peak_pm_deg`` the half width that was given for it.
    """

    number: int
    side: str
    start_error_s: float
    end_error_s: float
    range_deg: float
    peak_error_deg: float
    peak_pm_deg: float
    phases: tuple[PhaseError, ...]


def paired(truth: Truth, report: SessionReport) -> list[tuple[TrueRep, Rep]]:
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


def rep_results(truth: Truth, pairs: list[tuple[TrueRep, Rep]]) -> tuple[RepResult, ...]:
    """The errors of every pair."""
    return tuple(
        RepResult(
            true.number,
            true.side,
            rep.start_s - true.start_s,
            rep.end_s - true.end_s,
            rep.range_deg,
            rep.range_deg - abs(true.excursion_deg),
            rep.range_pm_deg,
            _phases(truth, true, rep),
        )
        for true, rep in pairs
    )


def _phases(truth: Truth, true: TrueRep, rep: Rep) -> tuple[PhaseError, ...]:
    tempo = _true_tempo(truth, true)
    if tempo is None:
        return ()
    lengths = {"out": (tempo.out_s, rep.out_s), "hold": (tempo.hold_s, rep.hold_s), "back": (tempo.back_s, rep.back_s)}
    return tuple(PhaseError(phase, was, said - was) for phase, (was, said) in lengths.items() if np.isfinite(was))


def _true_tempo(truth: Truth, true: TrueRep) -> Tempo | None:
    """The phases of the true curve by the same definition that formcheck uses (10 and 90 % crossings)."""
    time_s = truth.columns["time_s"]
    during = (time_s >= true.start_s - 1e-6) & (time_s <= true.end_s + 1e-6)
    side = Side.RIGHT.value if true.side == "both" else true.side
    column = truth.columns.get(f"{true.angle}_{side}_deg")
    if column is None or during.sum() < 5:
        return None
    curve = column[during]
    return tempo_of(time_s[during], np.sign(true.excursion_deg) * (curve - curve[0]), true.start_s, true.end_s)


def _same_side(true: TrueRep, rep: Rep) -> bool:
    return rep.counted and (rep.side_name == true.side or "both" in (rep.side_name, true.side))
